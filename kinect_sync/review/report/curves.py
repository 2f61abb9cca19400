"""A million points as a screen can show them: each one where they are few, else the band that they lie in.

Nothing is left out to make them fewer: each column of a band goes from its least to its greatest point, so
that a single spike within ten hours is as tall as it was. What is kept does not grow with the take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 900
"""Beyond, a screen shows no more than the band that points lie in."""
COLUMNS = 300
"""Of a band, each of as many pulses."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Columns that follow each other without a gap, shapes (columns,)."""

    x: Floats
    low: Floats
    median: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one device over the take: `x` and `y` where they are few, else `bands`."""

    x: Floats
    y: Floats
    bands: tuple[Band, ...]
    limits: tuple[float, ...]
    """The least and the greatest y; nothing where there is no point."""

    def lowered(self, y: float) -> Curve:
        """Return the curve, lower by `y`."""
        bands = (Band(each.x, each.low - y, each.median - y, each.high - y) for each in self.bands)
        return replace(
            self, y=self.y - y, bands=tuple(bands), limits=tuple(limit - y for limit in self.limits)
        )


@dataclass(frozen=True, slots=True)
class _Column:
    number: int
    x: tuple[float, float, float]
    """Of its first point, on average, and of its last one."""
    y: tuple[float, float, float]
    """The least, the median and the greatest."""


class CurveBuilder:
    """Takes in the rows of a take, stretch by stretch."""

    def __init__(self, rows: int) -> None:
        """Begin without points; there will be so many rows."""
        self._rows = max(1, rows)
        self._count = 0
        self._few: list[tuple[Floats, Floats]] = []
        self._columns: list[_Column] = []
        self._open: list[tuple[Floats, Floats]] = []
        self._open_number = 0
        self._limits = np.inf, -np.inf

    def add(self, first_row: int, x: Floats, y: Floats) -> None:
        """Take in the next rows, shapes (n,); where y is NaN, there is no point."""
        seen = np.isfinite(y)
        if not seen.any():
            return
        numbers = (np.flatnonzero(seen) + first_row) * COLUMNS // self._rows
        x, y = x[seen], y[seen]
        self._limits = min(self._limits[0], float(y.min())), max(self._limits[1], float(y.max()))
        self._count += len(y)
        self._few = [*self._few, (x, y)] if self._count <= MOST_POINTS else []
        turns = np.flatnonzero(np.diff(numbers)) + 1
        parts = zip(numbers[np.append(0, turns)], np.split(x, turns), np.split(y, turns), strict=True)
        for number, in_x, in_y in parts:
            if number != self._open_number:
                self._close_column()
                self._open_number = int(number)
            self._open.append((in_x, in_y))

    @property
    def limits(self) -> tuple[float, ...]:
        """The least and the greatest y so far; nothing where there is no point."""
        return self._limits if self._count else ()

    def curve(self) -> Curve:
        """Return what was taken in."""
        self._close_column()
        if self._count <= MOST_POINTS:
            return Curve(*_joined(self._few), (), self.limits)
        return Curve(*_joined(()), _bands(self._columns), self.limits)

    def _close_column(self) -> None:
        if not self._open:
            return
        x, y = _joined(self._open)
        over = float(x[0]), float(x.mean()), float(x[-1])
        values = float(y.min()), float(np.median(y)), float(y.max())
        self._columns.append(_Column(self._open_number, over, values))
        self._open = []


def _bands(columns: Sequence[_Column]) -> tuple[Band, ...]:
    """Return a band for each run of columns; it begins with the first point and ends with the last."""
    runs = groupby(enumerate(columns), key=lambda each: each[1].number - each[0])
    return tuple(_band([column for _, column in run]) for _, run in runs)


def _band(columns: Sequence[_Column]) -> Band:
    first, last = columns[0], columns[-1]
    x = [first.x[0], *(each.x[1] for each in columns), last.x[2]]
    low, median, high = np.array([first.y, *(each.y for each in columns), last.y]).T
    return Band(np.array(x), low, median, high)


def _joined(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    if not parts:
        return np.zeros(0), np.zeros(0)
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
