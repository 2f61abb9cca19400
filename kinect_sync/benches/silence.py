"""How long whoever directs has said nothing, by a clock that stands still while the program does."""

from __future__ import annotations

from collections.abc import Callable

from kinect_sync.host.awake import AwakeClock
from kinect_sync.steady import steady_s

GIVE_UP_S = 60.0
"""How long a director may say nothing: while it runs the rig and ends it, it says once a second that it goes
on. A disk of others may hold it up for half of that."""


class Silence:
    """What has passed since somebody was heard; a program that was stopped has no time to hear."""

    def __init__(self, now_s: Callable[[], float] = steady_s) -> None:
        """Begin to listen."""
        self._awake = AwakeClock(now_s)
        self._since_s = 0.0

    def end(self) -> None:
        """Note that something was heard."""
        self._awake.tick()
        self._since_s = self._awake.now_s

    def lasts_s(self) -> float:
        """Return how long it has lasted; to be asked often, or it counts for less."""
        self._awake.tick()
        return self._awake.now_s - self._since_s
