"""A cloud of points in the world, as arrays: what one device adds, and what all of them come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.voxels import Voxels

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Points:
    """Points of the world, with what is known of each; a column is a point."""

    xyz_m: Singles
    """Shape (3, points)."""
    rgb: Bytes
    """Shape (3, points); 0 where no color camera saw them."""
    colored: Flags
    """Which points a color camera saw, shape (points,)."""
    normals: Singles | None = None
    """Unit vectors away from the surface, shape (3, points); None where nobody asked."""

    def __len__(self) -> int:
        """Return how many there are."""
        return self.xyz_m.shape[1]

    def of(self, chosen: NDArray[np.int64] | Flags) -> Points:
        """Return some of them."""
        normals = None if self.normals is None else self.normals[:, chosen]
        return Points(self.xyz_m[:, chosen], self.rgb[:, chosen], self.colored[chosen], normals)


@dataclass(frozen=True)
class Cloud:
    """The points of several devices, device by device."""

    parts: tuple[Points, ...]
    """Of each device."""
    devices: tuple[str, ...]
    """The names of the devices."""

    def __len__(self) -> int:
        """Return how many points there are."""
        return sum(len(part) for part in self.parts)

    @property
    def counts(self) -> dict[str, int]:
        """How many points are of each device."""
        return {name: len(part) for name, part in zip(self.devices, self.parts, strict=True)}


def thin(cloud: Cloud, side_m: float) -> Cloud:
    """Make one point of all that lie in one cube of a grid: the mean place and the mean color.

    It counts as the device's of which the first of them is. Points without color do not darken the others.
    """
    xyz_m = np.concatenate([part.xyz_m for part in cloud.parts], axis=1)
    voxels = Voxels.of(xyz_m, side_m)
    weights = np.concatenate([part.colored for part in cloud.parts]).astype(np.float32)
    rgb = np.concatenate([part.rgb for part in cloud.parts], axis=1) * weights
    share = voxels.mean(weights[None])[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_rgb = np.where(share > 0, voxels.mean(rgb) / share + 0.5, 0).astype(np.uint8)
    owners = voxels.first(np.repeat(np.arange(len(cloud.parts)), [len(part) for part in cloud.parts]))
    thinned = Points(voxels.mean(xyz_m), mean_rgb, share > 0, _mean_normals(cloud.parts, voxels))
    parts = tuple(thinned.of(owners == number) for number in range(len(cloud.parts)))
    return Cloud(parts, cloud.devices)


def _mean_normals(parts: Sequence[Points], voxels: Voxels) -> Singles | None:
    normals = [part.normals for part in parts if part.normals is not None]
    if not normals:
        return None
    means = voxels.mean(np.concatenate(normals, axis=1))
    lengths = np.sqrt(np.einsum("cn,cn->n", means, means))
    return np.asarray(means / np.maximum(lengths, np.float32(1e-6)), np.float32)
