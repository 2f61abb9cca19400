"""`calibration.json`: a device's lenses and poses as OpenCV wants them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinect_sync.files import replace_file
from kinect_sync.review.export.worker import DeviceContext, open_transformation

if TYPE_CHECKING:
    from kinect_sync.devices.k4a.transformation import CameraGeometry, Pose, Transformation

CALIBRATION_FILE = "calibration.json"
_CONVENTION = (
    "OpenCV: x right, y down, z forward; distortion k1 k2 p1 p2 k3 k4 k5 k6 of the rational model; "
    "poses: p' = rotation p + translation"
)


def write_calibrations(contexts: Sequence[DeviceContext], directory: Path) -> None:
    """Write `calibration.json` of each device.

    Raises UsageError where a recording carries no calibration, SdkMissing where pyk4a can't be loaded.
    """
    described = {context.name: describe_geometry(open_transformation(context)) for context in contexts}
    for name, geometry in described.items():
        content = {"device": name, **geometry}
        (directory / name).mkdir(exist_ok=True)
        replace_file(directory / name / CALIBRATION_FILE, (json.dumps(content, indent=2) + "\n").encode())


def describe_geometry(geometry: Transformation) -> dict[str, Any]:
    """Return a device's geometry in OpenCV's convention, with the unit of every length in its key."""
    return {
        "convention": _CONVENTION,
        "color": _camera(geometry.color_camera),
        "depth": _camera(geometry.depth_camera),
        "depth_to_color": _pose(geometry.depth_to_color),
        "color_to_depth": _pose(geometry.color_to_depth),
    }


def _camera(camera: CameraGeometry | None) -> dict[str, Any] | None:
    if camera is None:
        return None
    return {
        "width": camera.size[0],
        "height": camera.size[1],
        "camera_matrix": camera.matrix.tolist(),
        "distortion": camera.distortion.tolist(),
    }


def _pose(pose: Pose) -> dict[str, Any]:
    return {"rotation": pose.rotation.tolist(), "translation_m": pose.translation_m.tolist()}
