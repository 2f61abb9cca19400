"""A cloud as programs have it: arrays, of which a row is a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.review.fusing.cloud import Cloud


@dataclass(frozen=True)
class PointCloud:
    """Points of several devices in the world of their rig's calibration; a row is a point."""

    points: NDArray[np.float32]
    """x, y and z in metres, shape (points, 3)."""
    colors: NDArray[np.uint8]
    """Red, green and blue, shape (points, 3); 0 where no color camera saw it."""
    colored: NDArray[np.bool_]
    """Whether a color camera saw it, shape (points,)."""
    normals: NDArray[np.float32] | None
    """Unit vectors away from the surface, shape (points, 3); None where nobody asked."""
    device: NDArray[np.uint8]
    """Whose point it is: its place in `devices`, shape (points,)."""
    devices: tuple[str, ...]
    """The devices' names."""

    def __len__(self) -> int:
        """Return how many points there are."""
        return len(self.points)


def as_rows(cloud: Cloud) -> PointCloud:
    """Return a cloud of which a column is a point as one of which a row is."""
    parts, counts = cloud.parts, [len(part) for part in cloud.parts]
    normals = [part.normals.T for part in parts if part.normals is not None]
    return PointCloud(
        points=np.concatenate([part.xyz_m.T for part in parts]),
        colors=np.concatenate([part.rgb.T for part in parts]),
        colored=np.concatenate([part.colored for part in parts]),
        normals=np.concatenate(normals) if normals else None,
        device=np.repeat(np.arange(len(parts), dtype=np.uint8), counts),
        devices=cloud.devices,
    )
