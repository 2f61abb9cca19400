"""A recording, written anew with its depth and IR packed, and all that its way back needs."""

from __future__ import annotations

import errno
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from kinect_sync.errors import KsyncError
from kinect_sync.findings.files import RECORDING_NOT_KINECT
from kinect_sync.takes.appending import AppendedFile
from kinect_sync.takes.archive.header import Tracks, build_header
from kinect_sync.takes.archive.original import ORIGINAL_ROOM, Original
from kinect_sync.takes.archive.pieces import Cluster, Image, clusters, simple_block
from kinect_sync.takes.archive.restore_data import Between, pack_stretch
from kinect_sync.takes.decoding import decode_gray
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.cues import Cues
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts, TrackFacts
from kinect_sync.takes.mkv.scan import Scan
from kinect_sync.takes.packing.encoding import gray_encoder
from kinect_sync.takes.packing.packings import PACKED, Packing

STRETCH = 96
"""Images of a stretch: 32 captures, some 50 MB as they were."""
_MOST_BETWEEN = 8 << 20
"""Bytes between images that a stretch holds; there is more only where a file is no recording any more."""
_KEYFRAME = 0x80
_MOST_TRACK = 126
_MOST_PIXELS = 4096
"""Of a row or a column; the depth camera has 1024."""

Progress = Callable[[int], None]
"""Called with so many bytes of the recording more that are done."""


class Made(NamedTuple):
    """A cluster of the archive."""

    time: int
    """In the file's unit."""
    track: int | None
    """Of its first image; None where it holds none."""
    data: bytes


def _check(packed: Iterable[TrackFacts], last_number: int) -> None:
    sides = [side for track in packed for side in (track.width, track.height)]
    if last_number > _MOST_TRACK or not all(0 < side <= _MOST_PIXELS for side in sides):
        what = f"its header says what no recording has: images of {sides} pixels, {last_number - 1} tracks"
        raise KsyncError(RECORDING_NOT_KINECT.found(what))


class ArchiveWriter:
    """Writes the archive of one recording."""

    def __init__(
        self, file: ElementFile, segment: Element, scan: Scan, facts: Facts, packing: Packing
    ) -> None:
        """Take an open recording.

        Raises UsageError (`pyav-missing`) where the packing needs what is not there, and KsyncError
        (`recording-not-kinect`) where the header, damaged perhaps, says what no recording has.
        """
        self._file = file
        self._segment = segment
        self._facts = facts
        self._packed = {track.number: track for track in facts.tracks if track.name in PACKED}
        self._restore = max((track.number for track in facts.tracks), default=0) + 1
        _check(self._packed.values(), self._restore)
        self._encoders = {
            number: gray_encoder((track.width, track.height), packing)
            for number, track in self._packed.items()
        }
        extradata = {number: encoder.extradata for number, encoder in self._encoders.items()}
        tracks = Tracks(packing, extradata, self._restore)
        self._header = build_header(file, file.read(0, segment.start), scan.parts, facts, tracks)
        self._scan = scan
        self._hash = hashlib.sha256()
        self._reached = 0
        """Bytes of the recording that were taken."""
        self._cues = Cues(facts.timestamp_scale_ns)
        self._last_time = 0

    def write(self, path: Path, executor: Executor, progress: Progress) -> Original:
        """Write the archive, a new file; KsyncError where the disk refuses, UsageError where there is one."""
        out = AppendedFile(path)
        try:
            out.append([self._header.data])
            for gathered, following in self._stretches():
                before = self._reached
                self._put(out, self._packed_stretch(gathered, executor))
                while (
                    following - self._reached > _MOST_BETWEEN or following == self._file.size > self._reached
                ):
                    self._put(out, self._between(min(_MOST_BETWEEN, following - self._reached)))
                progress(self._reached - before)
            return self._finish(out)
        finally:
            out.close()

    def _stretches(self) -> Iterator[tuple[list[Cluster], int]]:
        """Gather clusters until they have enough images; say where the next stretch or the end follows."""
        gathered: list[Cluster] = []
        images, end = 0, 0
        for cluster in clusters(self._file, self._segment, self._facts):
            if images >= STRETCH or cluster.start - end > _MOST_BETWEEN:
                yield gathered, cluster.start
                gathered, images = [], 0
            gathered.append(cluster)
            images += sum(isinstance(piece, Image) for piece in cluster.pieces)
            end = cluster.end
        yield gathered, self._file.size

    # --- a stretch ------------------------------------------------------------------------------------

    def _packed_stretch(self, gathered: Sequence[Cluster], executor: Executor) -> list[Made]:
        """Pack the images of a stretch on all cores, and note what stands between them."""
        betweens, waiting = [], []
        for piece in chain.from_iterable(cluster.pieces for cluster in gathered):
            if isinstance(piece, Image):
                before = self._take(piece.offset - self._reached)
                data = self._take(piece.nbytes)
                betweens.append(Between(before, piece.nbytes, zlib.crc32(data)))
                waiting.append(executor.submit(self._pack, piece.track, data))
        images = (each.result() for each in waiting)
        made = [self._cluster(cluster, images) for cluster in gathered]
        time = gathered[-1].time if gathered else self._last_time
        return [*made, self._restoring(time, pack_stretch(betweens, b""))]

    def _between(self, nbytes: int) -> list[Made]:
        """Note bytes between which there is no image."""
        return [self._restoring(self._last_time, pack_stretch([], self._take(nbytes)))]

    def _take(self, nbytes: int) -> bytes:
        data = self._file.read(self._reached, nbytes)
        if len(data) != nbytes:
            raise OSError(errno.EIO, "it has become shorter meanwhile")
        self._hash.update(data)
        self._reached += nbytes
        return data

    def _pack(self, track: int, data: bytes) -> bytes:
        """Pack an image of depth or IR; what is no image of this size stays as it is, unpacked."""
        if track not in self._packed:
            return data
        described = self._packed[track]
        try:
            image = decode_gray(data, (described.width, described.height))
        except ValueError:
            return data
        return self._encoders[track].encode(image)

    def _cluster(self, cluster: Cluster, images: Iterator[bytes]) -> Made:
        blocks, first = [], None
        for piece in cluster.pieces:
            if isinstance(piece, Image):
                first = first or piece.track
                blocks.append(simple_block(piece.track, piece.late, piece.flags, next(images)))
            else:
                blocks.append(self._file.read(piece.start, piece.nbytes))
        self._last_time = max(self._last_time, cluster.time)
        data = ebml.element(Id.CLUSTER, ebml.uint(Id.TIMESTAMP, cluster.time), *blocks)
        return Made(cluster.time, first, data)

    def _restoring(self, time: int, packed: bytes) -> Made:
        block = simple_block(self._restore, 0, _KEYFRAME, packed)
        return Made(time, None, ebml.element(Id.CLUSTER, ebml.uint(Id.TIMESTAMP, time), block))

    # --- the file -------------------------------------------------------------------------------------

    def _put(self, out: AppendedFile, made: Sequence[Made]) -> None:
        """Append clusters, and note where they are."""
        at = out.size - self._header.segment_start
        for cluster in made:
            if cluster.track is not None:
                self._cues.note(cluster.time, cluster.track, at)
            at += len(cluster.data)
        out.append([cluster.data for cluster in made])

    def _finish(self, out: AppendedFile) -> Original:
        """Write the index, and at the start of the file where all is and what it was made of."""
        original = Original(
            nbytes=self._file.size,
            sha256=self._hash.hexdigest(),
            complete=self._segment.sized and self._scan.whole_end == self._segment.end,
            truncated_bytes=self._file.size - self._scan.whole_end,
        )
        cues_at = self._cues.append_to(out)
        head = bytearray(self._header.data)
        closed = self._header.closed(out.size, max(1, self._last_time), cues_at)
        head[: len(closed)] = closed
        told = original.model_dump_json().encode().ljust(ORIGINAL_ROOM)
        at = head.rindex(b" " * ORIGINAL_ROOM)
        head[at : at + ORIGINAL_ROOM] = told
        out.sync()
        out.rewrite_start(bytes(head))
        out.sync()
        return original
