"""A cloud made thinner: one point for all that lie in one cube of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.point_table import Singles

_MOST = 1 << 21
"""Cubes along an axis: three such numbers fit into one of 64 bit."""


@dataclass(frozen=True)
class Voxels:
    """Which points lie in the same cube, cube by cube."""

    order: NDArray[np.int64]
    """The points, sorted by their cubes."""
    begins: NDArray[np.int64]
    """Where in that order each cube begins."""
    counts: NDArray[np.int64]
    """How many points each has."""

    @classmethod
    def of(cls, points_m: Singles, side_m: float) -> Voxels:
        """Sort points, shape (3, points), into cubes of a side in metres; the world's origin is a corner."""
        cubes = np.floor(points_m / np.float32(side_m)).astype(np.int64)
        np.clip(cubes, -_MOST // 2, _MOST // 2 - 1, out=cubes)
        keys = ((cubes[2] + _MOST // 2) * _MOST + cubes[1] + _MOST // 2) * _MOST + cubes[0] + _MOST // 2
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))[: len(keys)]
        return cls(order, begins, np.diff(begins, append=len(keys)))

    def mean(self, values: NDArray[np.float32]) -> Singles:
        """Return the mean of each cube's values, shape (n, points); computed where points are many."""
        if not len(self.begins):
            return np.empty((len(values), 0), np.float32)
        sums = np.add.reduceat(values[:, self.order].astype(np.float64), self.begins, axis=1)
        return np.asarray(sums / self.counts, np.float32)

    def first(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the value of one point of each cube, shape (cubes,): the first of the cloud."""
        first: NDArray[np.generic] = values[self.order[self.begins]]
        return first
