"""One capture of one device as a source of the view gives it: its images, read when they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorFormat, DepthMode

GrayImage = Callable[[], NDArray[np.uint16]]
"""Reads depth or IR, shape (height, width), in any byte order.

Raises ValueError where that is no image, OSError or KsyncError where it can't be read any more."""


@dataclass(frozen=True, slots=True)
class ColorImage:
    """A color image, not read yet."""

    read: Callable[[], bytes]
    """Gives it as the camera made it; raises as a `GrayImage` does."""
    format: ColorFormat
    size: tuple[int, int]
    """(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One capture of one device; what it lacks is None."""

    device_us: int
    """Device time in µs, of color or else of depth: it names the shot."""
    color: ColorImage | None
    depth: GrayImage | None
    ir: GrayImage | None
    depth_mode: DepthMode
