"""The Azure Kinect recording of one whose depth and IR are packed: images, times and tags are the same.

Of one that was packed as it was recorded there never was another file. Of an archive, this is what can be
had where years have damaged it, and nothing comes back byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeGuard

from kinect_sync.takes.appending import AppendedFile
from kinect_sync.takes.archive.header import Tracks, build_header
from kinect_sync.takes.archive.original import RESTORE_NAME
from kinect_sync.takes.archive.pieces import Cluster, Image, Other, clusters, simple_block, time_us
from kinect_sync.takes.decoding import gray_decoder
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.cues import Cues
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.reader import facts_of, find_segment, opened, start_offset
from kinect_sync.takes.mkv.scan import Scan

_AT_ONCE = 32
"""Clusters whose images are unpacked together: some 50 MB."""

Progress = Callable[[int], None]
"""Called with so many bytes of the packed recording more that are done."""


class DamagedImage(NamedTuple):
    """An image that is not any more what was recorded."""

    track: str
    """`COLOR`, `DEPTH` or `IR`."""
    timestamp_us: int
    """Device time."""


def unpack_recording(
    source: Path,
    target: Path,
    executor: Executor,
    progress: Progress,
    *,
    without: Collection[int] = (),
) -> list[DamagedImage]:
    """Write the recording with depth and IR as the SDK gave them, complete also where it was cut off.

    `without` are places in the file of images that are known to be damaged. Returns the images that are, and
    were left out. Raises KsyncError as `read_recording` does, where the disk refuses, and UsageError where
    there is a file.
    """
    with opened(source) as file:
        unpacker = _Unpacker(file, source, without)
        out = AppendedFile(target)
        try:
            unpacker.write(out, executor, progress)
        finally:
            out.close()
    return unpacker.damaged


class _Unpacker:
    """Unpacks one recording."""

    def __init__(self, file: ElementFile, path: Path, without: Collection[int]) -> None:
        self._file = file
        self._without = without
        self._segment = find_segment(file, path)
        self._scan = Scan(file, self._segment)
        self._facts = facts_of(file, self._scan.parts, path)
        self._offset_us, _ = start_offset(file, self._scan, self._facts)
        packed = [track for track in self._facts.tracks if track.packing is not None]
        self._names = {track.number: track.name for track in self._facts.tracks}
        self._decoders = {track.number: gray_decoder(track) for track in packed}
        self._cues = Cues(self._facts.timestamp_scale_ns)
        self._last_time = 0
        self.damaged: list[DamagedImage] = []

    def write(self, out: AppendedFile, executor: Executor, progress: Progress) -> None:
        head = self._file.read(0, self._segment.start)
        header = build_header(self._file, head, self._scan.parts, self._facts, Tracks(None, {}))
        out.append([header.data])
        reached = 0
        found = clusters(self._file, self._segment, self._facts)
        while gathered := list(islice(found, _AT_ONCE)):
            made = [*self._unpacked(gathered, executor)]
            at = out.size - header.segment_start
            for cluster, data in zip(gathered, made, strict=True):
                self._note(cluster, at)
                at += len(data)
            out.append(made)
            progress(gathered[-1].end - reached)
            reached = gathered[-1].end
        progress(self._file.size - reached)
        cues_at = self._cues.append_to(out)
        out.sync()  # the index, before the start of the file says where it is
        out.rewrite_start(header.closed(out.size, max(1, self._last_time), cues_at))
        out.sync()

    def _unpacked(self, gathered: Sequence[Cluster], executor: Executor) -> Iterator[bytes]:
        """Yield clusters with their images unpacked, on all cores."""
        images = [piece for cluster in gathered for piece in cluster.pieces if self._is_image(piece)]
        waiting = [executor.submit(self._pixels, image.track, self._stored(image)) for image in images]
        done = iter(waiting)
        for cluster in gathered:
            blocks: list[bytes] = []
            for piece in cluster.pieces:
                if not isinstance(piece, Image):
                    blocks.append(self._file.read(piece.start, piece.nbytes))
                    continue
                if not self._is_image(piece):
                    continue
                pixels = next(done).result()
                if pixels is None:
                    self.damaged.append(self._damage(cluster, piece))
                    continue
                blocks.append(simple_block(piece.track, piece.late, piece.flags, pixels))
            yield ebml.element(Id.CLUSTER, ebml.uint(Id.TIMESTAMP, cluster.time), *blocks)

    def _is_image(self, piece: Image | Other) -> TypeGuard[Image]:
        """Tell what only an archive has from images."""
        return isinstance(piece, Image) and self._names[piece.track] != RESTORE_NAME

    def _stored(self, image: Image) -> bytes | None:
        if image.offset in self._without:
            return None
        return self._file.read(image.offset, image.nbytes)

    def _pixels(self, track: int, data: bytes | None) -> bytes | None:
        """Return an image as it stands in an Azure Kinect recording; None where it is damaged."""
        if data is None or track not in self._decoders:
            return data
        try:
            return self._decoders[track](data).astype(">u2").tobytes()
        except ValueError:
            return None

    def _damage(self, cluster: Cluster, image: Image) -> DamagedImage:
        at_us = time_us(cluster, image, self._facts) + self._offset_us
        return DamagedImage(self._names[image.track], at_us)

    def _note(self, cluster: Cluster, at: int) -> None:
        """Keep where a cluster stands, one per second."""
        first = next((piece for piece in cluster.pieces if isinstance(piece, Image)), None)
        if first is not None:
            self._cues.note(cluster.time, first.track, at)
        late = max((piece.late for piece in cluster.pieces if isinstance(piece, Image)), default=0)
        self._last_time = max(self._last_time, cluster.time + late)
