"""`alignment.csv`, a stretch of rows in memory at a time: ten hours of nine devices are a million rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kinect_sync.takes.index_reader import PlacedStretch, TakeIndex, placed_stretches, read_stretch


class _Mapped(NamedTuple):
    """A stretch that was read once, and what it holds."""

    placed: PlacedStretch
    rows: int
    first_pulse: int
    """The least of its pulses."""
    last_pulse: int


class IndexMap:
    """The rows of an index as they were when it was read through; what is appended later is not seen."""

    def __init__(self, path: Path) -> None:
        """Read an index through once, to know where its rows are. Raises as `read_index` does."""
        self._path = path
        mapped = []
        for placed, part in placed_stretches(path):
            self.names = tuple(part.devices)
            if len(part):
                mapped.append(_Mapped(placed, len(part), int(part.pulses.min()), int(part.pulses.max())))
        self._mapped = tuple(mapped)
        self._last_read: tuple[_Mapped, TakeIndex] | None = None

    names: tuple[str, ...] = ()
    """Its devices, in the order of the columns."""

    def __len__(self) -> int:
        """Return the number of pulses."""
        return sum(each.rows for each in self._mapped)

    @property
    def first_pulse(self) -> int:
        """The least of all pulses; 0 where there is none."""
        return min((each.first_pulse for each in self._mapped), default=0)

    @property
    def last_pulse(self) -> int:
        """The greatest of all pulses; -1 where there is none."""
        return max((each.last_pulse for each in self._mapped), default=-1)

    def stretches(self, start: int = 0, stop: int | None = None) -> Iterator[TakeIndex]:
        """Read what may hold pulses from `start` to before `stop`, stretch by stretch.

        Raises UsageError as reading an index does, where it was changed meanwhile.
        """
        for each in self._mapped:
            if each.last_pulse >= start and (stop is None or each.first_pulse < stop):
                yield self._read(each)

    def _read(self, mapped: _Mapped) -> TakeIndex:
        """Read a stretch; the last one is kept, for whoever asks for one row after the other."""
        last = self._last_read
        if last is None or last[0] is not mapped:
            last = self._last_read = mapped, read_stretch(self._path, mapped.placed)
        return last[1]
