"""How the rows of a stream are read: which ones, how long they wait, and how much memory holds of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from kinect_sync.streaming.holding import MOST_HELD_BYTES
from kinect_sync.streaming.row_reader import PATIENCE_S, Mode

MOST_PATIENCE_MS = 5000
"""How long a row may wait at most: whoever waits longer for a capture wants a take."""
MOST_IN_RING = 10_000
"""Captures of a device in memory: five minutes of them take 25 GB."""
_SPARE = 6
_LEAST = 12


def captures_in_ring(fps: int, patience_s: float = PATIENCE_S) -> int:
    """Return how many captures a ring holds where nobody says: a row's patience, and time to use it."""
    return max(_LEAST, math.ceil(patience_s * fps) + _SPARE)


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read."""

    mode: Mode = Mode.EVERY
    patience_s: float = PATIENCE_S
    """How long a row waits for a device that is late."""
    most_held_bytes: int = MOST_HELD_BYTES
    """What copies of rows may take, all together."""
    stopping: Callable[[], bool] = lambda: False
    """Asked now and then whether to end; rows up to that end are still given."""
    makes_clouds: bool = False
    """Whether what clouds need is computed while the rig starts: at the first cloud, rows would be missed."""
