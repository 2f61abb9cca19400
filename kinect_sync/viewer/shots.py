"""One capture of one device as a source of the view gives it: its images, read when they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorFormat, DepthMode
from kinect_sync.takes.following.captures import StoredImage

Gray = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class GrayImage:
    """Depth or IR, not read yet.

    Reading raises ValueError where that is no image, OSError or KsyncError where it can't be read any more.
    """

    read: Callable[[], Gray]
    """Gives it whole, shape (height, width), in any byte order."""
    read_half: Callable[[], Gray] | None = None
    """Gives what `half` does without reading all of it; None where it is read whole in any case."""

    def half(self) -> Gray:
        """Read each second pixel of each second row, in this computer's byte order: as much as is shown."""
        return self.read()[::2, ::2].astype(np.uint16) if self.read_half is None else self.read_half()


Part = bytes | StoredImage
"""Some bytes that are sent, or where they stand in a file."""


@dataclass(frozen=True, slots=True)
class ColorImage:
    """A color image, not read yet."""

    read: Callable[[], bytes]
    """Gives it as the camera made it; raises as one of a `GrayImage` does."""
    format: ColorFormat
    size: tuple[int, int]
    """(width, height) in pixels."""
    stored: StoredImage | None = None
    """Where it stands as the camera made it, if it is in a file."""

    @property
    def is_jpeg(self) -> bool:
        """Whether the camera compressed it."""
        return self.format is ColorFormat.MJPG

    def as_made(self) -> Part:
        """Return it as the camera made it, not read where it can be sent from a file."""
        return self.read() if self.stored is None else self.stored


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
