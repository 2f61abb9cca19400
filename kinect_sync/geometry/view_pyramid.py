"""The upright pyramid that holds all that a camera sees: quick to ask before a lens is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.point_table import Singles

_ALONG = 33
"""Rays that are looked at along an edge of the image: a lens bends smoothly."""
_WIDER = np.float32(1.01)
"""What may lie between two of them."""


@dataclass(frozen=True)
class ViewPyramid:
    """How far to the sides a camera sees, by x / z and y / z."""

    left: np.float32
    right: np.float32
    top: np.float32
    bottom: np.float32

    @classmethod
    def of(cls, lens: Lens) -> ViewPyramid:
        """Follow the rays of the image's edges; beyond the metric radius no ray is, and nothing is seen."""
        across, down = (
            np.linspace(-0.5, lens.width - 0.5, _ALONG),
            np.linspace(-0.5, lens.height - 0.5, _ALONG),
        )
        grid = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
        x, y, _ = lens.unproject(grid)[0].T.astype(np.float32)
        return cls(np.nanmin(x) * _WIDER, np.nanmax(x) * _WIDER, np.nanmin(y) * _WIDER, np.nanmax(y) * _WIDER)

    def holds(self, points_m: Singles) -> Flags:
        """Tell which points of the camera's frame, shape (3, points), are in it."""
        x, y, z = points_m
        held: Flags = z > 0
        held &= (x > self.left * z) & (x < self.right * z)
        held &= (y > self.top * z) & (y < self.bottom * z)
        return held
