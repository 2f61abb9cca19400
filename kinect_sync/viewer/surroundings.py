"""What a view asks of the computer that it runs on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.host.disk import RESERVE_BYTES, free_bytes
from kinect_sync.steady import steady_s


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Clocks and disk."""

    now_s: Callable[[], float] = steady_s
    """The steady clock, which on the director's computer is that of arrivals too."""
    utc_ns: Callable[[], int] = time.time_ns
    """The clock by which files were changed."""
    free_bytes: Callable[[Path], int] = free_bytes
    """Room at a folder; OSError where that can't be told."""
    reserve_bytes: int = RESERVE_BYTES
    """What is left free of it: a take ends then."""


HERE = Surroundings()
"""This computer."""
