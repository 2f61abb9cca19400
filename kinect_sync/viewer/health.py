"""How well a device sees: color that is clipped or dark, and depth that is missing, with the reason.

IR is 0 where the lens does not reach, at the corners of NFOV and around WFOV: that is nobody's fault, and not
counted. Of what is seen, a pixel without depth was too bright, too dark, or something else: an edge, several
ways of the light, or the laser of another device.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.decoding import decode_luma, opened_jpeg
from kinect_sync.viewer.reduction import reduce_color
from kinect_sync.viewer.shots import ColorImage, refuse_other_size

STEP = 8
"""Each so many-th pixel of color counts, either way: a JPEG gives such an image at two thirds of the cost."""
CLIPPED = 250
"""Brightness of 255 from which on a pixel counts as clipped: the mean of 8 by 8 that are nearly all."""
DARK = 24
"""Brightness of 255 up to which a pixel counts as dark: so much is noise at the highest gain."""
SATURATED_IR = 65_535
"""What an IR pixel says that got too much light."""
DARK_IR = 64
"""Below it there is too little light for depth. On a real recording 1.5 % of what is seen is below, and has
none."""


class ColorHealth(NamedTuple):
    """Shares of the pixels, 0 to 1."""

    clipped: float
    dark: float


class DepthHealth(NamedTuple):
    """Shares of the pixels that are seen, 0 to 1; together they are 1."""

    coverage: float
    """Has depth."""
    saturated: float
    """Has none, and got too much light."""
    too_dark: float
    """Has none, and got too little."""
    other: float
    """Has none for another reason."""


def color_health(image: ColorImage, data: bytes) -> ColorHealth:
    """Measure a color image that was read; ValueError where it can't be decoded."""
    luma = _small_luma(image, data) if image.format is ColorFormat.MJPG else _luma_of_pixels(image, data)
    return ColorHealth(float((luma >= CLIPPED).mean()), float((luma <= DARK).mean()))


def depth_health(depth: NDArray[np.uint16], ir: NDArray[np.uint16]) -> DepthHealth | None:
    """Measure depth over what IR says is seen; None where nothing is.

    Raises ValueError where they are not of one shape: NumPy would make a far larger one of both.
    """
    if depth.shape != ir.shape:
        raise ValueError(f"depth has the shape {depth.shape}, and IR {ir.shape}")
    seen = np.count_nonzero(ir)
    if not seen:
        return None
    lacking = ir[(depth == 0) & (ir > 0)]
    saturated = np.count_nonzero(lacking == SATURATED_IR)
    dark = np.count_nonzero(lacking < DARK_IR)
    counts = (seen - len(lacking), saturated, dark, len(lacking) - saturated - dark)
    return DepthHealth(*(count / seen for count in counts))


def _small_luma(image: ColorImage, data: bytes) -> NDArray[np.uint8]:
    with opened_jpeg(data) as jpeg:
        refuse_other_size(jpeg.size, image.size)
        jpeg.draft("L", (image.size[0] // STEP, image.size[1] // STEP))
        jpeg.load()
        return np.asarray(jpeg if jpeg.mode == "L" else jpeg.convert("L"))


def _luma_of_pixels(image: ColorImage, data: bytes) -> NDArray[np.float32]:
    luma = decode_luma(*_reduced(image, data)).astype(np.float32)
    return luma if image.format is ColorFormat.BGRA32 else (luma - 16) * (255 / 219)  # video levels


def _reduced(image: ColorImage, data: bytes) -> tuple[bytes, ColorFormat, tuple[int, int]]:
    reduced, size = reduce_color(data, image.format, image.size, STEP)
    return reduced, image.format, size
