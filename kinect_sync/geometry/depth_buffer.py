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

    def nearest(self, x: Singles, y: Singles, depth_mm: Depths) -> tuple[Places, Flags, Depths]:
        """Return the number of the pixel nearest to each place, which points are seen, and the cells.

        Seen are those inside the image that have nothing much nearer before them. `depth_mm`, shape
        (pixels,), are those of the depth camera beside this one, along its own z: the order along a ray of
        one is that of the other. 0 is unknown, hides nothing and is not seen. The number of what is not
        seen means nothing. The cells have the nearest depth of each, for `confirm`.
        """
        places, cells, seen = self._find(x, y, depth_mm > 0)
        nearest = np.full(self._elsewhere + 1, np.iinfo(np.uint16).max, np.uint16)
        np.minimum.at(nearest, cells, depth_mm)
        limit = nearest + np.minimum(nearest // np.uint16(BEHIND), np.iinfo(np.uint16).max - nearest)
        seen &= depth_mm <= limit.take(cells)
        return places, seen, nearest

    def confirm(self, x: Singles, y: Singles, z_mm: Singles, nearest: Depths) -> tuple[Places, Flags]:
        """Return the pixel nearest to places of another device's points, and which of these are seen.

        Seen are those that the depth camera beside this one has measured as well, within 2 %: `z_mm` is
        their depth along its z, `nearest` what it found. So nothing gets the color of what stands before
        it, or of a hole.
        """
        places, cells, seen = self._find(x, y, z_mm > 0)
        found_mm = nearest.take(cells).astype(np.float32)
        seen &= np.abs(found_mm - z_mm) * BEHIND <= z_mm
        return places, seen

    def _find(self, x: Singles, y: Singles, known: Flags) -> tuple[Places, NDArray[np.int64], Flags]:
        """Return pixel and cell of each place, by their numbers, and which are known and in the image."""
        column, row = (np.rint(place).astype(np.int32).view(np.uint32) for place in (x, y))
        inside: Flags = (column < self.width) & (row < self.height)  # what is negative is large
        inside &= known
        cells = (row >> self.shift) * np.uint32(self._across) + (column >> self.shift)
        cells = np.where(inside, cells, np.uint32(self._elsewhere)).astype(np.int64)
        row *= np.uint32(self.width)
        row += column
        return row.view(np.int32), cells, inside

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
