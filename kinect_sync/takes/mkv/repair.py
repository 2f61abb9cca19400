"""A recording that its recorder did not live to finish, made whole.

What is missing depends on who wrote it and how far it came. ksync: size, index and duration. libk4arecord
that never flushed: also Info and the tag K4A_START_OFFSET_NS, without which it refuses the file. After a
flush and more captures: they overwrote the index that the start of the file still points to.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kinect_sync.errors import KsyncError
from kinect_sync.findings.files import NOTHING_TO_REPAIR, REPAIR_NOT_WRITTEN
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.cues import Cues
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.header_room import HeaderRoom
from kinect_sync.takes.mkv.layout import TIMESTAMP_SCALE_NS
from kinect_sync.takes.mkv.reader import (
    OFFSET_SOURCE_TAG,
    OffsetSource,
    facts_of,
    find_segment,
    opened,
    start_offset,
)
from kinect_sync.takes.mkv.scan import ClusterPlace, Scan
from kinect_sync.takes.mkv.tags import build_tag
from kinect_sync.version import __version__

_FLOATS = {4: ">f", 8: ">d"}
"""A float in Matroska, by its size; one of another size is none."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What a recording lacks, and where its whole images end."""

    missing: tuple[str, ...]
    """In words; empty where nothing is missing."""
    end: int
    """Where the last whole image ends."""
    cut_bytes: int
    """What follows there: parts of an image, or of an index."""
    start_offset_us: int
    start_offset_from: OffsetSource


def assess(path: Path) -> Damage:
    """Find out what a recording lacks.

    Raises `KsyncError` as `read_recording` does, and `nothing-to-repair` where there is no whole image.
    """
    with opened(path) as file:
        segment, scan, facts = _read(file, path)
        offset_us, source = start_offset(file, scan, facts)
        cues = scan.parts.get(Id.CUES)
        missing = []
        if not (segment.sized and segment.end == file.size and scan.whole_end == segment.end):
            missing.append("size")
        if cues is None or _seeks(file, scan, segment).get(Id.CUES) != cues.start:
            missing.append("index")
        if Id.INFO not in scan.parts or not _duration(file, scan.parts[Id.INFO]):
            missing.append("duration")
        if facts.start_offset_us is None:
            missing.append("start offset")
        end = scan.clusters_end if missing else file.size
        return Damage(tuple(missing), end, file.size - end, offset_us, source)


def complete(path: Path, start_offset_us: int, source: OffsetSource) -> None:
    """Complete a recording in place; `source` says how the start offset was found.

    Interrupted at any point, it leaves a file that can be repaired again. Raises `KsyncError` as `assess`
    does, and `repair-no-room` where the header has no room for what is missing.
    """
    with opened(path) as file:
        segment, scan, facts = _read(file, path)
        room = HeaderRoom(file, segment, scan.first_cluster.start if scan.first_cluster else 0)
        cues = _cues(scan.clusters(), facts, segment)
        head = room.rebuilt(
            info=info_with(file, scan.parts.get(Id.INFO), _last_time(scan, facts)),
            tags=_offset_tags(facts, start_offset_us, source),
            cues_at=scan.clusters_end,
            end=scan.clusters_end + len(cues),
        )
        patches = _shortened(scan.cut_cluster, scan.clusters_end) if scan.cut_cluster else []
    _apply(path, [*patches, (scan.clusters_end, cues)], head, scan.clusters_end)


def _apply(path: Path, patches: Sequence[tuple[int, bytes]], head: bytes, end: int) -> None:
    try:
        with path.open("r+b") as stream:
            stream.truncate(end)
            for at, data in patches:
                stream.seek(at)
                stream.write(data)
            _force(stream)
            # The index must be on the disk before the start of the file says where it is.
            stream.seek(0)
            stream.write(head)
            _force(stream)
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror or error}"
        raise KsyncError(REPAIR_NOT_WRITTEN.found(what)) from error


def _force(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _read(file: ElementFile, path: Path) -> tuple[Element, Scan, Facts]:
    segment = find_segment(file, path)
    scan = Scan(file, segment)
    facts = facts_of(file, scan.parts, path)
    if not scan.clusters():
        raise KsyncError(NOTHING_TO_REPAIR.found(f"{path} holds no whole image"))
    return segment, scan, facts


def _seeks(file: ElementFile, scan: Scan, segment: Element) -> dict[int, int]:
    """Return where the start of the file says that its parts are, by id."""
    found = {}
    seek_head = scan.parts.get(Id.SEEK_HEAD)
    for seek in file.children(seek_head.payload, seek_head.end) if seek_head else ():
        fields = {child.id: file.payload(child) for child in file.children(seek.payload, seek.end)}
        if Id.SEEK_ID in fields and Id.SEEK_POSITION in fields:
            position = int.from_bytes(fields[Id.SEEK_POSITION], "big")
            found[int.from_bytes(fields[Id.SEEK_ID], "big")] = segment.payload + position
    return found


def _duration(file: ElementFile, info: Element) -> float:
    for child in file.children(info.payload, info.end):
        if child.id == Id.DURATION:
            data = file.payload(child)
            return float(struct.unpack(_FLOATS[len(data)], data)[0]) if len(data) in _FLOATS else 0.0
    return 0.0


def info_with(file: ElementFile, info: Element | None, duration: int) -> bytes:
    """Return Info with a duration at its end: what it had, or what libk4arecord would have written."""
    length = ebml.float64(Id.DURATION, float(max(1, duration)))
    if info is None:
        writer = f"ksync-{__version__}"
        return ebml.element(
            Id.INFO,
            ebml.uint(Id.TIMESTAMP_SCALE, TIMESTAMP_SCALE_NS),
            ebml.text(Id.MUXING_APP, writer),
            ebml.text(Id.WRITING_APP, writer),
            length,
        )
    kept = [
        file.read(child.start, child.end - child.start)
        for child in file.children(info.payload, info.end)
        if child.id not in (Id.CRC_32, Id.VOID, Id.DURATION)
    ]
    return ebml.element(Id.INFO, *kept, length)


def _offset_tags(facts: Facts, start_offset_us: int, source: OffsetSource) -> bytes:
    offset = build_tag("K4A_START_OFFSET_NS", str(start_offset_us * 1000))
    mark = build_tag(OFFSET_SOURCE_TAG, source.value)
    return offset + mark if facts.start_offset_us is None else b""


def _last_time(scan: Scan, facts: Facts) -> int:
    times = [scan.track_blocks(track.number)["time"] for track in facts.tracks]
    return max(int(each.max()) for each in times if len(each))


def _cues(clusters: Sequence[ClusterPlace], facts: Facts, segment: Element) -> bytes:
    cues = Cues(facts.timestamp_scale_ns)
    for cluster in clusters:
        cues.note(cluster.time, cluster.track, cluster.start - segment.payload)
    return cues.element()


def _shortened(cluster: Element, end: int) -> list[tuple[int, bytes]]:
    """Return what makes a cluster end after its last whole block; its checksum becomes a Void."""
    id_nbytes = len(ebml.encode_id(Id.CLUSTER))
    width = cluster.payload - cluster.start - id_nbytes
    patches = [(cluster.start + id_nbytes, ebml.encode_size(end - cluster.payload, width))]
    if cluster.glance[:1] == ebml.encode_id(Id.CRC_32):
        patches.append((cluster.payload, ebml.encode_id(Id.VOID)))
    return patches
