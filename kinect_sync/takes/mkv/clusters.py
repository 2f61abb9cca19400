"""Clusters: the pieces that a recording grows by, one for a capture, one for some IMU samples.

A block's time counts from its cluster in 16 bits, ±32.767 ms. Depth may lie up to 200 ms off color (at 5
fps), so such a capture takes a cluster for each; all clusters of a capture stand in order of time, because
libk4arecord seeks by walking clusters until one is too late.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from kinect_sync.captures import ImuSample
from kinect_sync.takes.appending import Part
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id

MAX_BLOCK_TIME = 0x7FFF
"""Latest time of a block after its cluster, in µs."""

IMU_SAMPLE = struct.Struct("<Q3fQ3f")
"""Acceleration time in ns and m/s², then rotation time in ns and rad/s: absolute device times."""

PAGE = 4096
"""Smallest page of any machine that has a Kinect: larger ones are multiples of it."""

# Longest head of a cluster: id and size, id, size and bytes of its time.
_HEAD_ROOM = ebml.MAX_HEAD + 10

# Frames that libmatroska puts into one block.
_IMU_BLOCK_SAMPLES = 8
_FIXED_LACING = 0x04
_KEYFRAME = 0x80
# Four bytes of size hold 256 MiB: more than any capture. A fixed width lets one pack do.
_SIZE_4 = 0x10000000
_CLUSTER_HEAD = struct.Struct(">IIHQ")
_CLUSTER_TIMESTAMP = ebml.encode_id(Id.TIMESTAMP)[0] << 8 | 0x88
_TIMESTAMP_NBYTES = 10
_BLOCK_HEAD = struct.Struct(">BIBhB")
_BLOCK_FIELDS_NBYTES = 4


class Block(NamedTuple):
    """One image, ready to be written."""

    time_us: int
    """Since the start of the file."""
    track: int
    data: Part


class Cluster(NamedTuple):
    """A cluster, ready to be written."""

    time_us: int
    track: int
    """The track of its first block."""
    parts: list[Part]

    @property
    def nbytes(self) -> int:
        """Size of the cluster in the file."""
        return sum(len(part) for part in self.parts)


def split_blocks(blocks: Sequence[Block]) -> list[Cluster]:
    """Put blocks into as few clusters as their times allow, in order of time."""
    clusters: list[Cluster] = []
    inside: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.time_us):
        if inside and block.time_us - inside[0].time_us > MAX_BLOCK_TIME:
            clusters.append(_image_cluster(inside))
            inside = []
        inside.append(block)
    if inside:
        clusters.append(_image_cluster(inside))
    return clusters


def _image_cluster(blocks: Sequence[Block]) -> Cluster:
    time_us = blocks[0].time_us
    parts: list[Part] = []
    nbytes = _TIMESTAMP_NBYTES
    for block in blocks:
        size = len(block.data) + _BLOCK_FIELDS_NBYTES
        late = block.time_us - time_us
        parts += [_BLOCK_HEAD.pack(Id.SIMPLE_BLOCK, _SIZE_4 | size, 0x80 | block.track, late, _KEYFRAME)]
        parts += [block.data]
        nbytes += size + _BLOCK_HEAD.size - _BLOCK_FIELDS_NBYTES
    parts.insert(0, _CLUSTER_HEAD.pack(Id.CLUSTER, _SIZE_4 | nbytes, _CLUSTER_TIMESTAMP, time_us))
    return Cluster(time_us, blocks[0].track, parts)


def empty_cluster() -> Cluster:
    """Return a cluster without a block, for a file without a capture: libk4arecord refuses one without."""
    return Cluster(0, 0, [_CLUSTER_HEAD.pack(Id.CLUSTER, _SIZE_4 | _TIMESTAMP_NBYTES, _CLUSTER_TIMESTAMP, 0)])


def imu_clusters(samples: Sequence[ImuSample], track: int, start_us: int) -> list[Cluster]:
    """Return IMU samples, none before `start_us`, as clusters of block groups."""
    clusters: list[Cluster] = []
    groups: list[bytes] = []
    cluster_us = 0
    for block in _imu_blocks(samples):
        time_us = block[0].acc_timestamp_usec
        if groups and not 0 <= time_us - cluster_us <= MAX_BLOCK_TIME:
            clusters.append(_imu_cluster(groups, track, cluster_us - start_us))
            groups = []
        if not groups:
            cluster_us = time_us
        groups.append(_imu_group(block, track, time_us - cluster_us))
    if groups:
        clusters.append(_imu_cluster(groups, track, cluster_us - start_us))
    return clusters


def place(clusters: Sequence[Cluster], at: int) -> tuple[list[Part], list[int]]:
    """Return what to write at `at` in the file, and where in the file each cluster then starts.

    A kill ends a write between two pages. libk4arecord reads on after any such end but one inside the time
    of a cluster: there it aborts the whole process ("EOF in readFully"). So where the head of a cluster
    would lie across two pages, a Void moves it to the second.
    """
    parts: list[Part] = []
    positions: list[int] = []
    for cluster in clusters:
        left = PAGE - at % PAGE
        if left < _HEAD_ROOM:
            filling = ebml.void(max(2, left))
            parts.append(filling)
            at += len(filling)
        positions.append(at)
        parts += cluster.parts
        at += cluster.nbytes
    return parts, positions


def _imu_blocks(samples: Sequence[ImuSample]) -> list[list[ImuSample]]:
    """Cut samples into blocks that hold few enough and never go back in time."""
    blocks: list[list[ImuSample]] = []
    for sample in samples:
        block = blocks[-1] if blocks else []
        follows = block and block[-1].acc_timestamp_usec <= sample.acc_timestamp_usec
        if follows and len(block) < _IMU_BLOCK_SAMPLES:
            block.append(sample)
        else:
            blocks.append([sample])
    return blocks


def _imu_group(samples: Sequence[ImuSample], track: int, late_us: int) -> bytes:
    # Frames of one size need no table of sizes: their number less one, then the frames.
    head = struct.pack(">BhBB", 0x80 | track, late_us, _FIXED_LACING, len(samples) - 1)
    frames = (
        IMU_SAMPLE.pack(
            sample.acc_timestamp_usec * 1000,
            *sample.acc_m_s2,
            sample.gyro_timestamp_usec * 1000,
            *sample.gyro_rad_s,
        )
        for sample in samples
    )
    lasts_us = samples[-1].acc_timestamp_usec - samples[0].acc_timestamp_usec + 1
    return ebml.element(
        Id.BLOCK_GROUP, ebml.element(Id.BLOCK, head, *frames), ebml.uint(Id.BLOCK_DURATION, lasts_us)
    )


def _imu_cluster(groups: Sequence[bytes], track: int, time_us: int) -> Cluster:
    return Cluster(time_us, track, [ebml.element(Id.CLUSTER, ebml.uint(Id.TIMESTAMP, time_us), *groups)])
