"""What an agent answers: who may command, which workers run, and what of them was heard."""

from __future__ import annotations
