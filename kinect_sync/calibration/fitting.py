"""Whether a calibration is of the devices that stand there: serial numbers, modes, and how old it is.

What can be told without a look at an image; whether the cameras still stand where they did, only a board in
their sight can tell (`ksync calibrate TAKE --check FILE`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from kinect_sync.calibration.rig_calibration import CalibratedDevice, RigCalibration
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import (
    RIG_CALIBRATION_DOUBTED,
    RIG_CALIBRATION_MISFIT,
    RIG_CALIBRATION_OLD,
)
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.verdicts import Verdict

DAYS = 7
"""A rule of thumb: a week lets little pass of what stands and floors do, and troubles nobody daily."""
_DAY_NS = 86_400 * 10**9
_MOST_OFFSET_MM = 1.0
"""An offset of depth that is smaller is within what it is known by, in any mode."""


def misfits(
    calibration: RigCalibration, devices: Sequence[DeviceSettings], utc_ns: int
) -> tuple[Finding, ...]:
    """Say what of a calibration does not fit devices that record, or recorded, at a time."""
    return (
        *_doubts(calibration),
        *(finding for device in devices for finding in _of_device(calibration, device)),
        *_age(calibration, utc_ns),
    )


def _doubts(calibration: RigCalibration) -> Iterator[Finding]:
    if calibration.verdict is not Verdict.GOOD:
        what = (
            f"`ksync calibrate` called the calibration made of {calibration.take} {calibration.verdict.told}"
        )
        yield RIG_CALIBRATION_DOUBTED.found(what)


def _of_device(calibration: RigCalibration, device: DeviceSettings) -> Iterator[Finding]:
    known = calibration.by_serial.get(device.serial)
    if known is None:
        yield RIG_CALIBRATION_MISFIT.found(_unknown(calibration, device), device=device.name)
        return
    for camera, runs, place in (
        ("color", device.has_color, known.color),
        ("depth", device.has_ir, known.depth),
    ):
        if runs and place is None:
            what = f"its {camera} camera was off when the rig was calibrated, and nothing says where it is"
            yield RIG_CALIBRATION_MISFIT.found(what, device=device.name)
    if _measures_otherwise(known, device):
        what = (
            f"its depth offset of {known.depth_offset_mm:+.1f} mm was measured in {known.depth_mode}, and "
            f"its mode is {device.depth_mode}"
        )
        remedy = "calibrate in the mode that is recorded; its place is the same in all"
        yield RIG_CALIBRATION_MISFIT.found(what, device=device.name, remedy=remedy)


def _unknown(calibration: RigCalibration, device: DeviceSettings) -> str:
    what = f"the calibration made of {calibration.take} does not know {device.serial}"
    namesake = calibration.by_name.get(device.name)
    return f"{what}: its {device.name} is {namesake.serial}" if namesake is not None else what


def _measures_otherwise(known: CalibratedDevice, device: DeviceSettings) -> bool:
    """Whether a depth offset is of another mode: each has modulation frequencies and a bias of its own."""
    other = device.has_depth and known.depth_mode is not device.depth_mode
    return other and abs(known.depth_offset_mm) > _MOST_OFFSET_MM


def _age(calibration: RigCalibration, utc_ns: int) -> Iterator[Finding]:
    days = abs(utc_ns - calibration.utc_ns) / _DAY_NS
    if days > DAYS:
        word = "before" if calibration.utc_ns < utc_ns else "after"
        what = f"the rig was calibrated {days:.0f} days {word} this, {_date(calibration.utc_ns)}"
        yield RIG_CALIBRATION_OLD.found(what)


def _date(utc_ns: int) -> str:
    try:
        return f"on {datetime.fromtimestamp(utc_ns / 1e9, timezone.utc):%d %B %Y}"
    except (ValueError, OverflowError, OSError):
        return "at a time of no calendar"
