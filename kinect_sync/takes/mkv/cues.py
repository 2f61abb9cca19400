"""The index of a recording: where the cluster stands with which each second begins."""

from __future__ import annotations

from array import array

from kinect_sync.takes.appending import AppendedFile
from kinect_sync.takes.mkv.layout import TIMESTAMP_SCALE_NS, build_cues

CUE_EVERY_US = 1_000_000
"""One entry of the index per second, as libk4arecord has it."""


class Cues:
    """Gathers the entries of an index, as clusters are met in the order of their times."""

    def __init__(self, timestamp_scale_ns: int = TIMESTAMP_SCALE_NS) -> None:
        """Begin without entries; the scale is the unit of the file's times."""
        self._every = CUE_EVERY_US * 1000 // timestamp_scale_ns
        self._points: array[int] = array("q")  # time, track, position, one entry after the other
        self._due = 0

    def note(self, time: int, track: int, at: int) -> None:
        """Meet a cluster: time and track of its first block, and where it stands in the Segment."""
        if time >= self._due:
            self._points.extend((time, track, at))
            self._due = time + self._every

    def element(self) -> bytes:
        """Return the index."""
        points = iter(self._points)
        return build_cues(zip(points, points, points, strict=True))

    def append_to(self, file: AppendedFile) -> int | None:
        """Append the index, and return where it stands; None where it has no entry, and none is written."""
        if not self._points:
            return None
        at = file.size
        file.append([self.element()])
        return at
