"""What an archive keeps besides images, to give the recording back byte for byte.

A recording is images and what stands between them: heads of blocks and clusters, IMU samples, index, tags.
For a stretch of images that is one table and the bytes between, packed; each image has a checksum there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<III")
_LEVEL = 6
MOST_NBYTES = 64 << 20
"""Of one stretch, unpacked; it has some 8 MB at most."""


class Between(NamedTuple):
    """What stands before an image, and what the image must be."""

    before: bytes
    """The bytes between the image before and this one."""
    nbytes: int
    """Of the image in the recording."""
    crc32: int
    """Of the image in the recording."""


class Stretch(NamedTuple):
    """A stretch of a recording: its images in order, and the bytes after the last one."""

    images: tuple[Between, ...]
    after: bytes


def pack_stretch(images: Sequence[Between], after: bytes) -> bytes:
    """Return a stretch as bytes."""
    table = [_COUNT.pack(len(images))]
    table += [_ENTRY.pack(len(each.before), each.nbytes, each.crc32) for each in images]
    body = b"".join([*table, *(each.before for each in images), after])
    return zlib.compress(body, _LEVEL)


def unpack_stretch(data: bytes) -> Stretch:
    """Return what `pack_stretch` was given; ValueError where the bytes are damaged."""
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(data, MOST_NBYTES)
        if not unpacker.eof:
            raise ValueError("the data for restoring end early")
        (count,) = _COUNT.unpack_from(body)
        if _COUNT.size + count * _ENTRY.size > len(body):
            raise ValueError("the data for restoring are damaged")
        at = _COUNT.size + count * _ENTRY.size
        images = []
        for nbytes_before, nbytes, crc32 in _ENTRY.iter_unpack(body[_COUNT.size : at]):
            images.append(Between(body[at : at + nbytes_before], nbytes, crc32))
            at += nbytes_before
    except (zlib.error, struct.error) as error:
        raise ValueError(f"the data for restoring are damaged: {error}") from error
    if at > len(body):
        raise ValueError("the data for restoring are damaged")
    return Stretch(tuple(images), body[at:])
