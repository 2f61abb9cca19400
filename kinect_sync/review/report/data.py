"""What a report draws of a take: as much as a screen shows, however long the take was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.review.report.curves import Curve
from kinect_sync.review.report.lanes import Lane
from kinect_sync.review.report.scale import Scale
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.takes.load_reader import Load
from kinect_sync.takes.manifest import DeviceReport, TakeDevice, TakeReport
from kinect_sync.takes.opened_take import OpenedTake

Floats = NDArray[np.float64]
COLORS = 9
"""Classes `d0` to `d8` of the page; more devices begin again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Whole captures per second, over parts of the take of equal length."""

    edges_s: Floats
    """Where parts begin and end, shape (parts + 1,)."""
    whole: NDArray[np.int64]
    """Whole captures in each, shape (parts,)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How often each deviation occurs, in bins of equal width over the axis of its drawing."""

    edges_us: Floats
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FirstSet:
    """The first pulse that every device captured whole."""

    pulse: int
    times_us: dict[str, tuple[int, int]]
    """Device timestamps of color and depth, by device; `timing.table.MISSING` for none."""


@dataclass(frozen=True, slots=True)
class DeviceData:
    """One device, ready to be drawn."""

    name: str
    style: str
    described: TakeDevice
    report: DeviceReport | None
    captures: int
    """Captures in the index, whole or not."""
    lane: Lane
    rate: Rate
    drift_ppm: float
    """Slope of the residual, 0 where it can't be told."""
    in_error: bool
    """Whether the take's report finds an error of this device."""
    residual_us: Curve
    """Observed - expected."""
    deviation_us: Curve
    """The residual without drift: bias is its place, jitter its width."""
    deviation_scale: Scale
    spread: Spread
    latency_ms: Curve
    """How much later than its quickest capture each one reached the host."""
    zero_ns: int | None
    """When the first pulse reached the host, by its first capture; None where that is not known."""

    @property
    def settings(self) -> DeviceSettings:
        """What the device was started with."""
        return self.described.settings


@dataclass(frozen=True, slots=True)
class TakeData:
    """A take, ready to be drawn."""

    take: OpenedTake
    rig: RigFields | None
    """None where the manifest's rig is not one that this ksync knows."""
    report: TakeReport | None
    fps: int
    tolerance_us: float
    pulses: int
    incomplete: Lane
    """Pulses that not every device has; the reason is of no meaning."""
    first_set: FirstSet | None
    time: Scale
    """The time axis that all drawings share, in seconds from the first pulse."""
    devices: tuple[DeviceData, ...]
    load: Load | str
    """How queues and disk stood; the reason where the take does not tell."""
    calibration: RigCalibration | str | None
    """Where its cameras are; the reason where that can't be read, None where the take names none."""

    @property
    def complete(self) -> int:
        """At how many pulses every device has a whole capture."""
        return self.pulses - self.incomplete.holes

    @property
    def styles_by_serial(self) -> dict[str, str]:
        """The class of each device's color, by its serial number: a calibration may have other names."""
        return {device.settings.serial: device.style for device in self.devices}

    @property
    def reference(self) -> str:
        """The device that residuals are measured against."""
        return self.take.manifest.reference
