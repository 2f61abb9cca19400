"""Clouds against what is true: a simulated room with known poses, and what the Sensor SDK computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.takes.decoding import decode_color
from kinect_sync.takes.mkv.reader import read_image, read_recording
from tests.devices.rooms import SERIALS, small_world
from tests.geometry.calibrations import read_real

RECORDING = Path(__file__).parents[3] / "shared" / "data" / "recording.mkv"
UPRIGHT = Pose.of(np.eye(3), np.zeros(3))


def placed(geometry: DeviceGeometry, world_from_depth: Pose, world_from_color: Pose) -> PlacedDevice:
    return PlacedDevice(
        name="front",
        serial="1",
        geometry=geometry,
        world_from_depth=world_from_depth,
        world_from_color=world_from_color,
        depth_offset_m=0.0,
    )


def pose_of(matrix: np.ndarray) -> Pose:
    return Pose.of(matrix[:3, :3], matrix[:3, 3])


def test_two_devices_see_one_floor_and_one_wall_in_one_place() -> None:
    """Rendered by arithmetic of its own, a room is where it is, to the millimetres that depth is told in."""
    world = small_world(board=None)
    clouds = {}
    for name, serial in SERIALS.items():
        truth = world.truth().devices[name]
        factory = parse_calibration(make_calibration(serial), name)
        geometry = factory.in_mode(DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P)
        device = placed(geometry, pose_of(truth.world_from_depth), pose_of(truth.world_from_color))
        points, _ = DevicePoints(device, CloudSettings()).points(world.render(name, "depth", 0), None)
        clouds[name] = points.xyz_m
    for xyz in clouds.values():
        floor = np.abs(xyz[2]) < 0.03
        assert floor.sum() > 3000
        assert np.median(np.abs(xyz[2, floor])) < 0.001
        assert np.quantile(np.abs(xyz[2, floor]), 0.95) < 0.003
    assert _apart_m(*clouds.values()) < 0.002


def _apart_m(first: Any, second: Any) -> float:
    """Median of how far the mean heights of what both see of the floor are apart, by squares of 10 cm."""
    heights = []
    for xyz in (first, second):
        near = xyz[:, np.abs(xyz[2]) < 0.03]
        keys = np.floor(near[:2] / 0.1).astype(int)
        found: dict[tuple[int, int], list[float]] = {}
        for across, along, height in zip(*keys.tolist(), near[2].tolist(), strict=True):
            found.setdefault((across, along), []).append(height)
        heights.append({key: np.mean(each) for key, each in found.items() if len(each) > 20})
    both = heights[0].keys() & heights[1].keys()
    assert len(both) > 20
    return float(np.median([abs(heights[0][key] - heights[1][key]) for key in both]))


# --- a real recording, against the Sensor SDK ---------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> tuple[np.ndarray, np.ndarray]:
    """Depth and color of a real device."""
    if not RECORDING.exists():
        pytest.skip(f"no recording of a real device at {RECORDING}")
    recording = read_recording(RECORDING)
    depth = np.frombuffer(read_image(recording, "DEPTH", 0), "<u2").reshape(576, 640)
    return depth, decode_color(read_image(recording, "COLOR", 0), ColorFormat.MJPG, (1280, 720))


def test_where_the_world_is_its_depth_camera_a_device_has_the_sdks_points_and_colors(
    real: tuple[np.ndarray, np.ndarray], display: None
) -> None:
    from kinect_sync.devices.k4a.transformation import Transformation

    pytest.importorskip("pyk4a", exc_type=ImportError)
    depth, color = real
    modes = DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P
    sdk = Transformation("front", read_real(), *modes)
    geometry = parse_calibration(read_real(), "front").in_mode(*modes)
    device = placed(geometry, UPRIGHT, geometry.depth_from_color)
    maker = DevicePoints(device, CloudSettings(keep_edges=True))
    points, _ = maker.points(depth, color)
    expected = sdk.points_mm(depth)
    known = expected[..., 2] > 0
    assert len(points) == known.sum()
    assert np.abs(points.xyz_m.T * 1000 - expected[known]).max() < 0.51, "whole millimetres"
    rgba = sdk.align_color(color, depth)[known]
    both = points.colored & (rgba[:, 3] > 0)
    assert both.mean() > 0.85
    assert (points.colored == (rgba[:, 3] > 0)).mean() > 0.95, "hidden points are decided in another way"
    off = np.abs(points.rgb.T.astype(int) - rgba[:, :3])[both].max(axis=1)
    assert np.median(off) <= 2, "the SDK interpolates between pixels"
    assert np.quantile(off, 0.95) < 16
