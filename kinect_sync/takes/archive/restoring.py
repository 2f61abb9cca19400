"""The recording that an archive was made of, byte for byte."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.errors import KsyncError
from kinect_sync.findings.archive import ARCHIVE_NONE
from kinect_sync.takes.archive.original import RESTORE_NAME, original_in_tags
from kinect_sync.takes.archive.pieces import Cluster, Image, clusters, time_us
from kinect_sync.takes.archive.restore_data import Between, unpack_stretch
from kinect_sync.takes.decoding import GrayDecoder, gray_decoder
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import facts_of, find_segment, start_offset
from kinect_sync.takes.mkv.scan import Scan
from kinect_sync.takes.packing.packings import PACKED
from kinect_sync.takes.unpacking import DamagedImage


@dataclass
class Damage:
    """What years did to an archive."""

    images: list[DamagedImage] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    """Where in the archive those images begin."""
    stretches: int = 0
    """How often what stands between images could not be read: as much of the recording can't be restored."""

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.images or self.stretches)


class ArchiveReader:
    """Gives back the recording of one archive, piece by piece."""

    def __init__(self, file: ElementFile, path: Path) -> None:
        """Take an open archive; KsyncError where it is none."""
        self._file = file
        self._segment = find_segment(file, path)
        scan = Scan(file, self._segment)
        self.facts: Facts = facts_of(file, scan.parts, path)
        original, restore = original_in_tags(self.facts.tags), self.facts.track(RESTORE_NAME)
        if original is None or restore is None:
            raise KsyncError(ARCHIVE_NONE.found(f"{path} is no archive"))
        self.original = original
        """The recording that it was made of."""
        self._offset_us, _ = start_offset(file, scan, self.facts)
        self._restore = restore.number
        packed = [track for track in self.facts.tracks if track.name in PACKED]
        self._decoders: dict[int, GrayDecoder] = {track.number: gray_decoder(track) for track in packed}
        self._names = {track.number: track.name for track in self.facts.tracks}
        self.damage = Damage()
        """What was found as far as it was read."""

    def read(self, executor: Executor) -> Iterator[bytes]:
        """Yield the recording; what is damaged is left out, and told in `damage`."""
        sha256 = hashlib.sha256()
        nbytes = 0
        for data in self._pieces(executor):
            sha256.update(data)
            nbytes += len(data)
            yield data
        if not self.damage and (nbytes, sha256.hexdigest()) != (self.original.nbytes, self.original.sha256):
            self.damage.stretches += 1

    def _pieces(self, executor: Executor) -> Iterator[bytes]:
        gathered: list[tuple[Cluster, Image]] = []
        for cluster in clusters(self._file, self._segment, self.facts):
            for piece in cluster.pieces:
                if not isinstance(piece, Image):
                    continue
                if piece.track != self._restore:
                    gathered.append((cluster, piece))
                    continue
                yield from self._stretch(gathered, self._file.read(piece.offset, piece.nbytes), executor)
                gathered = []
        if gathered:
            self.damage.stretches += 1

    def _stretch(
        self, gathered: list[tuple[Cluster, Image]], data: bytes, executor: Executor
    ) -> Iterator[bytes]:
        try:
            stretch = unpack_stretch(data)
            if len(stretch.images) != len(gathered):
                raise ValueError("it has more or fewer images than are there")
        except ValueError:
            self.damage.stretches += 1
            return
        waiting = [
            executor.submit(self._image, piece.track, self._file.read(piece.offset, piece.nbytes), between)
            for (_, piece), between in zip(gathered, stretch.images, strict=True)
        ]
        for (cluster, piece), between, image in zip(gathered, stretch.images, waiting, strict=True):
            yield between.before
            found = image.result()
            if found is None:
                self.damage.images.append(self._damaged(cluster, piece))
                self.damage.places.add(piece.offset)
            else:
                yield found
        yield stretch.after

    def _image(self, track: int, data: bytes, between: Between) -> bytes | None:
        """Return an image as it was recorded; None where it is not that any more."""
        if _is(data, between):
            return data
        if track not in self._decoders:
            return None
        try:
            image = self._decoders[track](data).astype(">u2").tobytes()
        except ValueError:
            return None
        return image if _is(image, between) else None

    def _damaged(self, cluster: Cluster, piece: Image) -> DamagedImage:
        at_us = time_us(cluster, piece, self.facts) + self._offset_us
        return DamagedImage(self._names[piece.track], at_us)


def _is(data: bytes, between: Between) -> bool:
    return len(data) == between.nbytes and zlib.crc32(data) == between.crc32
