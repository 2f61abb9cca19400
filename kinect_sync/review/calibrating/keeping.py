"""Where a calibration is written: never over one that is better."""

from __future__ import annotations

from pathlib import Path

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


def keep(request: CalibrationRequest, calibration: RigCalibration) -> tuple[Path | None, tuple[Finding, ...]]:
    """Write a calibration where it was asked for, and return where it is and what is to be said of that.

    One that is not to be relied on does not replace one that is, whatever was allowed: it is written beside,
    in the place of the last one that was. Raises UsageError where it can't be written.
    """
    path = request.output
    if path is None:
        return None, ()
    if not (request.replaces and calibration.verdict is Verdict.BAD and _is_better(path)):
        write_rig_calibration(path, calibration, replace=request.replaces)
        return path, ()
    beside = path.with_name(f"{path.stem}.doubted{path.suffix}")
    write_rig_calibration(beside, calibration, replace=True)
    what = f"{path} was kept, which is to be relied on; the one of {calibration.take} is {beside}"
    return beside, (RIG_CALIBRATION_KEPT.found(what),)


def _is_better(path: Path) -> bool:
    try:
        return path.exists() and read_rig_calibration(path).verdict is not Verdict.BAD
    except UsageError:  # it is no calibration, and was to be replaced
        return False
