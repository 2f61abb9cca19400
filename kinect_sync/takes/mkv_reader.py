"""Reading a recording back: when each image was taken, and where in the file it stands.

Alignment, and proof of what was recorded, need the times of all images and none of the pixels; so the cost
is bounded by the number of images, not by gigabytes. Made by ksync or by libk4arecord, complete, cut off by
a kill, or still being written: what is whole is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.takes.ebml import Id
from kinect_sync.takes.mkv_elements import Element, ElementFile
from kinect_sync.takes.mkv_facts import Facts, read_facts

# Every writer puts these before the first cluster, where a reader of a cut file needs them.
_HEADER_PARTS = {Id.INFO: "Info", Id.TRACKS: "Tracks", Id.TAGS: "Tags"}
_LACING = 0x06
# Track number in one byte, time in two, flags in one.
_BLOCK_FIELDS_NBYTES = 4


@dataclass(frozen=True, slots=True)
class TrackBlocks:
    """The blocks of one track, in the order of the file: images, or groups of IMU samples."""

    timestamps_us: NDArray[np.int64]
    """Device times; of a group, that of its first sample."""
    offsets: NDArray[np.int64]
    """Where each payload begins in the file."""
    sizes: NDArray[np.int64]
    """Bytes of each payload."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: what its header says, and the place and time of every block."""

    path: Path
    facts: Facts
    tracks: Mapping[str, TrackBlocks]
    """Blocks by the name of their track: `COLOR`, `DEPTH`, `IR`, `IMU`."""
    complete: bool
    """Whether the file was closed properly; if not, the captures it holds are whole nonetheless."""
    truncated_bytes: int
    """Bytes at the end that belong to no whole block: what a kill cut off."""

    @property
    def color_us(self) -> NDArray[np.int64]:
        """Device times of the color images; empty where color is off."""
        return self._times("COLOR")

    @property
    def depth_us(self) -> NDArray[np.int64]:
        """Device times of the depth images; empty where there are none, as in passive IR."""
        return self._times("DEPTH")

    @property
    def ir_us(self) -> NDArray[np.int64]:
        """Device times of the IR images; empty where depth is off."""
        return self._times("IR")

    def _times(self, name: str) -> NDArray[np.int64]:
        return self.tracks[name].timestamps_us if name in self.tracks else np.empty(0, np.int64)


def read_recording(path: Path) -> Recording:
    """Read a recording without its images.

    Raises `KsyncError`: `recording-unreadable` where the file cannot be opened, `recording-not-matroska`,
    and `recording-header-incomplete` where it ends before or inside its header.
    """
    with _opened(path) as file:
        segment = _find_segment(file, path)
        scan = _Scan(file, segment)
        facts = _facts(file, scan.parts, path)
        return Recording(
            path=path,
            facts=facts,
            tracks={track.name: scan.track_blocks(track.number, facts) for track in facts.tracks},
            complete=segment.sized and scan.whole_end == segment.end,
            truncated_bytes=file.size - scan.whole_end,
        )


def read_image(recording: Recording, track: str, index: int) -> bytes:
    """Read one image as the SDK gave it: depth and IR in this host's byte order.

    Raises `IndexError` where the track has no such image, `KsyncError` where the file cannot be read.
    """
    blocks = recording.tracks[track]
    offset, nbytes = int(blocks.offsets[index]), int(blocks.sizes[index])
    with _opened(recording.path) as file:
        data = file.read(offset, nbytes)
    facts = recording.facts.track(track)
    if facts is not None and facts.fourcc == b"b16g":
        return np.frombuffer(data, ">u2").astype(np.uint16).tobytes()
    return data


class _Scan:
    """One pass over a file: the parts of its header, its blocks, and where the last whole thing ends."""

    def __init__(self, file: ElementFile, segment: Element) -> None:
        self.whole_end = segment.payload
        self.parts: dict[int, Element] = {}
        self._blocks: dict[int, list[tuple[int, int, int]]] = {}
        for child in file.children(segment.payload, segment.end):
            if child.id == Id.CLUSTER:
                self._cluster(file, child)
            elif file.whole(child):
                self.whole_end = child.end
                if child.id in _HEADER_PARTS:
                    self.parts[child.id] = child

    def track_blocks(self, number: int, facts: Facts) -> TrackBlocks:
        """Return what was found of a track, with device times."""
        found = np.array(self._blocks.get(number, []), np.int64).reshape(-1, 3)
        times_us = found[:, 0] * facts.timestamp_scale_ns // 1000 + facts.start_offset_us
        return TrackBlocks(times_us, found[:, 1].copy(), found[:, 2].copy())

    def _cluster(self, file: ElementFile, cluster: Element) -> None:
        time = 0
        for child in file.children(cluster.payload, cluster.end):
            if not file.whole(child) or (not cluster.sized and child.id == Id.CLUSTER):
                return
            if child.id == Id.TIMESTAMP:
                time = int.from_bytes(file.payload(child), "big")
            elif child.id == Id.SIMPLE_BLOCK:
                self._block(child, time)
            elif child.id == Id.BLOCK_GROUP:
                for block in file.children(child.payload, child.end):
                    if block.id == Id.BLOCK:
                        self._block(block, time)
            self.whole_end = child.end

    def _block(self, block: Element, time: int) -> None:
        fields = block.glance
        track = fields[0] & 0x7F
        late = int.from_bytes(fields[1:3], "big", signed=True)
        payload = block.payload + _BLOCK_FIELDS_NBYTES
        # One byte more tells the number of frames where a block holds several.
        payload += 1 if fields[3] & _LACING else 0
        self._blocks.setdefault(track, []).append((time + late, payload, block.end - payload))


@contextmanager
def _opened(path: Path) -> Iterator[ElementFile]:
    try:
        with path.open("rb", buffering=0) as stream:
            yield ElementFile(stream)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise _error("recording-unreadable", what, "check the path and the disk") from error


def _find_segment(file: ElementFile, path: Path) -> Element:
    top = {element.id: element for element in file.children(0, file.size)}
    if file.size and Id.EBML not in top:
        raise _error("recording-not-matroska", f"{path} is no Matroska file", "give a recording of a Kinect")
    if Id.SEGMENT not in top:
        raise _incomplete(f"{path} ends before its header")
    segment = top[Id.SEGMENT]
    # Where libk4arecord was killed, the size is still 0, or that of the last flush.
    if segment.sized and segment.end < file.size:
        segment = segment._replace(end=file.size, sized=False)
    return segment


def _facts(file: ElementFile, parts: Mapping[int, Element], path: Path) -> Facts:
    missing = [name for element_id, name in _HEADER_PARTS.items() if element_id not in parts]
    if missing:
        raise _incomplete(f"{path} ends before or inside its {', '.join(missing)}")
    try:
        return read_facts(file, parts)
    except (ValueError, KeyError, IndexError) as error:
        what = f"{path} is Matroska, but no recording of a Kinect that ksync knows ({error})"
        raise _error("recording-not-kinect", what, "give a recording of a Kinect") from error


def _incomplete(what: str) -> KsyncError:
    what += ": the program that wrote it died too early"
    return _error("recording-header-incomplete", what, "leave this file out; it cannot be read")


def _error(code: str, what: str, remedy: str) -> KsyncError:
    return KsyncError(Finding(code=code, what=what, remedy=remedy))
