"""What the cameras of a rig saw of the board: the corners in an image, and the depth on its plane."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Ids
from kinect_sync.geometry.poses import Numbers


class Camera(str, Enum):
    """One of a device's two cameras."""

    COLOR = "color"
    DEPTH = "depth"
    """IR images are this camera's as well."""


@dataclass(frozen=True)
class BoardView:
    """One camera's sight of the board at one pulse."""

    device: str
    camera: Camera
    pulse: int
    time_us: float
    """Centre of the exposure in microseconds from pulse 0 of the take, on the reference's clock: color and IR
    of one pulse differ by the depth's delay, devices by their offsets."""
    ids: Ids
    """Numbers of the corners that were seen, shape (n,), each once."""
    pixels: Numbers
    """Where they were seen, shape (n, 2); the centre of the first pixel is (0, 0)."""


@dataclass(frozen=True)
class DepthPatch:
    """What the depth camera measured on the board at one pulse.

    Wanted are pixels on white paper well inside the pattern: of white squares where the board has markers, a
    pixel or two away from every edge and from what is black, since dark ink gives depth that is millimetres
    off, and pixels on an edge mix both. A few hundred of them, from all over the board, are enough; pixels
    without depth (0) may be left in.
    """

    device: str
    pulse: int
    time_us: float
    """Centre of the exposure, as in `BoardView`."""
    pixels: Numbers
    """Of the depth image, on the board, shape (n, 2)."""
    z_m: NDArray[np.float64]
    """Depth along the camera's z in metres, shape (n,)."""
