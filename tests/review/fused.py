"""Fusions made for a test, and calibrations of the rigs of `small_takes`, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.calibration.rig_calibration import RigCalibration, write_rig_calibration
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.fusing import fuse_take
from kinect_sync.review.fusing.request import FuseReport, FuseRequest
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.factory_calibration import make_calibration
from tests.review.small_takes import SERIALS

BOARD = {"kind": "charuco", "columns": 8, "rows": 5, "square_m": 0.1, "marker_m": 0.07,
         "dictionary": "DICT_5X5_100"}  # fmt: skip
UPRIGHT = Pose.of(np.eye(3), np.zeros(3))
"""The world is the camera's."""
STANDING = Pose.of(np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), np.array([0.0, -2.0, 1.2]))
"""1.2 m above the floor, 2 m before the middle of the room and looking there; z of the world is up."""


@cache
def small_geometry() -> DeviceGeometry:
    """The lenses of every device of `small_takes`."""
    factory = parse_calibration(make_calibration("x"), "front")
    return factory.in_mode(DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P)


def fuse(take: Path, to: Path, processes: int = 1, **fields: Any) -> FuseReport:
    """Fuse a take; `fields` are those of the request."""
    request = FuseRequest(take=take, directory=to, **fields)
    return fuse_take(request, processes=processes, progress=lambda done, total: None)


def matrix(pose: Pose) -> list[list[float]]:
    rows = zip(pose.rotation, pose.translation_m, strict=True)
    return [*([*row, across] for row, across in rows), [0.0, 0.0, 0.0, 1.0]]


def calibration_of(
    poses: Mapping[str, Pose],
    serials: Mapping[str, str] = SERIALS,
    **changes: Any,
) -> RigCalibration:
    """Place depth cameras in the world, and color cameras beside them as the factory has it."""
    geometry = small_geometry()
    devices = [
        {
            "name": name,
            "serial": serials[name],
            "depth_mode": "nfov_2x2binned",
            "color_resolution": "720p",
            "depth": {"camera_to_world": matrix(pose)},
            "color": {"camera_to_world": matrix(pose @ geometry.depth_from_color)},
        }
        for name, pose in poses.items()
    ]
    content = {
        "ksync": "0.2.0",
        "take": "walk",
        "utc_ns": 1_700_000_000_000_000_000,
        "board": BOARD,
        "board_scale": 1.0,
        "world": "floor",
        "devices": devices,
    }
    return RigCalibration.model_validate(content | changes)


def put_beside(take: Path, calibration: RigCalibration) -> Path:
    """Write a calibration into a take's folder."""
    path = take / "rig_calibration.json"
    write_rig_calibration(path, calibration, replace=True)
    return path
