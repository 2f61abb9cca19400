"""The newest capture of a recording that is being written.

The file is walked from where one was, heads of clusters and blocks alone; whoever comes late begins near its
end, as an hour has 100,000 clusters. A file may not be there yet, end anywhere, be cut, replaced or removed
meanwhile: each of these is an answer, and none an exception.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kinect_sync.errors import KsyncError
from kinect_sync.files import is_regular, open_file
from kinect_sync.findings import Finding
from kinect_sync.findings.files import RECORDING_HEADER_INCOMPLETE, RECORDING_UNREADABLE
from kinect_sync.takes.following.bounded import BoundedFile, Bounds, NotInTimeError
from kinect_sync.takes.following.captures import (
    FEW,
    IMAGES,
    Blocks,
    RecordedCapture,
    StoredImage,
    newest_capture,
)
from kinect_sync.takes.following.clusters import next_cluster, whole_clusters
from kinect_sync.takes.following.seeking import Place, find_capture
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import facts_of, find_segment
from kinect_sync.takes.mkv.scan import BlockWalk

WALKED_NBYTES = 256 << 20
"""So much is walked through at a look; of more, one begins near the end."""
BACKS_NBYTES = (16 << 20, 64 << 20, 256 << 20)
"""How far before the end: some captures of most modes, one of the largest (BGRA at 3072p), and more than
any."""
LOOK_BOUNDS = Bounds(nbytes=160 << 20, reads=40_000)
"""Of a look: more than the largest cluster, and than 256 MB of the smallest captures."""
CLUSTERS = 16
"""The last of them that hold some captures, also where each image has its own."""
TAKE_BOUNDS = Bounds(nbytes=1 << 20, reads=1000)
"""Of the heads of images in so many clusters."""
FIND_BOUNDS = Bounds(nbytes=320 << 20, reads=40_000)
"""Of a find: some of the largest clusters are passed over to come to a place among them."""


class FileState(str, Enum):
    """How it stands with a file that is followed."""

    ABSENT = "absent"
    """It is not there, or not yet."""
    WAITING = "waiting"
    """It holds no whole capture yet."""
    GIVING = "giving"
    """It holds captures."""
    UNREADABLE = "unreadable"
    """It can't be read, or is no recording."""


@dataclass(frozen=True, slots=True)
class FollowedFile:
    """A recording as it stood at one moment."""

    state: FileState
    nbytes: int = 0
    """Its size."""
    changed_utc_ns: int = 0
    """When it was last written to, by the clock of whoever keeps the file; 0 where there is none."""
    facts: Facts | None = None
    newest: RecordedCapture | None = None
    problem: Finding | None = None
    """Why it is unreadable."""


class FollowedRecording:
    """One recording, looked at again and again."""

    def __init__(self, path: Path) -> None:
        """Follow the file at `path`, which may not be there yet."""
        self.path = path
        self._looked_at: tuple[int, int] | None = None
        """Size and time of the file that was taken in; None where there is more to take in of the same."""
        self._problem: Finding | None = None
        self._begin_anew(None)

    def look(self) -> FollowedFile:
        """Take in what was written since the last look."""
        if not is_regular(self.path):
            self._begin_anew(None)
            if not os.path.lexists(self.path):
                return FollowedFile(FileState.ABSENT)
            return self._unreadable("it is no regular file")
        try:
            with open_file(self.path) as stream:
                status = os.fstat(stream.fileno())
                return self._look_into(BoundedFile(stream, LOOK_BOUNDS), status)
        except FileNotFoundError:  # removed since
            self._begin_anew(None)
            return FollowedFile(FileState.ABSENT)
        except OSError as error:
            self._looked_at = None  # the disk may give it the next time
            return self._unreadable(error.strerror or str(error))

    @property
    def facts(self) -> Facts | None:
        """What its header says, when it was looked at last; None before there is one."""
        return self._facts

    def find(self, times_us: Mapping[str, int]) -> RecordedCapture | None:
        """Return the images of these device times, by track, as far as it has them; to be looked at before.

        OSError where it can't be read, `NotInTimeError` where that takes too long.
        """
        if self._facts is None or self._identity is None or self._newest is None:
            return None
        with open_file(self.path) as stream:
            file = BoundedFile(stream, FIND_BOUNDS)
            end_us = self._newest.device_us - (self._facts.start_offset_us or 0)
            ends = Place(self._first, 0), Place(file.size, end_us)
            return find_capture(times_us, file, self._facts, ends, self._stored(self._identity))

    def _look_into(self, file: BoundedFile, status: os.stat_result) -> FollowedFile:
        identity = status.st_dev, status.st_ino
        if identity != self._identity or file.size < self._at:
            self._begin_anew(identity)
        now = file.size, status.st_mtime_ns
        if now != self._looked_at:
            self._looked_at, self._problem = now, None
            self._take_in(file)
        state = FileState.WAITING if self._problem is None else FileState.UNREADABLE
        if self._newest is not None:
            state = FileState.GIVING
        return FollowedFile(state, file.size, status.st_mtime_ns, self._facts, self._newest, self._problem)

    def _take_in(self, file: BoundedFile) -> None:
        """Take in what is new, or say why that can't be."""
        before = self._at
        try:
            if self._facts is None:
                self._read_header(file)
            if self._facts is not None:
                self._walk_on(file)
        except KsyncError as error:
            (finding,) = error.findings[:1]
            if finding.kind is not RECORDING_HEADER_INCOMPLETE:
                self._problem = finding
        except NotInTimeError:
            if self._at > before:
                self._looked_at = None  # the rest at the next look
            elif self._newest is None:
                what = f"{self.path} cannot be read: no capture was found in it in time"
                self._problem = RECORDING_UNREADABLE.found(what)

    def _begin_anew(self, identity: tuple[int, int] | None) -> None:
        self._identity = identity
        self._facts: Facts | None = None
        self._first = 0
        self._at = 0
        """Where the next element begins that was not looked at, or not whole."""
        self._looked_at, self._problem = None, None
        self._tracks: dict[str, int] = {}
        self._recent: dict[str, Blocks] = {}
        self._newest: RecordedCapture | None = None

    def _read_header(self, file: ElementFile) -> None:
        segment = find_segment(file, self.path)
        parts: dict[int, Element] = {}
        for child in file.children(segment.payload, file.size):
            if child.id == Id.CLUSTER:
                self._facts = facts_of(file, parts, self.path)
                self._first = self._at = child.start
                self._tracks = {each.name: each.number for each in self._facts.tracks}
                self._recent = {name: deque(maxlen=FEW) for name in self._tracks}
                return
            if file.whole(child):
                parts[child.id] = child

    def _walk_on(self, file: BoundedFile) -> None:
        """Take in what was added; of much, what is near the end."""
        if file.size - self._at <= WALKED_NBYTES:
            self._walk_from(self._at, file)
            return
        for back in BACKS_NBYTES:
            for blocks in self._recent.values():
                blocks.clear()
            if self._walk_from(next_cluster(max(self._first, file.size - back), file), file):
                return

    def _walk_from(self, start: int, file: BoundedFile) -> bool:
        """Pass over all whole clusters from here on, and take the last ones in; False where none is."""
        self._at = start
        last: deque[Element] = deque(maxlen=CLUSTERS)
        try:
            for cluster in whole_clusters(start, file):
                last.append(cluster)
                self._at = cluster.end
        except NotInTimeError:
            file.allow(TAKE_BOUNDS)  # what was found until then
            self._take(last, file)
            raise
        return self._take(last, file)

    def _take(self, clusters: Sequence[Element], file: ElementFile) -> bool:
        """Choose the newest capture, out of the last cluster alone where that holds a whole one."""
        if not clusters:
            return False
        found = self._blocks([clusters[-1]], file)
        is_whole = self._choose(found, whole=True)
        for name, blocks in (found if is_whole else self._blocks(clusters, file)).items():
            self._recent[name].extend(blocks)
        return is_whole or self._choose(self._recent, whole=False)

    def _blocks(self, clusters: Iterable[Element], file: ElementFile) -> dict[str, Blocks]:
        walk = BlockWalk(file)
        for cluster in clusters:
            walk.take(cluster)
        return {name: deque(walk.last_blocks(number, FEW)) for name, number in self._tracks.items()}

    def _choose(self, recent: Mapping[str, Blocks], *, whole: bool) -> bool:
        """Choose the newest capture among some images, where it must be a `whole` one; False without any."""
        if self._facts is None or self._identity is None:
            return False
        newest = newest_capture(recent, self._facts, self._stored(self._identity))
        if newest is None or (whole and len(newest.images) < sum(track in recent for track in IMAGES)):
            return False
        self._newest = newest
        return True

    def _stored(self, identity: tuple[int, int]) -> StoredImage:
        return StoredImage(self.path, identity, 0, 0)

    def _unreadable(self, why: str) -> FollowedFile:
        what = f"{self.path} cannot be read: {why}"
        return FollowedFile(FileState.UNREADABLE, problem=RECORDING_UNREADABLE.found(what))
