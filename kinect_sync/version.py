"""The version of ksync, where every room can have it: the package's own door opens upon rooms above."""

from __future__ import annotations

__version__ = "0.1.0"
