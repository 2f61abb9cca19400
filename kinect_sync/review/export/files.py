"""How the files of an export are encoded.

Depth and IR are written by an encoder of our own: PNG of 16 bit gray, each row as difference to the one
above, packed by ISA-L. It is 4 to 40 times as fast as general encoders at nearly their size, and packing is
nearly all that an export costs (docs/decisions/0008-isal.md).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

_PNG = b"\x89PNG\r\n\x1a\n"
_GRAY_16 = (16, 0, 0, 0, 0)
_UP = 2
_FAST = 1


def encode_gray_png(image: NDArray[np.uint16]) -> bytes:
    """Return a 16 bit image, shape (height, width), as PNG; every reader gives back the same numbers.

    PNG is big-endian as recordings are, so that an image as it was read needs no swap.
    """
    height, width = image.shape
    rows = np.ascontiguousarray(image, ">u2").view(np.uint8).reshape(height, 2 * width)
    filtered = np.empty((height, 2 * width + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packed = _packer()(filtered.data)
    header = struct.pack(">II5B", width, height, *_GRAY_16)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


@cache
def _packer() -> Callable[[memoryview], bytes]:
    """Return what packs as zlib does: ISA-L, or zlib itself where there is no ISA-L for the machine."""
    try:
        isal_zlib = import_module("isal.isal_zlib")
    except ImportError:
        return _pack_with_zlib
    return lambda data: bytes(isal_zlib.compress(data, _FAST))


def _pack_with_zlib(data: memoryview) -> bytes:
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode_color_png(image: NDArray[np.uint8]) -> bytes:
    """Return an image of shape (height, width, 3 or 4), red first, as PNG."""
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=_FAST)
    return stream.getvalue()


_XYZ = ("x", "<f4"), ("y", "<f4"), ("z", "<f4")
_RGB = ("red", "u1"), ("green", "u1"), ("blue", "u1")
_PLY_TYPES = {"<f4": "float", "u1": "uchar"}


def encode_ply(
    points_mm: NDArray[np.int16], rgba: NDArray[np.uint8] | None, comments: tuple[str, ...] = ()
) -> bytes:
    """Return points, shape (height, width, 3), as binary PLY in metres, with color where there is some.

    Pixels without depth are left out; points that the color camera does not see are black.
    """
    known = points_mm[..., 2] > 0
    fields = _XYZ if rgba is None else _XYZ + _RGB
    vertices = np.empty(int(known.sum()), np.dtype(list(fields)))
    for axis, (name, _) in enumerate(_XYZ):
        vertices[name] = points_mm[..., axis][known] / np.float32(1000)
    if rgba is not None:
        for channel, (name, _) in enumerate(_RGB):
            vertices[name] = rgba[..., channel][known]
    lines = ["ply", "format binary_little_endian 1.0", *(f"comment {each}" for each in comments)]
    lines.append(f"element vertex {len(vertices)}")
    lines += [f"property {_PLY_TYPES[kind]} {name}" for name, kind in fields]
    return "\n".join([*lines, "end_header", ""]).encode() + vertices.tobytes()
