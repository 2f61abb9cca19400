"""What a verification means to the operator: a finding per fault, with its likely cause and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.sync import TIMING_DIVERGES
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.measures import MAX_DROP_PERCENT, DeviceVerification, Divergence

_HOLES = {
    HoleReason.SENSOR_DROPPED: (
        "never came from the device: USB bandwidth, a busy host, or the sensor itself",
        "give each device a USB 3 controller of its own, raise usbfs_memory_mb on Linux, or lower "
        "resolution or fps",
    ),
    HoleReason.QUEUE_FULL: (
        "were dropped because the disk did not keep up",
        "record to a faster disk, use mjpg for color, or lower resolution or fps",
    ),
    HoleReason.HALF_CAPTURE: (
        "lack an image",
        "check USB bandwidth; synchronized_images_only: true keeps half captures out of the file",
    ),
    HoleReason.DEVICE_LOST: (
        "are missing or cut off because the device, or its process, had stopped",
        "check its power, USB and sync cable, then restart the whole rig: a device restarted alone has "
        "unrelated timestamps",
    ),
    HoleReason.LATE: (
        "were reported too late for the index; the captures may be in the file",
        "rebuild the index from the recordings, and check the disk and the load of the host",
    ),
    HoleReason.NOT_RECORDED: (
        "are not in the file; why can't be told from the file alone",
        "check USB bandwidth, the speed of the disk and the load of the host",
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
    limit = device.tolerance_us
    if device.bias_us is not None and abs(device.bias_us) > device.clock_tolerance_us:
        yield _bias(device, device.bias_us)
    if device.jitter_us is not None and device.jitter_us > limit:
        yield _error(
            device,
            "timing-jitter",
            f"timestamps scatter by {device.jitter_us:.0f} µs RMS around their trend "
            f"(tolerance {limit:.0f} µs): exposure that changes by itself, or a disturbed sync signal",
            "set a manual exposure_us for every device, set controls only before the start, and check the "
            "sync cable",
        )
    elif device.often_off:
        yield _error(
            device,
            "timing-outliers",
            f"{device.outliers} of {device.residuals} timestamps are more than {limit:.0f} µs off the trend",
            "set a manual exposure_us for every device, and check that the sync cable sits firmly",
        )
    if abs(device.step_us) > device.clock_tolerance_us:
        yield _error(
            device,
            "timing-step",
            f"the offset from the reference changed by {device.step_us:+.0f} µs within the take: exposure or "
            "controls were changed, or the clock was set",
            "set a manual exposure_us, keep other programs off the devices, and record again",
        )


def _divergence(device: DeviceVerification, found: Divergence) -> Finding:
    side = "later" if found.us > 0 else "earlier"
    moved = (
        f"from pulse {found.from_pulse} on, its captures reach the host ever {side} than the reference's of "
        f"the same pulse: by {abs(found.us) / 1000:.1f} ms in the end, {abs(found.ppm):.1f} ppm"
    )
    if found.certain:
        return _error(
            device,
            "timing-free-running",
            f"{moved}; it does not follow the pulses, but goes on at its own pace",
            "check its sync cable and those before it, then restart the whole rig and record again: its "
            "images from there on are of other moments",
        )
    return TIMING_DIVERGES.found(
        f"{moved}; it may have stopped following the pulses, or its way to the host takes ever longer",
        device=device.name,
    )


def _bias(device: DeviceVerification, bias_us: float) -> Finding:
    side = "later" if bias_us > 0 else "earlier"
    return _error(
        device,
        "constant-bias",
        f"every capture is {abs(bias_us):.0f} µs {side} than its delays say (tolerance "
        f"{device.clock_tolerance_us:.0f} µs): exposure, firmware or delay differ from the rig's",
        "give all devices the same manual exposure_us and powerline_hz and the same firmware (`ksync doctor` "
        "says which is too old), and check subordinate_delay_off_master_usec",
    )


def _pairing_faults(device: DeviceVerification) -> Iterator[Finding]:
    limit, error_us = device.tolerance_us, device.pairing_error_us
    if error_us is not None and (device.often_mispaired or abs(error_us) > limit):
        yield _error(
            device,
            "color-depth-apart",
            f"depth is more than {limit:.0f} µs from where depth_delay_off_color_usec puts it after color in "
            f"{device.mispaired} of {device.paired} captures (mean {error_us:+.0f} µs): images of different "
            "pulses were paired, or exposure changes",
            "set a manual exposure_us, set synchronized_images_only: true, and check USB bandwidth",
        )


def _missing(device: DeviceVerification, max_drop_percent: float) -> Iterator[Finding]:
    serious = device.lost or device.drops_more_than(max_drop_percent)
    for reason, (what, remedy) in _HOLES.items():
        count = device.holes.get(reason.value, 0)
        if count:
            yield Finding(
                code=f"captures-{reason.value.replace('_', '-')}",
                severity=Severity.ERROR if serious else Severity.WARNING,
                device=device.name,
                what=f"{count} of {device.pulses} captures {what}",
                remedy=remedy,
            )
    if device.pulses and not device.measured:
        yield _error(
            device,
            "timing-unmeasured",
            "its timestamps could not be compared with the reference's near the start",
            "see why captures of this device or of the reference are missing, and record again",
        )


def _error(device: DeviceVerification, code: str, what: str, remedy: str) -> Finding:
    return Finding(code=code, device=device.name, what=what, remedy=remedy)
