"""Depth and IR as PNG of 16 bit gray: packed for an export, a take or an archive, and unpacked again."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.packing.png import GRAY_16, UP, encode_png, png_chunks, png_header


def encode_gray_png(image: NDArray[np.uint16]) -> bytes:
    """Return a 16 bit image, shape (height, width), as PNG; every reader gives back the same numbers.

    PNG is big-endian as recordings are, so that an image as it was read needs no swap.
    """
    height, width = image.shape
    rows = np.ascontiguousarray(image, ">u2").view(np.uint8).reshape(height, 2 * width)
    return encode_png(rows, width, GRAY_16)


def decode_gray_png(data: bytes, size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return what `encode_gray_png` was given, big-endian, shape (height, width); `size` is (width, height).

    Raises ValueError where the bytes are no such PNG, or not of this size: its checksums are looked at.
    """
    width, height = size
    chunks = dict(png_chunks(data))
    if chunks.get(b"IHDR") != png_header(width, height, GRAY_16):
        raise ValueError(f"the PNG is no gray image of 16 bit with {width} × {height} pixels")
    try:
        flat = _unpacker()(chunks.get(b"IDAT", b""), height * (2 * width + 1))
    except Exception as error:  # each library has an error of its own, which is none that Python knows
        raise ValueError(f"the PNG can't be unpacked: {error}") from error
    filtered = np.frombuffer(flat, np.uint8)
    if len(filtered) != height * (2 * width + 1):
        raise ValueError("the PNG ends early")
    filtered = filtered.reshape(height, 2 * width + 1)
    if not (filtered[:, 0] == UP).all():
        raise ValueError("the PNG was not written by ksync")
    rows = np.cumsum(filtered[:, 1:], axis=0, dtype=np.uint8)
    return rows.view(">u2")


@cache
def _unpacker() -> Callable[[bytes, int], bytes]:
    try:
        isal_zlib = import_module("isal.isal_zlib")
    except ImportError:
        return lambda data, nbytes: zlib.decompressobj().decompress(data, nbytes + 1)
    return lambda data, nbytes: bytes(isal_zlib.decompressobj().decompress(data, nbytes + 1))
