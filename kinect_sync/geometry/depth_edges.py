"""Where a depth image jumps: pixels that hang in the air between two surfaces, and those beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens

Depths = NDArray[np.uint16]
"""An image in mm along the camera's z, shape (height, width); 0 is unknown."""

STEEPEST = 5.0
"""How many metres a surface may fall away per metre across: it is seen at 79 degrees from its normal."""


def edge_parts(lens: Lens) -> int:
    """Return how often the limit of `find_steady` goes into the depth: 50, which is 2 %, for unbinned modes.

    Three pixels span 2 / f of the depth across, so that a limit is a steepness of what is seen.
    """
    return round((lens.fx + lens.fy) / 2 / (2 * STEEPEST))


def find_steady(depth_mm: Depths, parts: int) -> Flags:
    """Tell which pixels are known and no edge: in 3 × 3 pixels, depth spans at most its `parts`-th part.

    Depth cameras average over their pixels, so that between a hand and the wall behind it they see points
    that are not there: flying pixels. What is unknown around a pixel is no edge.
    """
    spread = _around(depth_mm, np.maximum)
    spread -= _around(depth_mm - np.uint16(1), np.minimum)  # 0 becomes the largest number there is
    steady: Flags = spread <= depth_mm // np.uint16(parts) + np.uint16(1)
    steady &= depth_mm > 0
    return steady


def find_cells(depth_mm: Depths, parts: int) -> Flags:
    """Tell which 2 × 2 pixels are one surface: all known, and depth spans at most its `parts`-th part.

    Shape (height - 1, width - 1), by the upper left pixel.
    """
    corners = depth_mm[:-1, :-1], depth_mm[:-1, 1:], depth_mm[1:, :-1], depth_mm[1:, 1:]
    nearest = np.minimum.reduce(corners)
    cells: Flags = np.maximum.reduce(corners) - nearest <= nearest // np.uint16(parts)
    cells &= nearest > 0
    return cells


def _around(image: Depths, of: np.ufunc) -> Depths:
    """Return the greatest or least of 3 × 3 pixels around each."""
    across = image.copy()
    of(across[:, 1:], image[:, :-1], out=across[:, 1:])
    of(across[:, :-1], image[:, 1:], out=across[:, :-1])
    both = across.copy()
    of(both[1:], across[:-1], out=both[1:])
    of(both[:-1], across[1:], out=both[:-1])
    return both
