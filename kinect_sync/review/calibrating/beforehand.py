"""What forbids a calibration and can be told before the first image: nobody looks for minutes for nothing."""

from __future__ import annotations

import os
from pathlib import Path

from kinect_sync.calibration.rig_calibration import RigCalibration, exists
from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings.calibration import CAMERA_ALONE, RIG_CALIBRATIONS_APART, WORLD_UNKNOWN
from kinect_sync.findings.output import FILE_NOT_WRITTEN
from kinect_sync.review.calibrating.gravity import felt_in
from kinect_sync.review.calibrating.request import CalibrationRequest
from kinect_sync.takes.opened_take import OpenedTake


def check_beforehand(request: CalibrationRequest, take: OpenedTake, earlier: RigCalibration | None) -> None:
    """Raise UsageError where the file can't be written, or the take can't give what is asked for."""
    if request.output is not None:
        _check_output(request.output, replaces=request.replaces)
    _check_cameras(take)
    if earlier is not None and not request.checks:
        _check_common(take, earlier)
    if earlier is None or request.world != earlier.world:
        _check_world(request, take)


def _check_output(path: Path, *, replaces: bool) -> None:
    if path.exists() and not replaces:
        raise exists(path)
    folder = path.resolve().parent
    if path.is_dir():
        raise UsageError(FILE_NOT_WRITTEN.found(f"{path} is a folder", remedy="name a file in it with -o"))
    if not folder.is_dir():
        what = f"{path} cannot be written: there is no folder {folder}"
        raise UsageError(FILE_NOT_WRITTEN.found(what, remedy="make the folder, or name another with -o"))
    if not os.access(folder, os.W_OK):
        what = f"{path} cannot be written: the folder {folder} is not yours to write"
        raise UsageError(FILE_NOT_WRITTEN.found(what, remedy="name another with -o"))


def _check_cameras(take: OpenedTake) -> None:
    cameras = [(each.settings.has_color, each.settings.has_ir) for each in take.manifest.devices]
    if sum(map(sum, cameras)) < 2:
        what = f"the take has one camera, of {', '.join(take.manifest.names)}: it stands to no other"
        raise UsageError(CAMERA_ALONE.found(what))


def _check_common(take: OpenedTake, earlier: RigCalibration) -> None:
    recorded = {each.settings.serial for each in take.manifest.devices}
    if not recorded & earlier.by_serial.keys():
        what = f"the calibration made of {earlier.take} knows no device of the take: nothing ties the two"
        raise UsageError(RIG_CALIBRATIONS_APART.found(what, remedy="calibrate without `--refine`"))


def _check_world(request: CalibrationRequest, take: OpenedTake) -> None:
    if request.world == "floor" and not any(each.settings.has_depth for each in take.manifest.devices):
        raise UsageError(WORLD_UNKNOWN.found("no depth was recorded: nothing sees the floor"))
    if request.world == "gravity" and not _has_gravity(take):
        what = "no IMU was recorded with a calibration that says how it stands: nothing tells what is up"
        remedy = "record with `imu: true`, or choose another --world"
        raise UsageError(WORLD_UNKNOWN.found(what, remedy=remedy))


def _has_gravity(take: OpenedTake) -> bool:
    try:
        return bool(felt_in(take))
    except KsyncError:  # recordings are opened next, and whoever does so tells all that is wrong with them
        return True
