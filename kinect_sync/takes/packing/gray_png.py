"""PNG of 16 bit gray: each row as difference to the one above, packed by ISA-L.

It is 4 to 40 times as fast as general encoders at nearly their size, and packing is nearly all that it
costs (docs/decisions/0008-isal.md).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

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


def decode_gray_png(data: bytes, size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return what `encode_gray_png` was given, big-endian, shape (height, width); `size` is (width, height).

    Raises ValueError where the bytes are no such PNG, or not of this size: its checksums are looked at.
    """
    width, height = size
    chunks = dict(_chunks(data))
    if chunks.get(b"IHDR") != struct.pack(">II5B", width, height, *_GRAY_16):
        raise ValueError(f"the PNG is no gray image of 16 bit with {width} × {height} pixels")
    try:
        flat = _unpacker()(chunks.get(b"IDAT", b""), height * (2 * width + 1))
    except Exception as error:  # each library has an error of its own, which is none that Python knows
        raise ValueError(f"the PNG can't be unpacked: {error}") from error
    filtered = np.frombuffer(flat, np.uint8)
    if len(filtered) != height * (2 * width + 1):
        raise ValueError("the PNG ends early")
    filtered = filtered.reshape(height, 2 * width + 1)
    if not (filtered[:, 0] == _UP).all():
        raise ValueError("the PNG was not written by ksync")
    rows = np.cumsum(filtered[:, 1:], axis=0, dtype=np.uint8)
    return rows.view(">u2")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if data[:8] != _PNG:
        raise ValueError("these bytes are no PNG")
    at = len(_PNG)
    while at + 12 <= len(data):
        nbytes = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + nbytes]
        if data[at + 8 + nbytes : at + 12 + nbytes] != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError("the PNG is damaged: a checksum is wrong")
        yield kind, body
        at += 12 + nbytes


@cache
def _packer() -> Callable[[memoryview], bytes]:
    """Return what packs as zlib does: ISA-L, or zlib itself where there is no ISA-L for the machine."""
    try:
        isal_zlib = import_module("isal.isal_zlib")
    except ImportError:
        return _pack_with_zlib
    return lambda data: bytes(isal_zlib.compress(data, _FAST))


@cache
def _unpacker() -> Callable[[bytes, int], bytes]:
    try:
        isal_zlib = import_module("isal.isal_zlib")
    except ImportError:
        return lambda data, nbytes: zlib.decompressobj().decompress(data, nbytes + 1)
    return lambda data, nbytes: bytes(isal_zlib.decompressobj().decompress(data, nbytes + 1))


def _pack_with_zlib(data: memoryview) -> bytes:
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
