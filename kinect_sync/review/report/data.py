"""What a report draws, taken from a take once: times in seconds, residuals, and what drift makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings import Severity
from kinect_sync.review.report.scale import Scale
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.takes.index_reader import IndexColumns
from kinect_sync.takes.load_reader import Load
from kinect_sync.takes.manifest import DeviceReport, TakeDevice, TakeReport
from kinect_sync.takes.names import LOAD
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE

Floats = NDArray[np.float64]
COLORS = 9
"""Classes `d0` to `d8` of the page; more devices begin again."""


@dataclass(frozen=True, slots=True)
class DeviceData:
    """One device, ready to be drawn; arrays have the shape (pulses,)."""

    name: str
    style: str
    described: TakeDevice
    columns: IndexColumns
    report: DeviceReport | None
    seconds: Floats
    drift_ppm: float
    """Slope of the residual, 0 where it can't be told."""
    in_error: bool
    """Whether the take's report finds an error of this device."""
    since_zero_s: float
    """From the moment when all clocks were equal to the first pulse of the take."""

    @property
    def settings(self) -> DeviceSettings:
        """What the device was started with."""
        return self.described.settings

    @property
    def residual_us(self) -> Floats:
        """Observed - expected; NaN where one of them is missing."""
        return self.columns.residual_us

    @property
    def deviation_us(self) -> Floats:
        """The residual without drift: bias is its place, jitter its width."""
        return self.residual_us - self.drift_ppm * (self.seconds + self.since_zero_s)

    def hole_runs(self) -> Iterator[tuple[int, int, HoleReason]]:
        """Yield holes that follow each other for one reason: first row, row after the last, reason."""
        holes = self.columns.hole
        turns = np.flatnonzero(np.diff(holes, prepend=NO_HOLE, append=NO_HOLE))
        for first, last in pairwise(turns.tolist()):
            if holes[first] != NO_HOLE:
                yield first, last, HOLES[holes[first]]

    @property
    def arrival_ms(self) -> Floats:
        """When each capture reached the host, less what its pulse came after the first; NaN where unknown."""
        known = self.columns.host_ns != MISSING
        return np.where(known, self.columns.host_ns / 1e6 - self.seconds * 1e3, np.nan)


def _lower_slope(x: Floats, y: Floats) -> float:
    """Return the slope of a cloud's lower edge: through the least of its first and of its last third."""
    if np.isfinite(y).sum() < 2:
        return 0.0
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    third = max(1, len(x) // 3)
    head, tail = int(np.argmin(y[:third])), len(y) - third + int(np.argmin(y[-third:]))
    span_s = float(x[tail] - x[head])
    return float(y[tail] - y[head]) / span_s if span_s > 5 else 0.0


def _above_least(values: Floats) -> Floats:
    return values - np.nanmin(values) if not np.isnan(values).all() else values


@dataclass(frozen=True, slots=True)
class TakeData:
    """A take, ready to be drawn."""

    take: OpenedTake
    rig: RigFields | None
    """None where the manifest's rig is not one that this ksync knows."""
    report: TakeReport | None
    fps: int
    tolerance_us: float
    devices: tuple[DeviceData, ...]
    load: Load | str
    """How queues and disk stood; the reason where the take does not tell."""

    @property
    def seconds(self) -> Floats:
        """When each pulse came, counted from the first."""
        return self.take.index.pulses / self.fps

    @property
    def time(self) -> Scale:
        """The time axis that all drawings share."""
        last = float(self.seconds[-1]) if len(self.seconds) else 0.0
        return Scale(0.0, last + 1 / self.fps)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """At which pulses every device has a whole capture."""
        return self.take.index.complete()

    @property
    def reference(self) -> str:
        """The device that residuals are measured against."""
        return self.take.manifest.reference

    def latency_ms(self) -> dict[str, Floats]:
        """Return how much later than its quickest capture each one of a device came; NaN where unknown.

        The pulses' pace by the host's clock is that of the reference's quickest captures. A device that does
        not keep it comes ever later, or ever earlier.
        """
        arrivals = {device.name: device.arrival_ms for device in self.devices}
        pace = _lower_slope(self.seconds, arrivals.get(self.reference, np.empty(0)))
        return {name: _above_least(times - pace * self.seconds) for name, times in arrivals.items()}


def gather(take: OpenedTake) -> TakeData:
    """Take from a take what a report draws."""
    manifest = take.manifest
    fps = manifest.devices[0].settings.fps
    reports = {each.name: each for each in manifest.report.devices} if manifest.report else {}
    seconds = take.index.pulses / fps
    findings = manifest.report.findings if manifest.report else ()
    wrong = {each.device for each in findings if each.severity is Severity.ERROR}
    since_zero_s = _since_zero_s(take)
    devices = []
    for number, described in enumerate(manifest.devices):
        name = described.settings.name
        columns, report = take.index.devices[name], reports.get(name)
        drift_ppm = report.drift_ppm if report else None
        if drift_ppm is None:
            drift_ppm = _slope(seconds, columns.residual_us)
        style = f"d{number % COLORS}"
        devices.append(
            DeviceData(
                name, style, described, columns, report, seconds, drift_ppm, name in wrong, since_zero_s
            )
        )
    tolerance_us = float(TOLERANCE_US[fps])
    return TakeData(
        take, manifest.rig_fields, manifest.report, fps, tolerance_us, tuple(devices), _load(take)
    )


def _since_zero_s(take: OpenedTake) -> float:
    """Return the device time of the first pulse; one that counts from 1970, as a Femto's, says nothing."""
    reference = next(
        (each for each in take.manifest.devices if each.settings.name == take.manifest.reference), None
    )
    if reference is None or reference.settings.hardware.profile.clock is ClockKind.FROM_HOST:
        return 0.0
    return reference.first_pulse_us / 1e6


def _slope(seconds: Floats, residual_us: Floats) -> float:
    seen = np.isfinite(residual_us)
    if seen.sum() < 3:
        return 0.0
    return float(np.polyfit(seconds[seen], residual_us[seen], 1)[0])


def _load(take: OpenedTake) -> Load | str:
    try:
        load = take.load()
    except UsageError as error:
        return error.findings[0].what
    missing = f"the take holds no {LOAD}; an older ksync recorded it, or it was rebuilt from its recordings"
    return missing if load is None else load
