"""How far a rig can have counted its pulses by now: whoever tells of a later one is not believed.

A pulse far ahead would pass over all rows before it, and one that will never come would do so for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

AHEAD_S = 5.0
"""By how much a device may be ahead of what time allows: captures of others may be on their way so long."""
FASTER = 1.1
"""How much faster pulses may be than the rig's `fps` says: a trigger's clock, and that of this computer."""


class PulseBound:
    """What pulses can have been, by the time that passed since a run was launched and since others came."""

    def __init__(self, fps: int, launched_ns: int | None, now_ns: Callable[[], int]) -> None:
        """Count from when a run was launched, as no pulse was before; believe anything where that is None."""
        self._per_ns = FASTER * fps / 1e9
        self._ahead = AHEAD_S * fps
        self._launched_ns = launched_ns
        self._now_ns = now_ns

    def most(self, seen: Iterable[tuple[int, int]]) -> float:
        """Return the last pulse that can be believed, by the pulses that devices gave before, with when."""
        if self._launched_ns is None:
            return math.inf
        now_ns = self._now_ns()
        ever = (now_ns - self._launched_ns) * self._per_ns
        by_others = (pulse + (now_ns - at_ns) * self._per_ns for pulse, at_ns in seen)
        return min(ever, max(by_others, default=math.inf)) + self._ahead
