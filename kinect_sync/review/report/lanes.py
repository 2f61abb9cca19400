"""Which captures are missing, as a lane shows it: each run of holes where they are few, else their share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.table import HOLES, NO_HOLE

MOST_RUNS = 400
"""Holes of a lane that are drawn one by one."""
COLUMNS = 250


class Run(NamedTuple):
    """Holes that follow each other for one reason."""

    first: int
    """Its first row."""
    last: int
    """The row after its last one."""
    reason: int
    """Place of the reason in `timing.table.HOLES`."""
    first_pulse: int
    last_pulse: int


@dataclass(frozen=True, slots=True)
class Lane:
    """The holes of one device over the take."""

    rows: int
    counts: NDArray[np.int64]
    """Holes by column and reason, shape (COLUMNS, reasons)."""
    runs: tuple[Run, ...] | None
    """None where they are too many to be drawn one by one."""

    @property
    def holes(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    def by_reason(self) -> dict[str, int]:
        """Return how many there are, by reason."""
        counts = self.counts.sum(axis=0).tolist()
        return {str(reason): count for reason, count in zip(HOLES, counts, strict=True) if count}


class LaneBuilder:
    """Takes in the rows of a take, stretch by stretch."""

    def __init__(self, rows: int) -> None:
        """Begin without holes; there will be so many rows."""
        self._rows = max(1, rows)
        self._counts = np.zeros((COLUMNS, len(HOLES)), np.int64)
        self._runs: list[Run] = []

    def add(self, first_row: int, pulses: NDArray[np.int64], holes: NDArray[np.int8]) -> None:
        """Take in the next rows, shapes (n,): places in `timing.table.HOLES`, or `NO_HOLE`."""
        missing = np.flatnonzero(holes != NO_HOLE)
        np.add.at(self._counts, ((missing + first_row) * COLUMNS // self._rows, holes[missing]), 1)
        if len(self._runs) > MOST_RUNS:
            return
        turns = np.flatnonzero(np.diff(holes, prepend=NO_HOLE, append=NO_HOLE))
        for first, last in pairwise(turns.tolist()):
            if holes[first] != NO_HOLE:
                reason, between = int(holes[first]), (int(pulses[first]), int(pulses[last - 1]))
                self._add_run(Run(first_row + first, first_row + last, reason, *between))

    def _add_run(self, run: Run) -> None:
        before = self._runs[-1] if self._runs else None
        if before is not None and before.last == run.first and before.reason == run.reason:
            self._runs[-1] = before._replace(last=run.last, last_pulse=run.last_pulse)
        else:
            self._runs.append(run)

    def lane(self) -> Lane:
        """Return what was taken in."""
        runs = tuple(self._runs) if len(self._runs) <= MOST_RUNS else None
        return Lane(self._rows, self._counts, runs)
