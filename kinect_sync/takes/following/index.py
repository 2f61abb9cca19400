"""alignment.csv of a take that is being recorded: what was added, and the rows that end at any pulse.

Rows stand in the order of their pulses, so a pulse is found by halving, whatever the length of a take: no
table of it is kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kinect_sync.errors import UsageError
from kinect_sync.files import open_regular
from kinect_sync.findings import Finding
from kinect_sync.findings.files import INDEX_BROKEN, INDEX_MISSING
from kinect_sync.takes.index_reader import (
    STRETCH_NBYTES,
    PlacedStretch,
    TakeIndex,
    index_devices,
    read_stretch,
)

_ROW_NBYTES = 1 << 13
"""More than the longest row: one of nine devices has 400 bytes."""
_MEAN_NBYTES = 512


class FollowedIndex:
    """An index that grows, read on from where one was."""

    def __init__(self, path: Path) -> None:
        """Follow the file at `path`, which may not be there yet."""
        self._path = path
        self.read_nbytes = 0
        """How far it was read; a row that is not whole is still to come."""
        self.problem: Finding | None = None
        """Why what is there can't be read."""
        self.beginnings = 0
        """How often it was read from its start: rows that come after one more are not the next ones."""
        self._begin_anew(None)

    def look(self) -> TakeIndex | None:
        """Return rows that were added, a megabyte at most; None where there are none."""
        self.problem = None
        try:
            status = self._path.lstat()
        except OSError:
            self._begin_anew(None)
            return None
        if status.st_ino != self._identity or status.st_size < self.read_nbytes:
            self._begin_anew(status.st_ino)
        self.nbytes = status.st_size
        try:
            return self._read_on()
        except UsageError as error:
            self.problem = error.findings[0]
        except OSError as error:
            self.problem = INDEX_MISSING.found(f"{self._path} can't be read: {error.strerror or error}")
        return None

    def _begin_anew(self, identity: int | None) -> None:
        self._identity = identity
        self.beginnings += 1
        self._begin, self._line = 0, 2
        self.names: tuple[str, ...] = ()
        """Its devices, in the order of the columns; none while it has no heading."""
        self.nbytes = 0
        """Its size at the last look."""
        self.read_nbytes = 0

    @property
    def is_read(self) -> bool:
        """Whether all that was there at the last look was read, but for a row at most."""
        return self.nbytes - self.read_nbytes < _ROW_NBYTES

    def _read_on(self) -> TakeIndex | None:
        if self.nbytes <= self.read_nbytes:
            return None
        with open_regular(self._path) as stream:
            if not self.names:
                heading = stream.readline(STRETCH_NBYTES)
                if not heading.endswith(b"\n"):
                    self._refuse_endless(heading)
                    return None
                self.names = index_devices(self._path)
                self._begin = self.read_nbytes = len(heading)
            stream.seek(self.read_nbytes)
            data = stream.read(min(STRETCH_NBYTES, self.nbytes - self.read_nbytes))
        nbytes = data.rfind(b"\n") + 1
        if not nbytes:
            self._refuse_endless(data)
            return None
        rows = read_stretch(self._path, PlacedStretch(self.read_nbytes, nbytes, self._line))
        self.read_nbytes += nbytes
        self._line += len(rows)
        return rows

    def _refuse_endless(self, line: bytes) -> None:
        """Wait for the rest of a line, and tell of one that is none."""
        if len(line) > _ROW_NBYTES:
            self.problem = INDEX_BROKEN.found(f"{self._path}:{self._line}: it is no line of an alignment")

    # --- any pulse ------------------------------------------------------------------------------------

    def span(self) -> tuple[int, int] | None:
        """Return the first and the last pulse that it has; None where it has none."""
        try:
            with open_regular(self._path) as stream:
                begin, end = self._rows_in(stream)
                if begin == end:
                    return None
                return _row_at(stream, begin, begin).pulse, _row_at(stream, end - 1, begin).pulse
        except (OSError, ValueError):
            return None

    def until(self, pulse: int | None, count: int) -> TakeIndex | None:
        """Return at most so many rows that end with a pulse, or with the last one; None where none does."""
        try:
            with open_regular(self._path) as stream:
                begin, end = self._rows_in(stream)
                if pulse is not None:
                    end = _end_of(stream, pulse, begin, end)
                placed = _last_rows(stream, count, begin, end)
            return read_stretch(self._path, placed) if placed.nbytes else None
        except (OSError, ValueError, UsageError):
            return None

    def _rows_in(self, stream: BinaryIO) -> tuple[int, int]:
        """Return where the first row begins and the last whole one ends."""
        begin = len(stream.readline(STRETCH_NBYTES))
        size = stream.seek(0, os.SEEK_END)
        last = max(begin, size - _ROW_NBYTES)
        stream.seek(last)
        return begin, last + stream.read(size - last).rfind(b"\n") + 1


class _Row(NamedTuple):
    start: int
    end: int
    pulse: int


def _row_at(stream: BinaryIO, at: int, begin: int) -> _Row:
    """Return the row that a byte is in; ValueError where that is none."""
    first = max(begin, at - _ROW_NBYTES)
    stream.seek(first)
    data = stream.read(at - first + _ROW_NBYTES)
    start = data.rfind(b"\n", 0, at - first) + 1
    end = data.index(b"\n", at - first) + 1
    return _Row(first + start, first + end, int(data[start:end].partition(b",")[0]))


def _end_of(stream: BinaryIO, pulse: int, begin: int, end: int) -> int:
    """Return where the row of a pulse ends, or of the last one before it."""
    low, high = begin, end
    while low < high:
        row = _row_at(stream, (low + high) // 2, begin)
        if row.pulse <= pulse:
            low = row.end
        else:
            high = row.start
    return low


def _last_rows(stream: BinaryIO, count: int, begin: int, end: int) -> PlacedStretch:
    """Return where the last rows before a place stand."""
    reach = _MEAN_NBYTES * count
    while True:
        first = max(begin, end - reach)
        stream.seek(first)
        data, start = stream.read(end - first), end - first
        for _ in range(count + 1):
            start = data.rfind(b"\n", 0, max(start, 0))
        if first == begin or start >= 0:
            return PlacedStretch(first + start + 1, end - first - start - 1, 2)
        if reach > _ROW_NBYTES * count:  # a file of holes is read into no memory
            raise ValueError("these are no rows")
        reach *= 2
