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
Cells = NDArray[np.int64]
"""Numbers of cells of an image, row by row."""

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

    def find(self, x: Singles, y: Singles, known: Flags) -> tuple[Places, Cells, Flags]:
        """Return the nearest pixel of each place and its cell, by their numbers, and which are in the image.

        Those that are not `known` are not. The numbers of what is not in the image mean nothing.
        """
        column, row = (np.rint(place).astype(np.int32).view(np.uint32) for place in (x, y))
        inside: Flags = (column < self.width) & (row < self.height)  # what is negative is large
        inside &= known
        cells = (row >> self.shift) * np.uint32(self._across)
        cells += column >> self.shift
        row *= np.uint32(self.width)
        row += column
        return row.view(np.int32), np.where(inside, cells, np.int64(self._elsewhere)), inside

    def nearest(self, cells: Cells, depth_mm: Depths) -> tuple[Flags, Depths]:
        """Return which points have nothing much nearer before them, and the nearest depth of each cell.

        `depth_mm`, shape (points,), are those of the depth camera beside this one, along its own z: the order
        along a ray of one is that of the other. What is in no cell is in the last one, which means nothing.
        """
        nearest = np.full(self._elsewhere + 1, np.iinfo(np.uint16).max, np.uint16)
        np.minimum.at(nearest, cells, depth_mm)
        limit = nearest + np.minimum(nearest // np.uint16(BEHIND), np.iinfo(np.uint16).max - nearest)
        seen: Flags = depth_mm <= limit.take(cells)
        return seen, nearest

    def confirm(self, x: Singles, y: Singles, z_mm: Singles, nearest: Depths) -> tuple[Places, Flags]:
        """Return the pixel nearest to places of another device's points, and which of these are seen.

        Seen are those that the depth camera beside this one has measured as well, within 2 %: `z_mm` is
        their depth along its z, `nearest` what it found. So nothing gets the color of what stands before it,
        or of a hole.
        """
        places, cells, seen = self.find(x, y, z_mm > 0)
        seen &= np.abs(nearest.take(cells) - z_mm) * BEHIND <= z_mm
        return places, seen

    @property
    def _elsewhere(self) -> int:
        """The cell of what is not in the image."""
        return self._across * self._down

    @property
    def _across(self) -> int:
        return (self.width >> self.shift) + 1

    @property
    def _down(self) -> int:
        return (self.height >> self.shift) + 1
