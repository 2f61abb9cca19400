"""A cloud drawn as a camera would see it: each point an upright square, the nearest in front."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.painting import project_fast
from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.poses import Numbers, Pose

_LARGEST_PX = 12
"""What is so near that its square were larger is no picture of anything."""


def splat(points_m: Singles, rgb: NDArray[np.uint8], side_m: float, camera: Lens) -> NDArray[np.uint8]:
    """Draw points, shape (3, points) in the camera's frame, as squares of a side: (height, width, 4).

    The fourth channel is 255 where something was drawn; `rgb` has the shape (3, points).
    """
    order = np.argsort(points_m[2])[::-1]
    x, y, valid = project_fast(camera, points_m[:, order])
    z_m = np.maximum(points_m[2, order], np.float32(1e-3))
    sizes = np.clip(np.ceil(side_m * camera.fx / z_m), 1, _LARGEST_PX).astype(np.int64)
    nearest = np.full(camera.width * camera.height, -1, np.int32)
    at_x, at_y = (np.where(valid, each, -99).round().astype(np.int64) for each in (x, y))
    for down in range(int(sizes.max(initial=0))):
        for across in range(int(sizes.max(initial=0))):
            column, row = at_x + across - sizes // 2, at_y + down - sizes // 2
            inside = (sizes > max(down, across)) & (column >= 0) & (column < camera.width)
            inside &= (row >= 0) & (row < camera.height)
            painters = np.flatnonzero(inside).astype(np.int32)  # the nearest come last, and stay
            layer = np.full_like(nearest, -1)
            layer[row[inside] * camera.width + column[inside]] = painters
            np.maximum(nearest, layer, out=nearest)
    drawn = nearest >= 0
    image = np.zeros((len(nearest), 4), np.uint8)
    image[drawn, :3] = rgb[:, order[nearest[drawn]]].T
    image[drawn, 3] = 255
    return image.reshape(camera.height, camera.width, 4)


def look_at(eye_m: Numbers, target_m: Numbers, up: Numbers) -> Pose:
    """Return world_from_camera of a camera that looks from one point at another; `up` is up in its image."""
    forward = (target_m - eye_m) / np.linalg.norm(target_m - eye_m)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    return Pose.of(np.stack((right, np.cross(forward, right), forward), axis=1), eye_m)
