"""Which pulses of a walk to look at: the newest while it is recorded, and all that are needed afterwards.

A viewer gives way to whoever records, and may be slow. It is never behind: what it had no time for is passed
over, and `ksync calibrate` sees it.
"""

from __future__ import annotations


class Pace:
    """Steps through a take that may grow."""

    def __init__(self, every: int) -> None:
        """Begin before the first pulse; of `every` pulses one is looked at."""
        self._every = every
        self._last: int | None = None

    def next(self, first: int, newest: int, *, grows: bool) -> tuple[int, ...]:
        """Return what to look at, of the pulses from `first` to `newest`: nothing where nothing is new.

        Where pulses were passed over these are two: nobody could tell that a board is held still by sights
        that are far apart.
        """
        last = self._last
        following = first if last is None else last + self._every
        pulse = newest - newest % self._every if grows else following
        if not first <= pulse <= newest or (last is not None and pulse <= last):
            return ()
        is_next = not grows or pulse == following
        return (pulse,) if is_next or pulse == first else (pulse, pulse - 1)

    def done(self, pulse: int) -> None:
        """Take note that a pulse was looked at, or given up."""
        self._last = pulse
