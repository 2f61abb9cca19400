"""Zenoh's names for what crosses: one per host and purpose, so that a host can be held to its own."""

from __future__ import annotations

_ROOT = "ksync/1"
"""The number stays: sides of different versions have to meet, to say so."""


def ask_key(studio: str, host: str) -> str:
    """Return where a host is asked."""
    return f"{_ROOT}/{studio}/ask/{host}"


def heard_key(studio: str, host: str) -> str:
    """Return where what its workers say is heard."""
    return f"{_ROOT}/{studio}/heard/{host}"


def alive_key(studio: str, host: str, agent: str) -> str:
    """Return the token of an agent; one that was restarted is another one."""
    return f"{_ROOT}/{studio}/alive/{host}/{agent}"


def host_keys(studio: str, host: str) -> list[str]:
    """Return all that a host may use."""
    return [ask_key(studio, host), heard_key(studio, host), alive_key(studio, host, "*")]
