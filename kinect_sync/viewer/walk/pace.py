"""Which pulses of a walk to look at: the newest while it is recorded, and afterwards what was passed over.

A viewer gives way to whoever records, and may be slow; what it passes over meanwhile must not keep it from
what happens now.
"""

from __future__ import annotations

MOST = 36_000
"""Looks at a take: an hour and a half of them. Nobody walks so long, and a damaged index names any pulse."""


class Pace:
    """Steps through a take that may grow."""

    def __init__(self, every: int) -> None:
        """Begin before the first pulse; of `every` pulses one is looked at."""
        self._every = every
        self._looked: set[int] = set()
        self._begin = 0
        """Of a take that has ended, no pulse before is left."""

    def next(self, first: int, newest: int, *, grows: bool) -> tuple[int, ...]:
        """Return what to look at, of the pulses from `first` to `newest`: nothing where nothing is left.

        Where pulses were passed over these are two: nobody could tell that a board is held still by sights
        that are far apart.
        """
        every = self._every
        if len(self._looked) >= MOST:
            return ()
        if not grows:
            for pulse in range(max(self._begin, first + -first % every), newest + 1, every):
                if pulse not in self._looked:
                    self._begin = pulse
                    return (pulse,)
            return ()
        pulse = newest - newest % every
        if pulse < first or pulse in self._looked:
            return ()
        return (pulse,) if pulse - every in self._looked or pulse == first else (pulse, pulse - 1)

    def done(self, pulse: int) -> None:
        """Take note that a pulse was looked at, or given up."""
        self._looked.add(pulse)
