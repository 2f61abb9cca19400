"""Two devices that look at a wall with dots: where those are is known, and every image shows them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.programs.photographing import Photographer
from kinect_sync.review.fusing.programs.scene import Photo, Scene, start_from
from kinect_sync.review.fusing.request import CloudSettings
from tests.review.fused import small_geometry

WALL_M = 1.5
"""The wall is where the world's y is so much; z is up."""
DOTS_M = np.array([(x, WALL_M, z) for x in (-0.5, 0.1, 0.55) for z in (-0.35, 0.05, 0.3)])
STANDS = {"front": ((0, 0.0, 0), 4.0), "left": ((-0.4, 0.2, 0.15), -17.0)}
"""Where the depth cameras stand in the world, and how far they are turned to the left, in degrees."""
SIGMA_PX = 3.0


def pose_of(name: str) -> Pose:
    """world_from_depth of a device that looks along the world's y, turned and rolled a little."""
    (x, y, z), turn_deg = STANDS[name]
    turn, roll = np.deg2rad(turn_deg), np.deg2rad(turn_deg / 2)
    along_y = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_sight = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return Pose.of(about_z @ along_y @ about_sight, np.array([x, y, z], float))


def placed(name: str) -> PlacedDevice:
    geometry = small_geometry()
    pose = pose_of(name)
    return PlacedDevice(
        name=name,
        serial=f"00000000000{len(name)}",
        geometry=geometry,
        world_from_depth=pose,
        world_from_color=pose @ geometry.depth_from_color,
        depth_offset_m=-0.02,
    )


def photograph(device: PlacedDevice) -> Any:
    """What its color camera sees: white dots on gray."""
    lens = device.geometry.color
    assert lens is not None
    pixels, valid = lens.project(device.world_from_color.inverse().apply(DOTS_M))
    assert valid.all()
    down, across = np.mgrid[0 : lens.height, 0 : lens.width]
    image = np.full(down.shape, 60.0)
    for x, y in pixels:
        image += 180 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * SIGMA_PX**2))
    return np.repeat(np.rint(image).astype(np.uint8)[..., None], 3, axis=2)


def measure(device: PlacedDevice) -> Any:
    """What its depth camera measures of the wall, 20 mm more than is true."""
    lens = device.geometry.depth
    assert lens is not None
    down, across = np.mgrid[0 : lens.height, 0 : lens.width]
    rays, seen = lens.unproject(np.stack((across, down), -1).astype(float))
    directions = rays @ np.array(device.world_from_depth.rotation).T
    z_m = (WALL_M - device.world_from_depth.translation_m[1]) / directions[..., 1]
    return np.where(seen, np.rint(z_m * 1000 + 20), 0).astype(np.uint16)


def jpeg(image: Any) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=98, subsampling=0)
    return stream.getvalue()


def scene(*, straight: bool) -> Scene:
    """What other programs are given of it."""
    photos: list[Photo] = []
    parts = []
    for name in STANDS:
        source = DevicePoints(placed(name), CloudSettings())
        color, depth_mm = photograph(source.placed), measure(source.placed)
        photographer = Photographer(source)
        taken = (
            photographer.straighten(depth_mm, color) if straight else photographer.take(jpeg(color), color)
        )
        photos.append(taken)
        parts.append(source.points(depth_mm, color)[0])
    return Scene(tuple(photos), start_from(Cloud(tuple(parts), tuple(STANDS))))


def off_px(image: Path, expected: Any) -> float:
    """How far the dots of an image are at most from where they are expected, in ksync's pixels."""
    with Image.open(image) as opened:
        gray = np.asarray(opened.convert("L")).astype(float) - 60
    farthest = 0.0
    for x, y in expected:
        left, top = round(x) - 12, round(y) - 12
        assert 0 <= left < gray.shape[1] - 25, "it lies inside the image"
        assert 0 <= top < gray.shape[0] - 25
        part = np.clip(gray[top : top + 25, left : left + 25] - 10, 0, None)
        down, across = np.mgrid[0:25, 0:25]
        found = left + (part * across).sum() / part.sum(), top + (part * down).sum() / part.sum()
        farthest = max(farthest, float(np.hypot(found[0] - x, found[1] - y)))
    return farthest


def lens_of(name: str) -> Lens:
    lens = placed(name).geometry.color
    assert lens is not None
    return lens
