"""The clusters of a recording in pieces: images that may be packed, and all that stands between them.

Nothing of a damaged file is taken for an image that is not one to the last byte; the rest stays as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts

_FIELDS = struct.Struct(">BhB")
# A track's number takes one byte below 128, with this bit; an image alone in its block has no lacing.
_ONE_BYTE, _LACING = 0x80, 0x06
_MOST_TIME, _TIME_NBYTES = 2**42, 8
_MOST_PIECES = 64
"""Of a cluster from elsewhere, which may hold a whole recording."""
_FAR = 1 << 20
"""Bytes of a group of IMU samples at most, and of what may stand between two pieces of one cluster."""
_MOST_NBYTES = 256 << 20
"""Of an image: the largest, BGRA at 3072p, has 50 MB."""


class Image(NamedTuple):
    """An image in a block of its own."""

    track: int
    """Number of its track."""
    late: int
    """Time after its cluster, in the file's unit; signed 16 bit."""
    flags: int
    offset: int
    """First byte of it in the file."""
    nbytes: int


def simple_block(track: int, late: int, flags: int, data: bytes) -> bytes:
    """Return a block with an image alone in it; the first three as `Image` has them."""
    return ebml.element(Id.SIMPLE_BLOCK, _FIELDS.pack(_ONE_BYTE | track, late, flags), data)


class Other(NamedTuple):
    """An element of a cluster that is kept as it is, such as a group of IMU samples."""

    start: int
    nbytes: int


class Cluster(NamedTuple):
    """One cluster, or a part of a long one."""

    time: int
    """In the file's unit."""
    pieces: tuple[Image | Other, ...]

    @property
    def start(self) -> int:
        """Where its first piece begins."""
        first = self.pieces[0]
        return first.offset if isinstance(first, Image) else first.start

    @property
    def end(self) -> int:
        """Where its last piece ends."""
        last = self.pieces[-1]
        return last.offset + last.nbytes if isinstance(last, Image) else last.start + last.nbytes


def time_us(cluster: Cluster, image: Image, facts: Facts) -> int:
    """Return the time of an image in µs since the start of the file."""
    return (cluster.time + image.late) * facts.timestamp_scale_ns // 1000


def clusters(file: ElementFile, segment: Element, facts: Facts) -> Iterator[Cluster]:
    """Walk the clusters of a recording in the order of the file; each piece is whole, and after the last."""
    tracks = {track.number: track.name for track in facts.tracks if track.name != "IMU"}
    reached = segment.payload
    for element in file.children(segment.payload, segment.end):
        if element.id == Id.CLUSTER and element.payload >= reached:
            for cluster in _parts(file, element, tracks):
                yield cluster
                reached = max(reached, cluster.end)


def _parts(file: ElementFile, cluster: Element, tracks: Mapping[int, str]) -> Iterator[Cluster]:
    """Cut a cluster where it has many pieces, or much between two of them."""
    time = 0
    pieces: list[Image | Other] = []
    limit = min(cluster.end, file.size)
    for child in file.children(cluster.payload, limit):
        if child.end > limit or not child.sized:
            break
        if child.id == Id.TIMESTAMP:
            time = int.from_bytes(child.glance[: child.end - child.payload], "big")
            if child.end - child.payload > _TIME_NBYTES or time > _MOST_TIME or pieces:
                break
            continue
        piece = _piece(child, tracks)
        if piece is not None:
            pieces.append(piece)
        if pieces and (len(pieces) == _MOST_PIECES or (piece is None and child.end - child.start > _FAR)):
            yield Cluster(time, tuple(pieces))
            pieces = []
    if pieces:
        yield Cluster(time, tuple(pieces))


def _piece(element: Element, tracks: Mapping[int, str]) -> Image | Other | None:
    if element.id == Id.BLOCK_GROUP:
        nbytes = element.end - element.start
        return Other(element.start, nbytes) if nbytes <= _FAR else None
    if element.id != Id.SIMPLE_BLOCK or len(element.glance) < _FIELDS.size:
        return None
    track, late, flags = _FIELDS.unpack_from(element.glance)
    nbytes = element.end - element.payload - _FIELDS.size
    known = track & _ONE_BYTE and (track & ~_ONE_BYTE) in tracks
    if not known or flags & _LACING or not 0 <= nbytes <= _MOST_NBYTES:
        return None
    return Image(track & ~_ONE_BYTE, late, flags, element.payload + _FIELDS.size, nbytes)
