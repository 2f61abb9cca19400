"""How one steady clock stands to another over time, from round trips between their computers.

A round trip brackets the moment at which the other clock was read: it lies in the middle, give or take half
of the trip, however unlike its two ways are. Two crystals part by some ten ppm, that is 0.1 s in an hour, and
evenly: so the best trip of every few seconds is kept, and between and beyond them a straight line tells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

AGEING_PPM = 50.0
"""By how much two clocks may part while nobody has seen them do it: crystals are good to some 20 ppm each."""
WANDER_PPM = 5.0
"""By how much that changes while a line is followed: temperature, and time synchronisation that slews."""
MOST_PPM = 1000.0
"""No two clocks of one boot each part faster: Linux slews by 500 ppm at most, and so may either."""
STEP_NS = 1_000_000
"""What is more than all this together is another clock: the computer was started again."""
WINDOW_NS = 10_000_000_000
"""One trip of so long is kept."""
FIT_NS = 300_000_000_000
"""The last so long tell how fast the clocks part."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One reading of the other clock, or what is made of many."""

    at_ns: int
    """When it was read, on the own clock."""
    offset_ns: int
    """The own clock - the other."""
    half_ns: int
    """How far that may be off, either way."""

    @classmethod
    def of(cls, *, sent_ns: int, read_ns: int, heard_ns: int) -> Trip:
        """Take one round trip: asked and heard on the own clock, read on the other."""
        middle_ns = (sent_ns + heard_ns) // 2
        return cls(middle_ns, middle_ns - read_ns, (heard_ns - sent_ns + 1) // 2)


class ClockOffset:
    """The offset of one clock, as good as it is known at any moment."""

    def __init__(self, first: Trip) -> None:
        """Begin with one trip."""
        self._begin(first)

    def _begin(self, first: Trip) -> None:
        self._knots = [first]
        self._window_ns = first.at_ns
        self.rate_ppm = 0.0
        """How fast the offset grows."""
        self.rate_error_ppm = AGEING_PPM
        """How far that may be off, either way."""

    @property
    def knots(self) -> Sequence[Trip]:
        """The best trips, a few seconds apart."""
        return tuple(self._knots)

    @property
    def newest(self) -> Trip:
        """The last of them."""
        return self._knots[-1]

    def add(self, trip: Trip) -> None:
        """Take in a trip, if it tells anything better, or what is known can't be right."""
        known = self.at(trip.at_ns)
        off_ns, known_ns = abs(trip.offset_ns - known.offset_ns), trip.half_ns + known.half_ns
        if off_ns > known_ns + STEP_NS + _parted_ns(trip.at_ns - self.newest.at_ns, MOST_PPM):
            self._begin(trip)
        elif trip.half_ns <= known.half_ns or off_ns > known_ns:
            self._keep(trip)

    def at(self, at_ns: int) -> Trip:
        """Return the offset at a moment of the own clock, past or to come, and how far it may be off."""
        after = bisect_right(self._knots, at_ns, key=lambda knot: knot.at_ns)
        if 0 < after < len(self._knots):
            return self._between(self._knots[after - 1], self._knots[after], at_ns)
        return self._beyond(self._knots[0 if after == 0 else -1], at_ns)

    def _keep(self, trip: Trip) -> None:
        """Let it stand for its window; one that was read before those that are known comes too late."""
        if trip.at_ns <= self._knots[-1].at_ns:
            return
        if len(self._knots) > 1 and trip.at_ns - self._window_ns < WINDOW_NS:
            self._knots[-1] = trip
        else:
            self._knots.append(trip)
            self._window_ns = trip.at_ns
        self._fit()

    def _fit(self) -> None:
        """Learn how fast the clocks part: the median of what any two trips say, as lines may be busy."""
        last = self._knots[-1]
        recent = [knot for knot in self._knots[-_MOST_KNOTS:] if last.at_ns - knot.at_ns <= FIT_NS]
        span_ns = last.at_ns - recent[0].at_ns
        if span_ns <= 0:
            return
        slopes = (
            (two.offset_ns - one.offset_ns) / (two.at_ns - one.at_ns) for one, two in combinations(recent, 2)
        )
        error_ppm = 2e6 * median(knot.half_ns for knot in recent) / span_ns + WANDER_PPM
        if error_ppm < AGEING_PPM:
            self.rate_ppm, self.rate_error_ppm = 1e6 * median(slopes), error_ppm

    def _beyond(self, knot: Trip, at_ns: int) -> Trip:
        away_ns = at_ns - knot.at_ns
        offset_ns = knot.offset_ns + round(away_ns * self.rate_ppm / 1e6)
        return Trip(at_ns, offset_ns, knot.half_ns + _parted_ns(away_ns, self.rate_error_ppm))

    def _between(self, before: Trip, after: Trip, at_ns: int) -> Trip:
        share = (at_ns - before.at_ns) / (after.at_ns - before.at_ns)
        offset_ns = before.offset_ns + round(share * (after.offset_ns - before.offset_ns))
        half_ns = min(self._beyond(knot, at_ns).half_ns for knot in (before, after))
        return Trip(at_ns, offset_ns, half_ns)


_MOST_KNOTS = FIT_NS // WINDOW_NS + 2


def _parted_ns(away_ns: int, ppm: float) -> int:
    return round(abs(away_ns) * ppm / 1e6)
