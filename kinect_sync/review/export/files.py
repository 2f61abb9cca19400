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

from kinect_sync.rig.modes import ColorFormat

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


def decode_color(data: bytes, pixels: ColorFormat, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return color as shape (height, width, 4): red, green, blue and 255.

    Raises ValueError where the bytes are no whole image of this format and size.
    """
    if pixels is ColorFormat.MJPG:
        rgb = _decode_jpeg(data, size)
    elif pixels is ColorFormat.BGRA32:
        rgb = _shaped(data, (size[1], size[0], 4))[..., 2::-1]
    else:
        rgb = _rgb_of_yuv(*(_split_yuy2 if pixels is ColorFormat.YUY2 else _split_nv12)(data, size))
    rgba = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = rgb
    return rgba


def _decode_jpeg(data: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            rgb = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError(f"the JPEG can't be decoded: {error}") from error
    if rgb.shape[:2] != (size[1], size[0]):
        raise ValueError(
            f"the JPEG has {rgb.shape[1]} × {rgb.shape[0]} pixels instead of {size[0]} × {size[1]}"
        )
    return rgb


def _shaped(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    flat = np.frombuffer(data, np.uint8)
    if len(flat) != np.prod(shape):
        raise ValueError(f"the image has {len(flat)} bytes instead of {np.prod(shape)}")
    return flat.reshape(shape)


Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def _split_yuy2(data: bytes, size: tuple[int, int]) -> Planes:
    """Y0 U Y1 V: one U and V for two pixels side by side."""
    pairs = _shaped(data, (size[1], size[0] // 2, 4))
    luma = pairs[..., 0::2].reshape(size[1], size[0])
    return luma, pairs[..., 1].repeat(2, 1), pairs[..., 3].repeat(2, 1)


def _split_nv12(data: bytes, size: tuple[int, int]) -> Planes:
    """All Y, then U and V in turns: one of each for two by two pixels."""
    width, height = size
    planes = _shaped(data, (height + height // 2, width))
    chroma = planes[height:].reshape(height // 2, width // 2, 2).repeat(2, 0).repeat(2, 1)
    return planes[:height], chroma[..., 0], chroma[..., 1]


def _rgb_of_yuv(luma: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ITU-R BT.601 with 16 to 235, as the SDK's own conversion (libyuv) has it."""
    y = 1.164 * (luma.astype(np.float32) - 16)
    blue_off, red_off = u.astype(np.float32) - 128, v.astype(np.float32) - 128
    red = y + 1.596 * red_off
    green = y - 0.813 * red_off - 0.391 * blue_off
    blue = y + 2.018 * blue_off
    rounded = np.clip(np.stack((red, green, blue), -1) + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(rounded)


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
