"""Where the images of a recording stand in its file, by device timestamp.

A timestamp names an image whatever was dropped before it, as the index does; its number does not. The file is
walked through as far as images are asked for, and little is kept of it: ten hours are a million captures.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import facts_of, find_segment, opened, start_offset
from kinect_sync.takes.mkv.scan import BlockWalk, Scan
from kinect_sync.timing.table import MISSING
from kinect_sync.values import Value

CLUSTERS_AT_ONCE = 1024
"""Clusters of a stretch: 34 s at 30 fps, 75 kB when its blocks are known."""
_KEPT = 4
"""Stretches whose blocks are kept: images are asked for in about the order of the file."""

_Blocks = Mapping[str, tuple[NDArray[np.int64], ...]]
"""By track, in order of time: device timestamps, offsets and sizes."""


class ImagePlace(Value):
    """Where the pixels of one image stand: color as the camera gave it, depth and IR big-endian."""

    offset: int
    """First byte in the file."""
    nbytes: int
    """How many there are."""


@dataclass(slots=True)
class _Spans:
    """From when to when the images of one track are in each stretch that has some."""

    earliest: list[int] = field(default_factory=list)
    latest: list[int] = field(default_factory=list)
    stretches: list[int] = field(default_factory=list)
    in_order: bool = True
    """Whether each stretch begins after the one before has ended, as where no clock stepped back."""

    def add(self, stretch: int, times: NDArray[np.int64]) -> None:
        self.in_order = self.in_order and (not self.latest or int(times[0]) > self.latest[-1])
        self.earliest.append(int(times[0]))
        self.latest.append(int(times[-1]))
        self.stretches.append(stretch)

    def of(self, timestamp_us: int) -> list[int]:
        """Return the stretches that may hold an image of this time, in the order of the file."""
        at = bisect_left(self.latest, timestamp_us) if self.in_order else 0
        end = at + 1 if self.in_order else len(self.latest)
        spans = zip(self.earliest[at:end], self.latest[at:end], self.stretches[at:end], strict=True)
        return [stretch for first, last, stretch in spans if first <= timestamp_us <= last]


class ImagePlaces:
    """Where each image of a recording stands, by track and device timestamp; for any number of threads."""

    def __init__(self, path: Path) -> None:
        """Read the header of a recording; `KsyncError` as `read_recording` raises it."""
        self.path = path
        with opened(path) as file:
            self._segment = find_segment(file, path)
            self.facts, self._start_offset_us, self._next = _read_header(file, self._segment, path)
        self._tracks = {track.name: track.number for track in self.facts.tracks if track.name != "IMU"}
        self._spans = {name: _Spans() for name in self._tracks}
        self._starts: list[int] = []
        self._known: OrderedDict[int, _Blocks] = OrderedDict()
        self._walking = threading.Lock()

    def __reduce__(self) -> tuple[type[ImagePlaces], tuple[Path]]:
        """Let another process walk by itself."""
        return ImagePlaces, (self.path,)

    def has(self, track: str) -> bool:
        """Whether a track was recorded at all."""
        return self.facts.track(track) is not None

    def find(self, track: str, timestamp_us: int) -> ImagePlace | None:
        """Return where an image stands; None where the recording has none of this time, or for `MISSING`.

        `KsyncError` (`recording-unreadable`) where the file can't be read any more.
        """
        if timestamp_us == MISSING or track not in self._tracks:
            return None
        with self._walking:
            for stretch in self._spans[track].of(timestamp_us):
                if (place := _find(self._blocks(stretch), track, timestamp_us)) is not None:
                    return place
            while (blocks := self._walk_on()) is not None:
                if (place := _find(blocks, track, timestamp_us)) is not None:
                    return place
        return None

    def _walk_on(self) -> _Blocks | None:
        """Take in the next stretch of the file; None at its end."""
        if self._next is None:
            return None
        with opened(self.path) as file:
            start = self._next
            blocks, self._next = self._walk(file, start)
        stretch = len(self._starts)
        self._starts.append(start)
        for name, (times, *_) in blocks.items():
            self._spans[name].add(stretch, times)
        self._keep(stretch, blocks)
        return blocks

    def _blocks(self, stretch: int) -> _Blocks:
        """Return the blocks of a stretch that was walked through before."""
        if stretch in self._known:
            self._known.move_to_end(stretch)
            return self._known[stretch]
        with opened(self.path) as file:
            blocks, _ = self._walk(file, self._starts[stretch])
        self._keep(stretch, blocks)
        return blocks

    def _keep(self, stretch: int, blocks: _Blocks) -> None:
        self._known[stretch] = blocks
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def _walk(self, file: ElementFile, start: int) -> tuple[_Blocks, int | None]:
        """Return the blocks of a stretch that starts here, and where the next one does; None at the end."""
        walk = BlockWalk(file)
        clusters = _clusters(file.children(start, self._segment.end))
        for cluster in islice(clusters, CLUSTERS_AT_ONCE):
            walk.take(cluster)
        following = next(clusters, None)
        found = {name: walk.track_blocks(number) for name, number in self._tracks.items()}
        blocks = {name: self._by_time(each) for name, each in found.items() if len(each)}
        return blocks, None if following is None else following.start

    def _by_time(self, found: NDArray[np.void]) -> tuple[NDArray[np.int64], ...]:
        times_us = found["time"] * self.facts.timestamp_scale_ns // 1000 + self._start_offset_us
        order = np.argsort(times_us, kind="stable")
        return times_us[order], found["offset"][order], found["size"][order]


def _clusters(elements: Iterator[Element]) -> Iterator[Element]:
    return (element for element in elements if element.id == Id.CLUSTER)


def _find(blocks: _Blocks, track: str, timestamp_us: int) -> ImagePlace | None:
    if track not in blocks:
        return None
    times, offsets, sizes = blocks[track]
    at = int(np.searchsorted(times, timestamp_us))
    if at == len(times) or times[at] != timestamp_us:
        return None
    return ImagePlace(offset=int(offsets[at]), nbytes=int(sizes[at]))


def _read_header(file: ElementFile, segment: Element, path: Path) -> tuple[Facts, int, int | None]:
    """Return what the header says, the device time that the file's times count from, and the first cluster.

    A recorder that was killed may have left the time out: then the file is walked through for it.
    """
    parts: dict[int, Element] = {}
    first: int | None = None
    for child in file.children(segment.payload, segment.end):
        if child.id == Id.CLUSTER:
            first = child.start
            break
        if file.whole(child):
            parts[child.id] = child
    facts = facts_of(file, parts, path) if Id.TRACKS in parts and Id.TAGS in parts else None
    if facts is not None and facts.start_offset_us is not None:
        return facts, facts.start_offset_us, first
    scan = Scan(file, segment)
    facts = facts_of(file, scan.parts, path)
    return facts, start_offset(file, scan, facts)[0], first
