"""`calibration.json`: a device's lenses and poses as OpenCV wants them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinect_sync.files import replace_file
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.recorded import DeviceContext
from kinect_sync.takes.geometry import read_geometry

CALIBRATION_FILE = "calibration.json"
_CONVENTION = (
    "OpenCV: x right, y down, z forward; distortion k1 k2 p1 p2 k3 k4 k5 k6 of the rational model; "
    "poses: p' = rotation p + translation"
)


def write_calibrations(contexts: Sequence[DeviceContext], directory: Path) -> None:
    """Write `calibration.json` of each device.

    Raises UsageError where a recording carries no calibration, or one that can't be used.
    """
    described = {context.name: describe_geometry(_geometry_of(context)) for context in contexts}
    for name, geometry in described.items():
        content = {"device": name, **geometry}
        (directory / name).mkdir(exist_ok=True)
        replace_file(directory / name / CALIBRATION_FILE, (json.dumps(content, indent=2) + "\n").encode())


def _geometry_of(context: DeviceContext) -> DeviceGeometry:
    return read_geometry(context.path, context.name, context.depth_mode, context.color_resolution)


def describe_geometry(geometry: DeviceGeometry) -> dict[str, Any]:
    """Return a device's geometry in OpenCV's convention, with the unit of every length in its key."""
    return {
        "convention": _CONVENTION,
        "color": _camera(geometry.color),
        "depth": _camera(geometry.depth),
        "depth_to_color": _pose(geometry.color_from_depth),
        "color_to_depth": _pose(geometry.depth_from_color),
    }


def _camera(lens: Lens | None) -> dict[str, Any] | None:
    if lens is None:
        return None
    return {
        "width": lens.width,
        "height": lens.height,
        "camera_matrix": lens.camera_matrix.tolist(),
        "distortion": lens.coefficients.tolist(),
    }


def _pose(pose: Pose) -> dict[str, Any]:
    return {"rotation": pose.rotation, "translation_m": pose.translation_m}
