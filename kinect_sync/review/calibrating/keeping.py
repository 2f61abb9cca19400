"""Where a calibration is written: never over one that is better."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kinect_sync.calibration.rig_calibration import (
    RigCalibration,
    read_rig_calibration,
    write_rig_calibration,
)
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import RIG_CALIBRATION_KEPT
from kinect_sync.review.calibrating.request import CalibrationRequest
from kinect_sync.verdicts import Verdict

_CARRY_ON: Final = (
    "calibrate with `--refine` and the one that was kept: so its devices stay; or remove it, if they stand "
    "elsewhere by now"
)


def keep(request: CalibrationRequest, calibration: RigCalibration) -> tuple[Path | None, tuple[Finding, ...]]:
    """Write a calibration where it was asked for, and return where it is and what is to be said of that.

    One that is not to be relied on does not replace one that is, whatever was allowed, nor one that could not
    place a device, or left it out, one that has it: it is written beside, in the place of the last one that
    was. Raises UsageError where it can't be written.
    """
    path = request.output
    if path is None:
        return None, ()
    there = _to_be_relied_on(path) if request.replaces else None
    lost = _lost(request, there, calibration) if there is not None else ()
    if there is None or not (calibration.verdict is Verdict.BAD or lost):
        write_rig_calibration(path, calibration, replace=request.replaces)
        return path, ()
    doubted = calibration.verdict is Verdict.BAD
    beside = path.with_name(f"{path.stem}.{'doubted' if doubted else 'partial'}{path.suffix}")
    write_rig_calibration(beside, calibration, replace=True)
    why = "is to be relied on" if doubted else f"also says where {', '.join(lost)} is"
    what = f"{path} was kept, which {why}; the one of {calibration.take} is {beside}"
    return beside, (RIG_CALIBRATION_KEPT.found(what, remedy=None if doubted else _CARRY_ON),)


def _to_be_relied_on(path: Path) -> RigCalibration | None:
    """Return what stands there already; None where it is none that is worth to be kept."""
    try:
        there = read_rig_calibration(path) if path.exists() else None
    except UsageError:  # it is no calibration, and was to be replaced
        return None
    return there if there is not None and there.verdict is not Verdict.BAD else None


def _lost(request: CalibrationRequest, there: RigCalibration, calibration: RigCalibration) -> tuple[str, ...]:
    """Return the names of devices of which only the one that is there says where they are.

    One that was made of a whole take, and of every device in it, is of a rig that has no others any more.
    """
    if calibration.verdict is not Verdict.INCOMPLETE and request.devices is None:
        return ()
    known = calibration.by_serial
    return tuple(each.name for each in there.devices if each.serial not in known)
