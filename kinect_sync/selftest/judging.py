"""What the judgements of several steps have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import FIRMWARE_DIFFERS
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.selftest.records import RunRecord
from kinect_sync.timing.pulses import Offsets, period_us, pulse_time_us
from kinect_sync.wire.messages import FirstCapture

TICKS_PER_US = 0.09
"""Of the 90 kHz clock of an Azure Kinect."""
LEAST_TREND = 5
"""Points of which a trend can be told."""


def faults_of(runs: Iterable[RunRecord]) -> tuple[Finding, ...]:
    """Return what ksync found in runs that should have gone well: errors and warnings, with the run's label.

    What several runs found alike is told once, with how many more there are: once is chance, always is not.
    That firmware differs is told by the step `bench`, and by no run.
    """
    found: dict[tuple[str, str | None, str], list[tuple[str, Finding]]] = {}
    for run in runs:
        weighty = (each for each in run.findings if _weighs(each))
        alike = {(each.code, each.device, each.severity.value): each for each in weighty}
        for key, each in alike.items():
            found.setdefault(key, []).append((run.label, each))
    return tuple(_first_of(told) for told in found.values())


def _weighs(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE and finding.kind is not FIRMWARE_DIFFERS


def _first_of(told: Sequence[tuple[str, Finding]]) -> Finding:
    label, first = told[0]
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return first.model_copy(update={"what": f"{label}{more}: {first.what}"})


def told_range(values: Sequence[float], unit: str, digits: int = 1) -> str:
    """Write what values lie between: `0.3 to 0.5 s`, or `0.4 s` where they are one."""
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def after_reset(captures: Sequence[FirstCapture]) -> list[FirstCapture]:
    """Return the captures from where the device's clock last went back; before, it showed an older time."""
    begin = 0
    times = [device_us(each) for each in captures]
    for place in range(1, len(times)):
        before, now = times[place - 1], times[place]
        if before is not None and now is not None and now < before:
            begin = place
    return [each for each in captures[begin:] if device_us(each) is not None]


def pulse_times(captures: Sequence[FirstCapture], settings: DeviceSettings) -> NDArray[np.float64]:
    """Return when the pulses of captures came on the device's clock in µs, shape (n,)."""
    offsets = Offsets.of(settings)
    kept = after_reset(captures)
    return np.array([pulse_time_us(each.color_us, each.depth_us, offsets) for each in kept], dtype=float)


def residuals(
    device: NDArray[np.float64], reference: NDArray[np.float64], fps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compare the pulse times of two clocks that one pulse has set: device times (n,), residuals (n,) in µs.

    Positive is later than the reference. Captures of a pulse that the reference lacks are left out.
    """
    if not len(device) or not len(reference):
        return np.empty(0), np.empty(0)
    nearest = np.abs(device[:, None] - reference[None, :]).argmin(axis=1)
    apart = device - reference[nearest]
    paired = np.abs(apart) < period_us(fps) / 2
    return device[paired], apart[paired]


class Settling(NamedTuple):
    """How the first captures of a device come to their trend."""

    after: int | None
    """So many captures are off it; None where there is no end to them."""
    bias_us: float
    """Where the trend was when the clocks were set to zero."""
    off_us: NDArray[np.float64]
    """How far each capture is off the trend, shape (n,)."""


def settling(times: NDArray[np.float64], apart: NDArray[np.float64], tolerance_us: float) -> Settling | None:
    """See when residuals (n,) at device times (n,) settle; None where they are too few.

    The trend is that of the second half: two clocks drift apart, and that is no settling.
    """
    half = len(times) // 2
    if half < LEAST_TREND:
        return None
    slope, bias_us = np.polyfit(times[half:], apart[half:], 1)
    off_us = apart - (slope * times + bias_us)
    off = np.flatnonzero(np.abs(off_us) > tolerance_us)
    after = 0 if not len(off) else int(off[-1]) + 1 if off[-1] < half else None
    return Settling(after, float(bias_us), off_us)


def device_us(capture: FirstCapture) -> int | None:
    """Return when a capture was taken on the device's clock: its color, or else its depth."""
    return capture.color_us if capture.color_us is not None else capture.depth_us
