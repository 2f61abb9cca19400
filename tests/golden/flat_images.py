"""Recordings with flat images: all but the pixels is as it was recorded, and an archive of it is small.

Each image keeps its size, its place in the file and the mark that tells which capture of which device it is.
The blocks are found by Matroska's own rules and not by ksync's reader, whose work the golden takes check.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

MASTERS = {0x18538067, 0x1F43B675, 0xA0}
"""Segment, Cluster and BlockGroup: what the blocks are nested in."""
BLOCKS = {0xA3, 0xA1}
"""SimpleBlock and Block: a track's number of one byte, a time of two, flags, and the payload."""
BLOCK_HEAD_NBYTES = 4
IMAGE_NBYTES = 8192
"""A payload of so many bytes is an image; IMU samples come in less."""
MARK_NBYTES = 64
SOI, COMMENT = b"\xff\xd8", b"\xff\xfe"


def flatten(path: Path) -> None:
    """Replace the pixels of every image of a recording, in place."""
    data = bytearray(path.read_bytes())
    for begin, end in list(_payloads(data, 0, len(data))):
        if end - begin >= IMAGE_NBYTES:
            image = bytes(data[begin:end])
            flat = flat_jpeg(image) if image.startswith(SOI) else _flat_pixels(image)
            data[begin:end] = flat
    path.write_bytes(data)


def _payloads(data: bytearray, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each block's payload begins and ends; one that a kill cut off ends with the file."""
    at = begin
    while at < end:
        name, at = _number(data, at, keep_marker=True)
        size, at = _number(data, at, keep_marker=False)
        after = min(end, at + size)
        if name in MASTERS:
            yield from _payloads(data, at, after)
        elif name in BLOCKS:
            yield at + BLOCK_HEAD_NBYTES, after
        at = after


def _number(data: bytearray, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """Read an element's name (with the bit that marks its length) or size; a size that is unknown is huge."""
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    return value if keep_marker else value & ((1 << 7 * length) - 1), at + length


def flat_jpeg(image: bytes) -> bytes:
    """A grey JPEG of the same size in pixels and bytes, which begins with the same comment, the mark."""
    with Image.open(io.BytesIO(image)) as opened:
        grey = io.BytesIO()
        Image.new("RGB", opened.size, (90, 110, 130)).save(grey, "JPEG", quality=30)
    mark_end = len(SOI) + 2 + int.from_bytes(image[4:6], "big") if image[2:4] == COMMENT else len(SOI)
    rest = grey.getvalue()[len(SOI) :]
    return image[:mark_end] + _comments(len(image) - mark_end - len(rest)) + rest


def _comments(nbytes: int) -> bytes:
    """Comments that are so long together."""
    filled = bytearray()
    while nbytes > len(filled):
        left = nbytes - len(filled)
        length = left if left <= 65_000 else min(65_000, left - 4)
        filled += COMMENT + (length - 2).to_bytes(2, "big") + bytes(length - 4)
    return bytes(filled)


def _flat_pixels(image: bytes) -> bytes:
    """A ramp that is the same in every image, behind the mark."""
    ramp = b"".join(number.to_bytes(2, "big") for number in range(600, 600 + 1024))
    repeated = ramp * (len(image) // len(ramp) + 1)
    return image[:MARK_NBYTES] + repeated[: len(image) - MARK_NBYTES]
