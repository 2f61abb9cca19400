"""What a take is measured by: one device's part in numbers, and how far each number may go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.hardware import Hardware
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.values import Value

MAX_OUTLIER_PERCENT = 1.0
"""So many timestamps out of tolerance may be accidents; the SDK's own test allows none in 100."""
MAX_DROP_PERCENT = 1.0
"""Default share of the pulses that a device may miss."""


def clock_tolerance_us(fps: int, hardware: Hardware) -> float:
    """Return how far bias and steps may go: further where clocks are set again and again, as a Femto's."""
    return hardware.profile.clocks_apart_us or TOLERANCE_US[fps]


class PairingStatistics:
    """How well color and depth of one device belong together, in constant memory."""

    def __init__(self, fps: int, tolerance_us: float | None = None) -> None:
        """Begin without captures; the tolerance is that of the frame rate unless given."""
        self._tolerance_us = TOLERANCE_US[fps] if tolerance_us is None else tolerance_us
        self._sum_us = 0.0
        self.count = 0
        self.outliers = 0

    def add(self, error_us: float | None) -> None:
        """Add the pairing error of one capture; None where an image is missing."""
        if error_us is not None:
            self.count += 1
            self._sum_us += error_us
            self.outliers += abs(error_us) > self._tolerance_us

    def add_all(self, errors_us: NDArray[np.float64]) -> None:
        """Add the pairing errors of many captures, shape (n,)."""
        self.count += len(errors_us)
        self._sum_us += float(errors_us.sum())
        self.outliers += int(np.count_nonzero(np.abs(errors_us) > self._tolerance_us))

    @property
    def bias_us(self) -> float | None:
        """The mean pairing error; None without pairs."""
        return self._sum_us / self.count if self.count else None


class Divergence(Value):
    """How a device's arrivals at the host part from the reference's, steadily and until the end."""

    us: float
    """By how much they parted; positive is ever later."""
    ppm: float
    """How fast."""
    from_pulse: int
    """Since when at the latest; it may have begun a little earlier."""
    certain: bool
    """Whether nothing else explains it: the device does not follow the pulses."""


class DeviceVerification(Value):
    """One device's part in a take, measured."""

    name: str
    pulses: int
    """Rows of the take; `pulses` = whole captures + `dropped`."""
    captures: int
    """Captures in the file, half ones included."""
    dropped: int
    """Pulses without a whole capture: the sum of `holes`."""
    holes: dict[str, int]
    """The same, by `HoleReason`."""
    lost: bool
    """Whether the device stopped delivering before the end."""
    tolerance_us: float
    """What jitter, single timestamps and pairing are held against."""
    clock_tolerance_us: float
    """What bias and steps are held against: more on a Femto."""
    residuals: int
    """Pulses at which the device could be compared with the reference."""
    bias_us: float | None
    """Constant part of observed - expected, at the first common pulse; None when not measurable."""
    jitter_us: float | None
    """RMS around bias and drift; None when not measurable."""
    drift_ppm: float | None
    """Slope of observed - expected: this clock against the reference's. None when not measurable."""
    outliers: int
    """Residuals farther than the tolerance from the trend."""
    step_us: float
    """The largest sudden change of the bias within the take."""
    pairing_error_us: float | None = None
    """Mean of depth - color - depth delay; None when the device does not give both."""
    paired: int = 0
    """Captures with color and depth."""
    mispaired: int = 0
    """Captures whose pairing error is out of tolerance."""
    divergence: Divergence | None = None
    """None where arrivals do not part, or too little is known of them."""

    @property
    def measured(self) -> bool:
        """Whether anything can be said about this device's timing."""
        return self.bias_us is not None

    @property
    def often_off(self) -> bool:
        """Whether too many timestamps are off the trend."""
        return exceeds(self.outliers, self.residuals, MAX_OUTLIER_PERCENT)

    @property
    def often_mispaired(self) -> bool:
        """Whether color and depth are too far apart in too many captures."""
        return exceeds(self.mispaired, self.paired, MAX_OUTLIER_PERCENT)

    @property
    def runs_free(self) -> bool:
        """Whether the device has stopped following the pulses, and goes on at its own pace."""
        return self.divergence is not None and self.divergence.certain

    @property
    def in_tolerance(self) -> bool:
        """Whether nothing that was measured is out of tolerance; drift is no fault."""
        clock_us = max(abs(self.bias_us or 0.0), abs(self.step_us))
        timing_us = max(self.jitter_us or 0.0, abs(self.pairing_error_us or 0.0))
        inside = clock_us <= self.clock_tolerance_us and timing_us <= self.tolerance_us
        return inside and not self.often_off and not self.often_mispaired and not self.runs_free

    def drops_more_than(self, percent: float) -> bool:
        """Tell whether more than this share of the pulses has no whole capture."""
        return exceeds(self.dropped, self.pulses, percent)


def exceeds(part: int, whole: int, percent: float) -> bool:
    """Tell whether `part` is more than `percent` of `whole`; nothing of nothing is not."""
    return part * 100 > percent * whole
