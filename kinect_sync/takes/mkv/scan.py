"""One pass over a recording: where each block, each cluster and each part of the header stands.

An hour of one device is 100,000 clusters with 300,000 blocks, so the walk through clusters is the one place
where a call per element counts. It reads 64 bytes at the head of each image, and no image.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.mkv.ebml import MAX_HEAD, Id
from kinect_sync.takes.mkv.elements import GLANCE, TOP_LEVEL, Element, ElementFile

# Track number, time after the cluster, flags: then the image.
_FIELDS = struct.Struct(">BhB")
_TRACK = 0x7F
_LACING = 0x06
# What must lie in the glance for an element to be understood without another read.
_ROOM = MAX_HEAD + _FIELDS.size
# By the first byte of a size: how many bytes it has, and which of its bits are the number.
_WIDTH = bytes(9 - byte.bit_length() if byte else 0 for byte in range(256))
_MASK = tuple((1 << 7 * width) - 1 for width in range(9))
# 50 days in µs: more is damage, and would not fit the arithmetic.
_MAX_TIME = 2**42
_BLOCK = np.dtype([("time", np.int64), ("offset", np.int64), ("size", np.int64)])


class ClusterPlace(NamedTuple):
    """One cluster that holds a whole block."""

    start: int
    time: int
    """Of its first block, in the file's unit."""
    track: int
    """Of its first block."""


class BlockWalk:
    """Takes the blocks of clusters, one cluster after the other."""

    def __init__(self, file: ElementFile) -> None:
        """Begin without blocks."""
        self._file = file
        self._blocks: dict[int, array[int]] = {}
        self.first: tuple[int, int] | None = None
        """Time and track of the first block of the last cluster that had one, until somebody forgets it."""

    def track_blocks(self, number: int) -> NDArray[np.void]:
        """Return a track's blocks in the order of the file, with the fields `time`, `offset` and `size`."""
        return np.frombuffer(self._blocks.get(number, b""), _BLOCK)

    def last_blocks(self, number: int, count: int) -> Iterator[tuple[int, int, int]]:
        """Yield the last so many blocks of a track: time, offset and size of each."""
        fields = iter(self._blocks.get(number, ())[-3 * count :])
        return zip(fields, fields, fields, strict=True)

    def take(self, cluster: Element) -> int:
        """Take the whole blocks of a cluster, and return where its last whole element ends."""
        limit = min(cluster.end, self._file.size)
        data, base = cluster.glance, cluster.payload
        at, time = cluster.payload, 0
        while at < limit:
            i = at - base
            if i + _ROOM > len(data):
                data, base, i = self._glance(at), at, 0
            kind, width = data[i], _WIDTH[data[i + 1]]
            payload = at + 1 + width
            size = int.from_bytes(data[i + 1 : i + 1 + width], "big") & _MASK[width]
            if kind < 0x80 or width == 0 or size == _MASK[width]:
                element = self._odd_one(at, cluster)
                if element is None:
                    return at
                kind, payload, size = 0, element.payload, element.end - element.payload
            if payload + size > limit:
                return at
            if kind == Id.SIMPLE_BLOCK:
                self._take_block(data, i + 1 + width, payload, size, time)
            elif kind == Id.TIMESTAMP:
                time = int.from_bytes(data[i + 1 + width : i + 1 + width + size], "big")
                if time > _MAX_TIME:
                    return at
            elif kind == Id.BLOCK_GROUP:
                self._take_group(payload, payload + size, time)
            at = payload + size
        return at

    def _glance(self, at: int) -> bytes:
        data = self._file.read(at, GLANCE)
        return data if len(data) == GLANCE else data + bytes(_ROOM)

    def _odd_one(self, at: int, cluster: Element) -> Element | None:
        """Return an element that no Kinect's cluster has, to pass over it; None where the cluster ends."""
        element = next(self._file.children(at, cluster.end), None)
        return element if element is not None and element.sized and element.id not in TOP_LEVEL else None

    def _take_group(self, start: int, end: int, time: int) -> None:
        for block in self._file.children(start, end):
            if block.id == Id.BLOCK and len(block.glance) >= _FIELDS.size:
                self._take_block(block.glance, 0, block.payload, block.end - block.payload, time)

    def _take_block(self, data: bytes, fields: int, start: int, size: int, time: int) -> None:
        track, late, flags = _FIELDS.unpack_from(data, fields)
        # One byte more tells the number of frames where a block holds several.
        before = _FIELDS.size + 1 if flags & _LACING else _FIELDS.size
        track &= _TRACK
        blocks = self._blocks.get(track)
        if blocks is None:
            blocks = self._blocks[track] = array("q")
        blocks.extend((time + late, start + before, size - before))
        if self.first is None:
            self.first = time + late, track


class Scan:
    """What one pass over a Segment found; what is cut off at its end is not among it."""

    def __init__(self, file: ElementFile, segment: Element) -> None:
        """Walk the Segment to its last whole block."""
        self.whole_end = segment.payload
        """Where the last whole element ends."""
        self.clusters_end = segment.payload
        """Where the last whole block ends."""
        self.parts: dict[int, Element] = {}
        """The last whole element of each kind on the level of the clusters."""
        self.first_cluster: Element | None = None
        self.cut_cluster: Element | None = None
        """The last cluster, where the file ends inside it and after a whole block."""
        self._walk = BlockWalk(file)
        self._clusters: array[int] = array("q")
        for child in file.children(segment.payload, segment.end):
            if child.id == Id.CLUSTER:
                self._take_cluster(child)
            elif file.whole(child):
                self.whole_end = child.end
                self.parts[child.id] = child

    def track_blocks(self, number: int) -> NDArray[np.void]:
        """Return a track's blocks in the order of the file, with the fields `time`, `offset` and `size`."""
        return self._walk.track_blocks(number)

    def clusters(self) -> list[ClusterPlace]:
        """Return the clusters that hold a whole block, in the order of the file."""
        flat = iter(self._clusters)
        return [ClusterPlace(*place) for place in zip(flat, flat, flat, strict=True)]

    def _take_cluster(self, cluster: Element) -> None:
        self.first_cluster = self.first_cluster or cluster
        self._walk.first = None
        end = self._walk.take(cluster)
        if end > cluster.payload:
            self.whole_end = end
        if self._walk.first is not None:
            self._clusters.extend((cluster.start, *self._walk.first))
            self.clusters_end = end
            if cluster.sized and end < cluster.end:
                self.cut_cluster = cluster
