"""PNG of a byte per pixel: with a palette for depth, in gray for IR.

Written as the export's are: each row as difference to the one above, packed by ISA-L. A depth image at half
its size takes 0.2 ms; a JPEG of it takes 0.9, a WebP 2.4.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

_PNG = b"\x89PNG\r\n\x1a\n"
_GRAY = (8, 0, 0, 0, 0)
_PALETTE = (8, 3, 0, 0, 0)
_UP = 2
_FAST = 1


def encode_gray(image: NDArray[np.uint8]) -> bytes:
    """Return an image of shape (height, width) as gray PNG."""
    return _encode(image, _GRAY, b"")


def encode_palette(image: NDArray[np.uint8], palette: bytes) -> bytes:
    """Return an image of shape (height, width) whose values are places in a palette; 0 is transparent.

    The palette has three bytes for each of 256 values: red, green, blue.
    """
    return _encode(image, _PALETTE, _chunk(b"PLTE", palette) + _chunk(b"tRNS", b"\0"))


def _encode(image: NDArray[np.uint8], kind: tuple[int, ...], colors: bytes) -> bytes:
    height, width = image.shape
    filtered = np.empty((height, width + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = image[0]
    np.subtract(image[1:], image[:-1], out=filtered[1:, 1:])
    header = _chunk(b"IHDR", struct.pack(">II5B", width, height, *kind))
    packed = _packer()(filtered.data)
    return b"".join((_PNG, header, colors, _chunk(b"IDAT", packed), _chunk(b"IEND", b"")))


@cache
def _packer() -> Callable[[memoryview], bytes]:
    """Return what packs as zlib does: ISA-L, or zlib itself where there is no ISA-L for the machine."""
    try:
        isal_zlib = import_module("isal.isal_zlib")
    except ImportError:
        return lambda data: zlib.compress(data, _FAST)
    return lambda data: bytes(isal_zlib.compress(data, _FAST))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
