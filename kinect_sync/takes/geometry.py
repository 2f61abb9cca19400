"""The lenses and poses of a device, from the factory calibration that its recording carries."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import CALIBRATION_MISSING
from kinect_sync.findings.files import RECORDING_UNREADABLE
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.takes.mkv.calibration import read_calibration


def read_factory_calibration(path: Path, device: str) -> bytes:
    """Read the calibration JSON that a recording carries.

    `device` is the name to use in errors. Raises UsageError: `calibration-missing` where there is none, and
    `recording-unreadable`.
    """
    try:
        calibration = read_calibration(path)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise UsageError(RECORDING_UNREADABLE.found(what, device=device)) from error
    if not calibration:
        raise UsageError(CALIBRATION_MISSING.found("the recording carries no calibration", device=device))
    return calibration


def read_geometry(
    path: Path, device: str, depth_mode: DepthMode, color_resolution: ColorResolution
) -> DeviceGeometry:
    """Read lenses and poses in the modes of a recording.

    Raises UsageError where the recording carries no calibration, or one that can't be used.
    """
    factory = parse_calibration(read_factory_calibration(path, device), device)
    return factory.in_mode(depth_mode, color_resolution)
