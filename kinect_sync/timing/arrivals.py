"""When captures reach the host, compared between devices: one clock that they all share.

A device's own timestamps can't tell whether it follows the pulses or runs by itself: it counts its own
periods, and is right by its own clock. Its captures of one pulse then reach the host ever later, or ever
earlier, than the reference's.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.alignment import Cell
from kinect_sync.timing.divergence import Track
from kinect_sync.timing.pulses import period_us
from kinect_sync.timing.table import MISSING, Table

STRETCH = 30
"""Pulses whose earliest arrival counts, 1 s at 30 fps: enough to meet a capture that came without delay, and
so few that two clocks 400 ppm apart move by less than half a millisecond."""
MIN_ARRIVALS = 8
"""With fewer in a stretch, the earliest of them may well have been delayed."""
MOST_POINTS = 1024
"""Points that are kept of each device. When they are twice as many, neighbors are joined."""

Floats = NDArray[np.float64]


class Arrivals:
    """How much later than the reference each device's captures reach the host, in constant memory.

    Latency only adds to the time of exposure, so the earliest arrival of a stretch, less what its pulse came
    after the first, is the one to compare. Rows without host times say nothing.
    """

    def __init__(self, fps: int, devices: int) -> None:
        """Begin without rows, for so many devices."""
        self._period_ns = period_us(fps) * 1000
        self._stretch_s = STRETCH / fps
        self._tracks = tuple(_Joining() for _ in range(devices))
        self._reference = 0
        self._begin_stretch(0)

    def add(self, pulse: int, cells: Sequence[Cell], reference: int) -> None:
        """Add one row, in pulse order; `reference` is the place of the device that the others follow."""
        if pulse // STRETCH != self._stretch:
            self._end_stretch()
            self._begin_stretch(pulse // STRETCH)
        self._reference = reference
        base_ns, lags, counts = pulse * self._period_ns, self._lags, self._counts
        for place, cell in enumerate(cells):
            if cell.host_time_ns is not None:
                counts[place] += 1
                lag_ns = cell.host_time_ns - base_ns
                if lag_ns < lags[place]:
                    lags[place] = lag_ns
            if cell.residual_us is not None:
                self._residuals[place] = cell.residual_us

    def add_all(self, pulses: NDArray[np.int64], table: Table) -> None:
        """Add the rows of a table, numbered by `pulses`, as `add` would one after the other."""
        if not len(pulses) or not (table.host_time_ns != MISSING).any():
            return
        self._reference = table.reference
        known = table.host_time_ns != MISSING
        lags = np.where(known, table.host_time_ns - (pulses * self._period_ns)[:, None], np.inf)
        stretches = pulses // STRETCH
        starts = np.flatnonzero(np.diff(stretches, prepend=-1))
        least = np.minimum.reduceat(lags, starts)
        counts = np.add.reduceat(known, starts, dtype=np.int64)
        residuals = _last_known(table.residual_us, starts)
        for row, stretch in enumerate(stretches[starts].tolist()):
            if stretch != self._stretch:
                self._end_stretch()
                self._begin_stretch(stretch)
            self._join(least[row], counts[row], residuals[row])

    def track(self, place: int) -> Track:
        """Return what is known of one device by now: nothing of the reference itself."""
        return self._tracks[place].track()

    @property
    def reference(self) -> int:
        """The place of the device that the others are compared with."""
        return self._reference

    def _begin_stretch(self, stretch: int) -> None:
        devices = len(self._tracks)
        self._stretch = stretch
        self._lags = [float("inf")] * devices
        self._counts = [0] * devices
        self._residuals = [float("nan")] * devices

    def _join(self, lags: Floats, counts: NDArray[np.int64], residuals: Floats) -> None:
        """Join a part of the stretch, shapes (devices,), to what is known of it."""
        self._lags = np.minimum(self._lags, lags).tolist()
        self._counts = (counts + self._counts).tolist()
        self._residuals = np.where(np.isnan(residuals), self._residuals, residuals).tolist()

    def _end_stretch(self) -> None:
        reference, counts = self._reference, self._counts
        if counts[reference] < MIN_ARRIVALS:
            return
        moment_s = (self._stretch + 0.5) * self._stretch_s
        for place, joining in enumerate(self._tracks):
            residual_us = self._residuals[place]
            if place != reference and counts[place] >= MIN_ARRIVALS and residual_us == residual_us:
                joining.add(moment_s, (self._lags[place] - self._lags[reference]) / 1000, residual_us)


def _last_known(values: Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the last value of each group of rows that is not NaN; shapes (n, devices), (groups, devices)."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    last = np.maximum.reduceat(rows, starts)
    found: Floats = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    found[last < starts[:, None]] = np.nan
    return found


class _Joining:
    """The points of one device; as a take grows, each stands for more and more stretches."""

    __slots__ = ("_open", "_points", "_stretches")

    def __init__(self) -> None:
        self._points = array("d")  # moment, lag, residual, one point after the other
        self._open: list[tuple[float, float, float]] = []
        self._stretches = 1

    def add(self, moment_s: float, lag_us: float, residual_us: float) -> None:
        self._open.append((moment_s, lag_us, residual_us))
        if len(self._open) < self._stretches:
            return
        self._points.extend(sum(column) / self._stretches for column in zip(*self._open, strict=True))
        self._open.clear()
        if len(self._points) == 2 * MOST_POINTS * 3:
            pairs = np.array(self._points).reshape(MOST_POINTS, 2, 3)
            self._points = array("d", pairs.mean(axis=1).ravel().tolist())
            self._stretches *= 2

    def track(self) -> Track:
        points = np.array(self._points).reshape(-1, 3)
        return Track(points[:, 0], points[:, 1], points[:, 2])
