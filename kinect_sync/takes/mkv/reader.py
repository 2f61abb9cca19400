"""Reading a recording back: when each image was taken, and where in the file it stands.

Alignment, and proof of what was recorded, need the times of all images and none of the pixels; so the cost
is bounded by the number of images, not by gigabytes. Made by ksync or by libk4arecord, complete, cut off by
a kill, or still being written: what is whole is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError
from kinect_sync.files import open_file
from kinect_sync.findings.files import (
    RECORDING_HEADER_INCOMPLETE,
    RECORDING_NOT_KINECT,
    RECORDING_NOT_MATROSKA,
    RECORDING_UNREADABLE,
)
from kinect_sync.takes.archive.original import RESTORE_NAME, original_in_tags
from kinect_sync.takes.decoding import gray_decoder
from kinect_sync.takes.mkv.clusters import IMU_SAMPLE
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts, read_facts
from kinect_sync.takes.mkv.scan import Scan

OFFSET_SOURCE_TAG = "KSYNC_START_OFFSET"
"""Tag of a repaired file: how its start offset was found."""

# Every writer puts these before the first cluster, where a reader of a cut file needs them.
_HEADER_PARTS = {Id.TRACKS: "Tracks", Id.TAGS: "Tags"}
# IMU samples looked at to find the start offset: one would do.
_IMU_WITNESSES = 16


class OffsetSource(str, Enum):
    """How the start offset of a file is known."""

    TAG = "tag"
    """The file says it."""
    IMU = "imu"
    """The recorder died before it wrote it; IMU samples hold the device's time themselves."""
    SET = "set"
    """Worked out from the other files of its set when it was repaired; it may be whole pulses off."""
    UNKNOWN = "unknown"
    """Nothing in the file tells; its times count from 0."""

    def __str__(self) -> str:
        """Return the word as it stands in a report."""
        return str(self.value)


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
    start_offset_us: int
    """Device time that the file's times count from: that of the tag, or as `start_offset_from` says."""
    start_offset_from: OffsetSource
    complete: bool
    """Whether the file was closed properly, or that which it is the archive of; if not, the captures it holds
    are whole nonetheless."""
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
    with opened(path) as file:
        return recording_in(file, path)


def recording_in(file: ElementFile, path: Path) -> Recording:
    """Read a recording that is open already, as `read_recording` does; `path` is what it is called.

    Raises OSError too.
    """
    segment = find_segment(file, path)
    scan = Scan(file, segment)
    facts = facts_of(file, scan.parts, path)
    offset_us, source = start_offset(file, scan, facts)
    archived = original_in_tags(facts.tags)
    complete = segment.sized and scan.whole_end == segment.end
    return Recording(
        path=path,
        facts=facts,
        tracks={
            track.name: _device_times(scan.track_blocks(track.number), facts, offset_us)
            for track in facts.tracks
            if archived is None or track.name != RESTORE_NAME
        },
        start_offset_us=offset_us,
        start_offset_from=source,
        complete=complete and (archived is None or archived.complete),
        truncated_bytes=file.size - scan.whole_end + (archived.truncated_bytes if archived else 0),
    )


def read_image(recording: Recording, track: str, index: int) -> bytes:
    """Read one image as the SDK gave it: depth and IR in this host's byte order.

    Raises `IndexError` where the track has no such image, `KsyncError` where the file cannot be read, and
    ValueError where the image is damaged.
    """
    blocks = recording.tracks[track]
    offset, nbytes = int(blocks.offsets[index]), int(blocks.sizes[index])
    with opened(recording.path) as file:
        data = file.read(offset, nbytes)
    facts = recording.facts.track(track)
    if facts is not None and (facts.packing is not None or facts.fourcc == b"b16g"):
        return gray_decoder(facts)(data).astype(np.uint16).tobytes()
    return data


@contextmanager
def opened(path: Path) -> Iterator[ElementFile]:
    """Open a recording to read its elements; `KsyncError` (`recording-unreadable`) where that fails."""
    try:
        with open_file(path) as stream:
            yield ElementFile(stream)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise KsyncError(RECORDING_UNREADABLE.found(what)) from error


def start_offset(file: ElementFile, scan: Scan, facts: Facts) -> tuple[int, OffsetSource]:
    """Return the device time in µs that the file's times count from, and how it is known.

    libk4arecord writes it down when it flushes or closes. Before that, only IMU samples, which carry their
    own device time in ns beside the file's, give it away.
    """
    if facts.start_offset_us is not None:
        return facts.start_offset_us, OffsetSource(facts.tags.get(OFFSET_SOURCE_TAG, OffsetSource.TAG))
    imu = facts.track("IMU")
    samples = scan.track_blocks(imu.number)[:_IMU_WITNESSES] if imu else ()
    offsets_us = sorted(
        int.from_bytes(file.read(int(sample["offset"]), 8), "little") // 1000
        - int(sample["time"]) * facts.timestamp_scale_ns // 1000
        for sample in samples
        if sample["size"] >= IMU_SAMPLE.size
    )
    offset_us = offsets_us[len(offsets_us) // 2] if offsets_us else -1
    return (offset_us, OffsetSource.IMU) if 0 <= offset_us < 2**62 else (0, OffsetSource.UNKNOWN)


def _device_times(found: NDArray[np.void], facts: Facts, start_offset_us: int) -> TrackBlocks:
    times_us = found["time"] * facts.timestamp_scale_ns // 1000 + start_offset_us
    return TrackBlocks(times_us, found["offset"].copy(), found["size"].copy())


def find_segment(file: ElementFile, path: Path) -> Element:
    """Return the element that holds all others; `KsyncError` where this is no Matroska file."""
    top = {element.id: element for element in file.children(0, file.size)}
    if file.size and Id.EBML not in top:
        raise KsyncError(RECORDING_NOT_MATROSKA.found(f"{path} is no Matroska file"))
    if Id.SEGMENT not in top:
        raise _incomplete(f"{path} ends before its header")
    segment = top[Id.SEGMENT]
    # Where libk4arecord was killed, the size is still 0, or that of the last flush.
    if segment.sized and segment.end < file.size:
        segment = segment._replace(end=file.size, sized=False)
    return segment


def facts_of(file: ElementFile, parts: Mapping[int, Element], path: Path) -> Facts:
    """Return what the header says; `KsyncError` where it is cut off or not a Kinect's."""
    missing = [name for element_id, name in _HEADER_PARTS.items() if element_id not in parts]
    if missing:
        raise _incomplete(f"{path} ends before or inside its {', '.join(missing)}")
    try:
        return read_facts(file, parts)
    except (ValueError, KeyError, IndexError) as error:
        what = f"{path} is Matroska, but no recording of a Kinect that ksync knows ({error})"
        raise KsyncError(RECORDING_NOT_KINECT.found(what)) from error


def _incomplete(what: str) -> KsyncError:
    return KsyncError(RECORDING_HEADER_INCOMPLETE.found(f"{what}: the program that wrote it died too early"))
