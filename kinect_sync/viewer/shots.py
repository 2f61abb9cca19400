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


def refuse_other_size(has: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Raise ValueError where an image says another size than its mode's, before memory is made for it.

    Both are (width, height) in pixels.
    """
    if has != wanted:
        raise ValueError(f"the image has {has[0]} × {has[1]} pixels instead of {wanted[0]} × {wanted[1]}")
