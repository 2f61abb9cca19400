"""What a bench of recordings plays: which part of which file stands in for which device."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.values import Value


class Reel(Value):
    """One recording, and the part of it that is played."""

    path: Path
    begin_us: float | None = None
    """Captures before this device time are left out; the time of color, where the device has it."""
    end_us: float | None = None
    """Captures after this device time are left out."""
    packed: bool = False
    """Whether its depth and IR are packed, so that libk4arecord can't read them."""
    wrapped_us: int = 0
    """What libk4arecord leaves out of the device times of this file: whole 2^32 µs."""


class Programme(Value):
    """What is played: a reel for each device, by serial number."""

    reels: dict[str, Reel]
    source: str
    """Serial of the device whose start is the first pulse: the master, or the first behind a trigger."""
    directory: Path
    """Where the processes leave word for each other."""
    fast: bool = False
    """Whether captures come as fast as they are read."""
