"""Devices in a sentence, each with how many there are of something."""

from __future__ import annotations

from collections.abc import Mapping

_TOLD = 4
"""Devices that are named."""


def name_devices(counts: Mapping[str, int], hosts: Mapping[str, str | None] | None = None) -> str:
    """Name devices with their counts, the worst first, and where they are, if `hosts` says so."""
    worst = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    words = [f"{count} of {_place(name, (hosts or {}).get(name))}" for name, count in worst[:_TOLD]]
    others = len(worst) - len(words)
    return ", ".join(words) + (f", and of {others} others" if others else "")


def _place(device: str, host: str | None) -> str:
    return f"`{device}`" if host is None else f"`{device}` at `{host}`"
