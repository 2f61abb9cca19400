"""A take read through for its report: three times, a stretch of rows at a time.

The first look finds the lines, the second what is off them, and the third counts how often: so nothing but
what is drawn has to be kept, and ten hours take no more memory than a minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.findings import Severity
from kinect_sync.review.report.curves import CurveBuilder
from kinect_sync.review.report.data import COLORS, DeviceData, FirstSet, Floats, Rate, Spread, TakeData
from kinect_sync.review.report.lanes import LaneBuilder
from kinect_sync.review.report.scale import Scale, scale_around
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import IndexColumns, TakeIndex
from kinect_sync.takes.load_reader import Load
from kinect_sync.takes.manifest import DeviceReport, Manifest, TakeDevice
from kinect_sync.takes.names import LOAD
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.timing.table import MISSING, NO_HOLE
from kinect_sync.timing.trend import RunningLine

_MOST_PARTS = 200
"""Of a rate; where a take is long enough, each is a second or more."""
_BINS = 40
"""Of a spread."""
_LEAST_SPAN_S = 5.0
"""A pace is not told from less."""


def gather(take: OpenedTake, calibration: RigCalibration | str | None = None) -> TakeData:
    """Take from a take what a report draws; UsageError where its index is damaged.

    `calibration` is its rig's, or why that can't be read.
    """
    manifest = take.manifest
    fps = manifest.devices[0].settings.fps
    tolerance_us = float(TOLERANCE_US[fps])
    axis = _Axis(take.index, fps)
    whole = _Whole(axis, manifest.names, manifest.reference)
    for row, seconds, part in axis.stretches():
        whole.add(row, seconds, part)
    offs = _measure_off(take, axis, whole)
    devices = []
    for number, described in enumerate(manifest.devices):
        off = offs[described.settings.name]
        devices.append(_device(take, described, f"d{number % COLORS}", whole, off))
    return TakeData(
        take=take,
        rig=_rig_of(manifest),
        report=manifest.report,
        fps=fps,
        tolerance_us=tolerance_us,
        pulses=axis.rows,
        incomplete=whole.incomplete.lane(),
        first_set=whole.first_set,
        time=axis.time,
        devices=tuple(devices),
        load=_load(take),
        calibration=calibration,
    )


class _Axis:
    """The rows of a take, and when their pulses came."""

    def __init__(self, index: IndexMap, fps: int) -> None:
        self._index = index
        self._fps = fps
        self.rows = len(index)
        self.time = Scale(0.0, max(0, index.last_pulse) / fps + 1 / fps)

    def stretches(self) -> Iterator[tuple[int, Floats, TakeIndex]]:
        """Yield the number of the first row, the seconds of all, and the stretch itself."""
        row = 0
        for part in self._index.stretches():
            yield row, part.pulses / self._fps, part
            row += len(part)


# --- the first look ---------------------------------------------------------------------------------------


class _Whole:
    """What the rows say of all devices together."""

    def __init__(self, axis: _Axis, names: list[str], reference: str) -> None:
        self.incomplete = LaneBuilder(axis.rows)
        self.first_set: FirstSet | None = None
        self.pace = _Pace(axis.rows)
        self.devices = {name: _Alone(axis) for name in names}
        self._reference = reference

    def add(self, row: int, seconds: Floats, part: TakeIndex) -> None:
        complete = part.complete()
        self.incomplete.add(row, part.pulses, np.where(complete, NO_HOLE, 0).astype(np.int8))
        if self.first_set is None and complete.any():
            self.first_set = _set_at(part, int(np.argmax(complete)), list(self.devices))
        for name, alone in self.devices.items():
            alone.add(row, seconds, part, part.devices[name])
        if self._reference in part.devices:
            self.pace.add(row, seconds, _arrival_ms(part.devices[self._reference], seconds))


class _Alone:
    """What the rows say of one device."""

    def __init__(self, axis: _Axis) -> None:
        self.lane = LaneBuilder(axis.rows)
        self.residual = CurveBuilder(axis.rows)
        self.line = RunningLine()
        self.captures = 0
        self.zero_ns: int | None = None
        parts = max(1, min(_MOST_PARTS, math.floor(axis.time.high)))
        self._edges_s = np.linspace(0.0, axis.time.high, parts + 1)
        self._whole = np.zeros(parts, np.int64)

    def add(self, row: int, seconds: Floats, part: TakeIndex, columns: IndexColumns) -> None:
        self.lane.add(row, part.pulses, columns.hole)
        self.residual.add(row, seconds, columns.residual_us)
        seen = np.isfinite(columns.residual_us)
        self.line.add_all(seconds[seen], columns.residual_us[seen])
        self.captures += int((columns.capture != MISSING).sum())
        self._whole += np.histogram(seconds[columns.whole], self._edges_s)[0]
        known = np.flatnonzero(columns.host_ns != MISSING)[:1]
        if self.zero_ns is None and len(known):
            self.zero_ns = int(columns.host_ns[known[0]]) - round(1e9 * float(seconds[known[0]]))

    @property
    def rate(self) -> Rate:
        return Rate(self._edges_s, self._whole)

    def drift_ppm(self, report: DeviceReport | None) -> float:
        if report is not None and report.drift_ppm is not None:
            return report.drift_ppm
        return self.line.slope if self.line.count >= 3 else 0.0


class _Pace:
    """The pulses' pace by the host's clock: through the least of the take's first and of its last third."""

    def __init__(self, rows: int) -> None:
        self._third = max(1, rows // 3)
        self._rows = rows
        self._head = self._tail = np.inf, 0.0

    def add(self, row: int, x: Floats, y: Floats) -> None:
        rows = np.arange(row, row + len(y))
        self._head = _least(self._head, x, y, rows < self._third)
        self._tail = _least(self._tail, x, y, rows >= self._rows - self._third)

    @property
    def slope(self) -> float:
        (head, since_s), (tail, until_s) = self._head, self._tail
        known = np.isfinite(head) and np.isfinite(tail)
        return (tail - head) / (until_s - since_s) if known and until_s - since_s > _LEAST_SPAN_S else 0.0


def _rig_of(manifest: Manifest) -> RigFields | None:
    """Return the rig; one of other devices than the take's, as somebody wrote it, is none to be drawn."""
    rig = manifest.rig_fields
    return rig if rig is not None and [each.name for each in rig.devices] == manifest.names else None


def _least(
    before: tuple[float, float], x: Floats, y: Floats, there: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the least y so far, and its x."""
    there = there & np.isfinite(y)
    if not there.any():
        return before
    at = int(np.argmin(np.where(there, y, np.inf)))
    return min(before, (float(y[at]), float(x[at])))


def _set_at(part: TakeIndex, row: int, names: list[str]) -> FirstSet:
    columns = {name: part.devices[name] for name in names}
    times = {name: (int(each.color_us[row]), int(each.depth_us[row])) for name, each in columns.items()}
    return FirstSet(int(part.pulses[row]), times)


def _arrival_ms(columns: IndexColumns, seconds: Floats) -> Floats:
    """Return when each capture reached the host, less what its pulse came after the first; NaN if unknown."""
    known = columns.host_ns != MISSING
    return np.where(known, columns.host_ns / 1e6 - seconds * 1e3, np.nan)


# --- the second and the third -----------------------------------------------------------------------------


class _Off:
    """How far one device is off the lines that the first look has found."""

    def __init__(self, axis: _Axis, drift_ppm: float, pace: float, since_zero_s: float) -> None:
        self.drift_ppm = drift_ppm
        self.deviation = CurveBuilder(axis.rows)
        self.latency = CurveBuilder(axis.rows)
        self.scale = Scale(0.0, 1.0)
        self.counts = np.zeros(_BINS, np.int64)
        self._pace = pace
        self._since_zero_s = since_zero_s

    def deviation_us(self, columns: IndexColumns, seconds: Floats) -> Floats:
        off: Floats = columns.residual_us - self.drift_ppm * (seconds + self._since_zero_s)
        return off

    def add(self, row: int, seconds: Floats, columns: IndexColumns) -> None:
        self.deviation.add(row, seconds, self.deviation_us(columns, seconds))
        self.latency.add(row, seconds, _arrival_ms(columns, seconds) - self._pace * seconds)

    def count(self, seconds: Floats, columns: IndexColumns) -> None:
        off = self.deviation_us(columns, seconds)
        between = (self.scale.low, self.scale.high)
        self.counts += np.histogram(off[np.isfinite(off)], _BINS, between)[0]


def _measure_off(take: OpenedTake, axis: _Axis, whole: _Whole) -> Mapping[str, _Off]:
    manifest, since_zero_s = take.manifest, _since_zero_s(take)
    limit = float(TOLERANCE_US[manifest.devices[0].settings.fps])
    reports = _reports(take)
    offs = {
        name: _Off(axis, alone.drift_ppm(reports.get(name)), whole.pace.slope, since_zero_s)
        for name, alone in whole.devices.items()
    }
    for row, seconds, part in axis.stretches():
        for name, off in offs.items():
            off.add(row, seconds, part.devices[name])
    for off in offs.values():
        off.scale = scale_around(-limit, limit, *off.deviation.limits)
    for _, seconds, part in axis.stretches():
        for name, off in offs.items():
            off.count(seconds, part.devices[name])
    return offs


def _device(take: OpenedTake, described: TakeDevice, style: str, whole: _Whole, off: _Off) -> DeviceData:
    name = described.settings.name
    alone, latency = whole.devices[name], off.latency.curve()
    findings = take.manifest.report.findings if take.manifest.report else ()
    return DeviceData(
        name=name,
        style=style,
        described=described,
        report=_reports(take).get(name),
        captures=alone.captures,
        lane=alone.lane.lane(),
        rate=alone.rate,
        drift_ppm=off.drift_ppm,
        in_error=any(each.device == name and each.severity is Severity.ERROR for each in findings),
        residual_us=alone.residual.curve(),
        deviation_us=off.deviation.curve(),
        deviation_scale=off.scale,
        spread=Spread(np.linspace(off.scale.low, off.scale.high, _BINS + 1), off.counts),
        latency_ms=latency.lowered(min(latency.limits, default=0.0)),
        zero_ns=alone.zero_ns,
    )


def _reports(take: OpenedTake) -> dict[str, DeviceReport]:
    report = take.manifest.report
    return {each.name: each for each in report.devices} if report else {}


def _since_zero_s(take: OpenedTake) -> float:
    """Return the device time of the first pulse; one that counts from 1970, as a Femto's, says nothing."""
    reference = next(
        (each for each in take.manifest.devices if each.settings.name == take.manifest.reference), None
    )
    if reference is None or reference.settings.hardware.profile.clock is ClockKind.FROM_HOST:
        return 0.0
    return reference.first_pulse_us / 1e6


def _load(take: OpenedTake) -> Load | str:
    try:
        load = take.load()
    except UsageError as error:
        return error.findings[0].what
    missing = f"the take holds no {LOAD}; an older ksync recorded it, or it was rebuilt from its recordings"
    return missing if load is None else load
