"""What a verification means to the operator: a finding per fault, with its likely cause and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.sync import (
    CAPTURES_DEVICE_LOST,
    CAPTURES_HALF_CAPTURE,
    CAPTURES_LATE,
    CAPTURES_NOT_RECORDED,
    CAPTURES_QUEUE_FULL,
    CAPTURES_SENSOR_DROPPED,
    COLOR_DEPTH_APART,
    CONSTANT_BIAS,
    TIMING_DIVERGES,
    TIMING_FREE_RUNNING,
    TIMING_JITTER,
    TIMING_OUTLIERS,
    TIMING_STEP,
    TIMING_UNMEASURED,
)
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.measures import MAX_DROP_PERCENT, DeviceVerification, Divergence

_HOLES = {
    HoleReason.SENSOR_DROPPED: (
        CAPTURES_SENSOR_DROPPED,
        "never came from the device: USB bandwidth, a busy host, or the sensor itself",
    ),
    HoleReason.QUEUE_FULL: (CAPTURES_QUEUE_FULL, "were dropped because the disk did not keep up"),
    HoleReason.HALF_CAPTURE: (CAPTURES_HALF_CAPTURE, "lack an image"),
    HoleReason.DEVICE_LOST: (
        CAPTURES_DEVICE_LOST,
        "are missing or cut off because the device, or its process, had stopped",
    ),
    HoleReason.LATE: (
        CAPTURES_LATE,
        "were reported too late for the index; the captures may be in the file",
    ),
    HoleReason.NOT_RECORDED: (
        CAPTURES_NOT_RECORDED,
        "are not in the file; why can't be told from the file alone",
    ),
}


def findings_of(
    devices: Sequence[DeviceVerification], *, max_drop_percent: float = MAX_DROP_PERCENT
) -> tuple[Finding, ...]:
    """Explain a verification: errors are what the verdict rests on, warnings are holes within the limit."""
    return tuple(
        finding
        for device in devices
        for finding in (*_timing_faults(device), *_missing(device, max_drop_percent))
    )


def _timing_faults(device: DeviceVerification) -> Iterator[Finding]:
    if device.divergence is not None:
        yield _divergence(device, device.divergence)
    if not device.runs_free:  # its timestamps are of other moments than the pulses, whatever they say
        yield from _off_the_pulse(device)
    yield from _pairing_faults(device)


def _off_the_pulse(device: DeviceVerification) -> Iterator[Finding]:
    limit, name = device.tolerance_us, device.name
    if device.bias_us is not None and abs(device.bias_us) > device.clock_tolerance_us:
        yield _bias(device, device.bias_us)
    if device.jitter_us is not None and device.jitter_us > limit:
        yield TIMING_JITTER.found(
            f"timestamps scatter by {device.jitter_us:.0f} µs RMS around their trend "
            f"(tolerance {limit:.0f} µs): exposure that changes by itself, or a disturbed sync signal",
            device=name,
        )
    elif device.often_off:
        yield TIMING_OUTLIERS.found(
            f"{device.outliers} of {device.residuals} timestamps are more than {limit:.0f} µs off the trend",
            device=name,
        )
    if abs(device.step_us) > device.clock_tolerance_us:
        yield TIMING_STEP.found(
            f"the offset from the reference changed by {device.step_us:+.0f} µs within the take: exposure or "
            "controls were changed, or the clock was set",
            device=name,
        )


def _divergence(device: DeviceVerification, found: Divergence) -> Finding:
    side = "later" if found.us > 0 else "earlier"
    moved = (
        f"from pulse {found.from_pulse} on, its captures reach the host ever {side} than the reference's of "
        f"the same pulse: by {abs(found.us) / 1000:.1f} ms in the end, {abs(found.ppm):.1f} ppm"
    )
    if found.certain:
        what = f"{moved}; it does not follow the pulses, but goes on at its own pace"
        return TIMING_FREE_RUNNING.found(what, device=device.name)
    what = f"{moved}; it may have stopped following the pulses, or its way to the host takes ever longer"
    return TIMING_DIVERGES.found(what, device=device.name)


def _bias(device: DeviceVerification, bias_us: float) -> Finding:
    side = "later" if bias_us > 0 else "earlier"
    return CONSTANT_BIAS.found(
        f"every capture is {abs(bias_us):.0f} µs {side} than its delays say (tolerance "
        f"{device.clock_tolerance_us:.0f} µs): exposure, firmware or delay differ from the rig's",
        device=device.name,
    )


def _pairing_faults(device: DeviceVerification) -> Iterator[Finding]:
    limit, error_us = device.tolerance_us, device.pairing_error_us
    if error_us is not None and (device.often_mispaired or abs(error_us) > limit):
        yield COLOR_DEPTH_APART.found(
            f"depth is more than {limit:.0f} µs from where depth_delay_off_color_usec puts it after color in "
            f"{device.mispaired} of {device.paired} captures (mean {error_us:+.0f} µs): images of different "
            "pulses were paired, or exposure changes",
            device=device.name,
        )


def _missing(device: DeviceVerification, max_drop_percent: float) -> Iterator[Finding]:
    serious = device.lost or device.drops_more_than(max_drop_percent)
    severity = Severity.ERROR if serious else Severity.WARNING
    for reason, (kind, what) in _HOLES.items():
        count = device.holes.get(reason.value, 0)
        if count:
            told = f"{count} of {device.pulses} captures {what}"
            yield kind.found(told, device=device.name, severity=severity)
    if device.pulses and not device.measured:
        what = "its timestamps could not be compared with the reference's near the start"
        yield TIMING_UNMEASURED.found(what, device=device.name)
