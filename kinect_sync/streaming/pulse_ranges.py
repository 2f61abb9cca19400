"""Which pulses something is said of: how many there are, and the newest of them by name."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

MOST = 1000
"""Ranges that are kept by name: who misses every second row for a day would have a million of them."""
_TOLD = 6
"""Ranges that are named in a sentence."""


class PulseRanges:
    """Pulses as ranges, added in their order; older ranges are only counted where there are very many."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        """How many pulses."""
        self._ranges: deque[range] = deque(maxlen=MOST)

    @property
    def ranges(self) -> tuple[range, ...]:
        """The newest of them, in order, none next to another."""
        return tuple(self._ranges)

    def add(self, start: int, stop: int) -> None:
        """Add the pulses from `start` to before `stop`, which all come after those added before."""
        self.count += stop - start
        if self._ranges and self._ranges[-1].stop == start:
            start = self._ranges.pop().start
        self._ranges.append(range(start, stop))

    def __contains__(self, pulse: int) -> bool:
        """Tell whether a pulse is among those that are kept by name."""
        at = bisect_right(self._ranges, pulse, key=lambda each: each.start)
        return at > 0 and pulse in self._ranges[at - 1]

    def __str__(self) -> str:
        """Name them in words: `3, 10–29 and 4 earlier ranges`."""
        newest = list(self._ranges)[-_TOLD:]
        words = ", ".join(_told(each) for each in newest)
        named = sum(map(len, newest))
        return words if named == self.count else f"{words} and {self.count - named} before"

    def __repr__(self) -> str:
        """Name them where a program is tried by hand: `<PulseRanges of 21: 3, 10–29>`."""
        return f"<PulseRanges of {self.count}: {str(self) or 'none'}>"


def _told(pulses: range) -> str:
    return f"{pulses.start}–{pulses.stop - 1}" if len(pulses) > 1 else str(pulses.start)
