"""All devices' images of one pulse, made into one cloud."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.review.fusing.cloud import Bytes, Cloud, Points, thin
from kinect_sync.review.fusing.device_points import DevicePoints, Sight
from kinect_sync.review.fusing.request import CloudSettings, Uncolored

Images = tuple[Depths, "Bytes | None"]
"""Depth, and color where there is some."""
Lenders = Mapping[str, tuple[DevicePoints, Sight]]
"""By name, devices that have a color image, and what they saw in it."""


def combine(
    sources: Mapping[str, DevicePoints], images: Mapping[str, Images], settings: CloudSettings
) -> Cloud:
    """Return the cloud of some devices' images."""
    made = {name: sources[name].points(*each) for name, each in images.items()}
    lenders = {name: (sources[name], sight) for name, (_, sight) in made.items() if sight is not None}
    parts = [points for points, _ in made.values()]
    if settings.uncolored is Uncolored.DROP:
        parts = [points.of(points.colored) for points in parts]
    elif settings.uncolored is Uncolored.BORROW:
        for name, points in zip(made, parts, strict=True):
            _borrow(points, {other: each for other, each in lenders.items() if other != name})
    cloud = Cloud(tuple(parts), tuple(images))
    return cloud if settings.voxel_mm is None else thin(cloud, settings.voxel_mm / 1000)


def _borrow(points: Points, lenders: Lenders) -> None:
    """Color in place what has no color yet, each point by the first that saw it."""
    bare = np.flatnonzero(~points.colored)
    xyz_m = points.xyz_m.take(bare, axis=1)
    for source, sight in lenders.values():
        found, rgb = source.lend(xyz_m, sight)
        if not len(found):
            continue
        points.rgb[:, bare[found]] = rgb
        points.colored[bare[found]] = True
        left = np.flatnonzero(~points.colored.take(bare))
        bare, xyz_m = bare.take(left), xyz_m.take(left, axis=1)
