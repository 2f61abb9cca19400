"""Numbers out of the text of a table, many at once: an hour of nine devices is six million fields.

Python's own numbers would take 500 MB and seconds for them. Here a stretch of the file is looked at as bytes,
and a column becomes an array digit by digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.problem import shown
from kinect_sync.timing.table import MISSING

MOST_DIGITS = 18
"""More do not fit into 64 bits."""

Places = NDArray[np.intp]
_COMMA, _DOT, _MINUS, _NEWLINE, _ZERO = b",.-\n0"


class CellError(ValueError):
    """A field or a row is not as it should be; says which."""

    def __init__(self, row: int, what: str) -> None:
        """Remember the row, counted from the first of the stretch."""
        super().__init__(what)
        self.row = row


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the fields of a stretch of rows stand in it."""

    data: NDArray[np.uint8]
    starts: Places
    """First byte of each field, shape (rows, columns)."""
    ends: Places
    """The byte after the last one."""

    @classmethod
    def of(cls, text: bytes, width: int) -> Cells:
        """Find the fields of whole lines; CellError where a line has not `width` of them."""
        data = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero((data == _COMMA) | (data == _NEWLINE))
        if len(ends) % width or not _is_rectangle(data[ends].reshape(-1, width)):
            raise CellError(_odd_line(text, width), f"it has not the {width} fields of the heading")
        starts = np.concatenate((np.zeros(1, np.intp), ends[:-1] + 1)) if len(ends) else ends
        return cls(data, starts.reshape(-1, width), ends.reshape(-1, width))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ends)

    def text(self, row: int, column: int) -> str:
        """Return one field as it stands there."""
        return self.data[self.starts[row, column] : self.ends[row, column]].tobytes().decode(errors="replace")

    def texts(self, column: int) -> dict[int, str]:
        """Return the fields of a column that are not empty, by row."""
        rows = np.flatnonzero(self.ends[:, column] > self.starts[:, column])
        return {row: self.text(row, column) for row in rows.tolist()}

    def integers(self, columns: slice) -> NDArray[np.int64]:
        """Return columns of numbers from 0, shape (columns, rows); `MISSING` where a field is empty."""
        return self._digits(_Fields.of(self, columns))

    def tenths(self, columns: slice) -> NDArray[np.float64]:
        """Return columns of numbers with one decimal, shape (columns, rows); NaN where a field is empty."""
        fields = _Fields.of(self, columns)
        starts, ends = fields.starts, fields.ends
        there = ends > starts
        negative = there & (self._at(starts) == _MINUS)
        point = np.where(there, ends - 2, ends)
        self._refuse(fields, there & ((self._at(point) != _DOT) | (point <= starts + negative)))
        whole = self._digits(fields._replace(starts=starts + negative, ends=point))
        tenth = self._digits(fields._replace(starts=np.where(there, point + 1, ends)))
        values = (whole * 10 + tenth) / 10.0
        return np.where(there, np.where(negative, -values, values), np.nan)

    def _digits(self, fields: _Fields) -> NDArray[np.int64]:
        lengths = fields.ends - fields.starts
        self._refuse(fields, lengths > MOST_DIGITS)
        values = np.zeros(lengths.shape, np.int64)
        for place in range(int(lengths.max(initial=0)), 0, -1):
            there = lengths >= place
            digits = self._at(fields.ends - place).astype(np.int64) - _ZERO
            self._refuse(fields, there & ((digits < 0) | (digits > 9)))
            values = np.where(there, values * 10 + digits, values)
        values[lengths == 0] = MISSING
        return values

    def _at(self, places: Places) -> NDArray[np.uint8]:
        """Return the bytes at places; any byte for a place before the first, which is of no field."""
        at: NDArray[np.uint8] = self.data[np.maximum(places, 0)]
        return at

    def _refuse(self, fields: _Fields, wrong: NDArray[np.bool_]) -> None:
        if wrong.any():
            at, row = (int(place) for place in np.unravel_index(np.argmax(wrong), wrong.shape))
            word = shown(self.text(row, fields.columns[at]))
            raise CellError(row, f"`{word}` is not a number as ksync writes it")


class _Fields(NamedTuple):
    """Some columns, read together: a call of NumPy costs more than the few rows of a second."""

    columns: range
    starts: Places
    """Shape (columns, rows), each column in one piece, as `ends`."""
    ends: Places

    @classmethod
    def of(cls, cells: Cells, columns: slice) -> _Fields:
        """Take columns out of the rows."""
        starts, ends = (np.ascontiguousarray(each.T[columns]) for each in (cells.starts, cells.ends))
        return cls(range(*columns.indices(cells.ends.shape[1])), starts, ends)


def _is_rectangle(separators: NDArray[np.uint8]) -> bool:
    return bool((separators[:, -1] == _NEWLINE).all() and (separators[:, :-1] == _COMMA).all())


def _odd_line(text: bytes, width: int) -> int:
    lines = text.split(b"\n")
    return next(row for row, line in enumerate(lines) if line.count(b",") != width - 1)
