"""One pulse as other programs take it: photos with their cameras, and points to start from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.review.fusing.cloud import Cloud, thin

_FINEST_M = 0.01
_COARSER = 1.5
MOST_POINTS = 100_000
"""What splats Gaussians starts from about so many, and makes more where it needs them."""


@dataclass(frozen=True)
class Photo:
    """What one device's color camera saw, as it is told to other programs."""

    device: str
    file: str
    """Name of the image's file."""
    image: bytes
    """The file's content."""
    lens: Lens
    world_from_camera: Pose
    depth_png: bytes | None = None
    """What its depth camera saw, as the color camera sees it: 16 bit, mm along z, 0 is unknown."""


Files = Iterator[tuple[str, "bytes | Cloud"]]
"""The files of a scene by their paths in its folder; a cloud is one as binary PLY."""


@dataclass(frozen=True)
class Scene:
    """One pulse of all devices."""

    photos: tuple[Photo, ...]
    cloud: Cloud
    """Few points, all of them with a color."""


def start_from(cloud: Cloud) -> Cloud:
    """Thin a cloud until it has no more than `MOST_POINTS`, and leave out points without color."""
    side_m, thinned = _FINEST_M, thin(cloud, _FINEST_M)
    while len(thinned) > MOST_POINTS:
        side_m *= _COARSER
        thinned = thin(thinned, side_m)
    return Cloud(tuple(part.of(part.colored) for part in thinned.parts), cloud.devices)


def matrix_of(pose: Pose) -> Numbers:
    """Return a pose as a matrix, shape (4, 4)."""
    matrix: Numbers = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = pose.rotation, pose.translation_m
    return matrix
