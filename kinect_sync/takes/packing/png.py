"""PNG as ksync writes it: each row as difference to the one above, packed by ISA-L.

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

UP = 2
"""The filter of all rows: as difference to the row above."""
Kind = tuple[int, int, int, int, int]
"""Bits of a sample, kind of color, and the three methods, of which PNG has one each."""
GRAY_16: Kind = (16, 0, 0, 0, 0)
GRAY_8: Kind = (8, 0, 0, 0, 0)
PALETTE_8: Kind = (8, 3, 0, 0, 0)

_PNG = b"\x89PNG\r\n\x1a\n"
_FAST = 1


def encode_png(rows: NDArray[np.uint8], width: int, kind: Kind, colors: bytes = b"") -> bytes:
    """Return an image as PNG, from the bytes of its rows, shape (height, bytes of a row).

    `colors` are the chunks before the pixels.
    """
    height, row_nbytes = rows.shape
    filtered = np.empty((height, row_nbytes + 1), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packed = _packer()(filtered.data)
    header = png_chunk(b"IHDR", png_header(width, height, kind))
    return b"".join((_PNG, header, colors, *_chunk_parts(b"IDAT", packed), png_chunk(b"IEND", b"")))


def png_header(width: int, height: int, kind: Kind) -> bytes:
    """Return what stands in the first chunk."""
    return struct.pack(">II5B", width, height, *kind)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return b"".join(_chunk_parts(kind, data))


def _chunk_parts(kind: bytes, data: bytes) -> tuple[bytes, ...]:
    """Return a chunk in parts: each copy of an image costs a tenth of packing it."""
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return what the chunks of a PNG hold, by kind; ValueError where it is none, or damaged."""
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


def _pack_with_zlib(data: memoryview) -> bytes:
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()
