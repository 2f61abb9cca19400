"""Time in which this process ran, so that no pause of the computer is held against anybody else."""

from __future__ import annotations

from collections.abc import Callable

from kinect_sync.steady import steady_s

LONGEST_S = 1.0
"""What counts at most between two ticks, ten of which come in a second: a busy machine skips turns."""


class AwakeClock:
    """Counts the seconds in which its owner ran, who has to tick it often.

    A container may be frozen, a virtual machine paused, a single process stopped, and the steady clock goes
    on. Who then judges by it what others did meanwhile finds that nobody did anything.
    """

    def __init__(self, steady_s: Callable[[], float] = steady_s) -> None:
        """Begin at 0."""
        self._steady_s = steady_s
        self._ticked_s = steady_s()
        self.now_s = 0.0
        """Seconds awake, as of the last tick; any thread may read them."""

    def tick(self) -> float:
        """Count on, and return how long a pause was that has just ended; 0 where there was none."""
        now_s = self._steady_s()
        passed_s, self._ticked_s = now_s - self._ticked_s, now_s
        self.now_s += min(passed_s, LONGEST_S)
        return passed_s if passed_s > LONGEST_S else 0.0
