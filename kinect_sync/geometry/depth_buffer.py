"""Which points a camera sees: what is behind another surface it does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.point_table import Singles

Places = NDArray[np.int32]
"""Numbers of pixels in an image, row by row."""

BEHIND = 50
"""What is farther than the nearest by more than this part of the depth, 2 %, is another surface."""
_SPACING = 1.5
"""A cell is at least so many pixels of the depth camera wide: a surface has points in every one."""


@dataclass(frozen=True)
class DepthBuffer:
    """Keeps the nearest depth in each cell of a camera's image."""

    width: int
    """Of the image, in pixels."""
    height: int
    """Of the image, in pixels."""
    shift: int
    """A cell is 2 ** shift pixels wide and high."""

    @classmethod
    def of(cls, camera: Lens, depth: Lens) -> DepthBuffer:
        """Fit the cells to how densely points of a depth camera lie in the image of the camera beside it."""
        spacing_px = max(camera.fx / depth.fx, camera.fy / depth.fy) * _SPACING
        return cls(camera.width, camera.height, max(0, int(np.ceil(np.log2(spacing_px)))))

    def look(self, x: Singles, y: Singles, depth_mm: Depths) -> tuple[Places, Flags]:
        """Return the number of the pixel nearest to each place in the image, and which points are seen.

        Seen are those inside the image that have nothing much nearer before them. `depth_mm`, shape
        (pixels,), are those of the depth camera beside this one, along its own z: the order along a ray of
        one is that of the other. 0 is unknown, hides nothing and is not seen. The number of what is not
        seen means nothing.
        """
        column, row = (np.rint(place).astype(np.int32).view(np.uint32) for place in (x, y))
        seen: Flags = (column < self.width) & (row < self.height)  # what is negative is large
        seen &= depth_mm > 0
        cells = (row >> self.shift) * np.uint32(self._across) + (column >> self.shift)
        elsewhere = self._across * self._down
        cells = np.where(seen, cells, np.uint32(elsewhere)).astype(np.int64)
        nearest = np.full(elsewhere + 1, np.iinfo(np.uint16).max, np.uint16)
        np.minimum.at(nearest, cells, depth_mm)
        limit = nearest + np.minimum(nearest // np.uint16(BEHIND), np.iinfo(np.uint16).max - nearest)
        seen &= depth_mm <= limit.take(cells)
        row *= np.uint32(self.width)
        row += column
        return row.view(np.int32), seen

    @property
    def _across(self) -> int:
        return (self.width >> self.shift) + 1

    @property
    def _down(self) -> int:
        return (self.height >> self.shift) + 1
