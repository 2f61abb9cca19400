"""The quick walk through clusters finds what a plain walk over all elements finds, on any bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kinect_sync.errors import KsyncError
from kinect_sync.rig.modes import DepthMode
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import MOST_NBYTES, Element, ElementFile
from kinect_sync.takes.mkv.reader import find_segment, opened
from kinect_sync.takes.mkv.scan import Scan
from tests.takes.recorded import START_US, imu_samples, settings, take, writer

Found = dict[int, list[tuple[int, int, int]]]


def plain_walk(file: ElementFile, start: int, end: int) -> Found:
    """Every whole block of every track: time, offset, size."""
    found: Found = {}
    for cluster in file.children(start, end):
        time = 0
        for child in file.children(cluster.payload, cluster.end) if cluster.id == Id.CLUSTER else ():
            if not file.whole(child) or child.id == Id.CLUSTER:
                break
            if child.id == Id.TIMESTAMP:
                time = int.from_bytes(file.payload(child), "big")
            blocks = file.children(child.payload, child.end) if child.id == Id.BLOCK_GROUP else [child]
            for block in blocks:
                if block.id in (Id.SIMPLE_BLOCK, Id.BLOCK):
                    late = int.from_bytes(block.glance[1:3], "big", signed=True)
                    at = block.payload + (5 if block.glance[3] & 6 else 4)
                    found.setdefault(block.glance[0] & 0x7F, []).append((time + late, at, block.end - at))
    return found


def check(path: Path) -> int:
    with opened(path) as file:
        segment = find_segment(file, path)
        scan, plain = Scan(file, segment), plain_walk(file, segment.payload, segment.end)
        for track in range(1, 5):
            assert scan.track_blocks(track).tolist() == plain.get(track, [])
        return sum(map(len, plain.values()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording with IMU, and a cluster in which an element stands that no Kinect writes."""
    path = tmp_path_factory.mktemp("scan") / "a.mkv"
    device = settings(imu=True, depth_mode=DepthMode.OFF)
    with writer(path, device) as mkv:
        for number, one in enumerate(take(device, 12)):
            mkv.write_imu(imu_samples(START_US + number * 33_333, 20))
            mkv.write(one)
        odd = ebml.element(0x5854, ebml.element(0x58D7, b"\x03"))  # SilentTracks
        block = ebml.element(Id.SIMPLE_BLOCK, b"\x81\0\0\x80jpeg")
        return path.read_bytes() + ebml.element(Id.CLUSTER, ebml.uint(Id.TIMESTAMP, 9), odd, block)


def test_the_quick_walk_finds_what_the_plain_walk_finds(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(data)
    assert check(path) > 12 + 20
    start = data.index(ebml.encode_id(Id.CLUSTER))
    for end in range(start, len(data), 7):
        path.write_bytes(data[:end])
        check(path)


def test_only_the_last_cluster_can_be_cut(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mkv"
    chosen = random.Random(1)
    for _ in range(50):
        path.write_bytes(data[: chosen.randrange(len(data) // 2, len(data))])
        with opened(path) as file:
            scan = Scan(file, find_segment(file, path))
            assert scan.clusters_end <= scan.whole_end <= file.size
            assert scan.cut_cluster is None or scan.cut_cluster.end > file.size
            assert [place.time for place in scan.clusters()] == sorted(
                place.time for place in scan.clusters()
            )


def test_no_part_of_a_header_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "holes.mkv"
    with path.open("wb") as stream:
        stream.truncate(MOST_NBYTES + 1)
    with pytest.raises(KsyncError, match="a part of its header has more than 16 MB"), opened(path) as file:
        file.payload(Element(Id.TAGS, 0, 0, MOST_NBYTES + 1, sized=True, glance=b""))
