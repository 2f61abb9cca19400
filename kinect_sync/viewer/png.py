"""PNG of a byte per pixel: with a palette for depth, in gray for IR.

A depth image at half its size takes 0.2 ms; a JPEG of it takes 0.9, a WebP 2.4.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.packing.png import GRAY_8, PALETTE_8, encode_png, png_chunk


def encode_gray(image: NDArray[np.uint8]) -> bytes:
    """Return an image of shape (height, width) as gray PNG."""
    return encode_png(image, image.shape[1], GRAY_8)


def encode_palette(image: NDArray[np.uint8], palette: bytes) -> bytes:
    """Return an image of shape (height, width) whose values are places in a palette; 0 is transparent.

    The palette has three bytes for each of 256 values: red, green, blue.
    """
    return encode_png(image, image.shape[1], PALETTE_8, _colors(palette))


@cache
def _colors(palette: bytes) -> bytes:
    return png_chunk(b"PLTE", palette) + png_chunk(b"tRNS", b"\0")
