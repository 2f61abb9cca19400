"""A walk over the elements of a recording on disk, without reading what they hold.

A recording is gigabytes of images and a few bytes about each; a walk reads only the heads. The file may
still be growing, or end anywhere: an element that is cut off is told from one that is whole.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from typing import NamedTuple

from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id

TOP_LEVEL = {Id.CLUSTER, Id.CUES, Id.TAGS, Id.INFO, Id.TRACKS, Id.ATTACHMENTS, Id.SEEK_HEAD}
"""What may stand on the level of a cluster, and so ends one of unknown size."""
MOST_NBYTES = 16 << 20
"""Of an element that is read at once: calibrations, the largest, have 10 kB."""
GLANCE = 64
"""Bytes read at once: enough for the heads of a cluster, of its time and of its first block."""

# Seek and read in one call of the system, where there is such a call: a third of the time of a scan.
_ONE_CALL = hasattr(os, "pread")


class Element(NamedTuple):
    """One element in the file."""

    id: int
    start: int
    payload: int
    """Where the payload begins."""
    end: int
    """Where the next element begins; for an unknown size, where the enclosing one ends."""
    sized: bool
    """Whether its size is known."""
    glance: bytes
    """The first bytes of the payload, if the file has them."""


class ElementFile:
    """An open recording, read by pieces."""

    def __init__(self, stream: io.FileIO) -> None:
        """Take an unbuffered binary stream; its size is the one it has now."""
        self._stream = stream
        self._fd = stream.fileno()
        self.size = stream.seek(0, 2)
        if hasattr(os, "posix_fadvise"):  # the disk need not read images in advance
            os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_RANDOM)

    def read(self, at: int, nbytes: int) -> bytes:
        """Read bytes, fewer where the file ends."""
        if _ONE_CALL and at + nbytes <= self.size:
            data = os.pread(self._fd, nbytes, at)
            if len(data) == nbytes:
                return data
        data = self._read_once(at, nbytes)
        while len(data) < min(nbytes, self.size - at):
            more = self._read_once(at + len(data), nbytes - len(data))
            if not more:
                break
            data += more
        return data

    def _read_once(self, at: int, nbytes: int) -> bytes:
        # What a file has grown by meanwhile is not looked at: an image would seem whole that is not yet.
        wanted = max(0, min(nbytes, self.size - at))
        self._stream.seek(at)
        return self._stream.read(wanted) or b""

    def payload(self, element: Element) -> bytes:
        """Read the whole payload of a small element; OSError for one that is far larger than any."""
        nbytes = element.end - element.payload
        if nbytes > MOST_NBYTES:  # it may be holes, which would fill the memory
            raise OSError(errno.EFBIG, f"a part of its header has more than {MOST_NBYTES >> 20} MB")
        return (
            element.glance[:nbytes] if nbytes <= len(element.glance) else self.read(element.payload, nbytes)
        )

    def children(self, start: int, end: int) -> Iterator[Element]:
        """Walk the elements between two places; ends early at a head that is cut off or no head at all."""
        at = start
        while at < min(end, self.size):
            element = self._element(at, end)
            if element is None:
                return
            yield element
            at = element.end if element.sized or element.id != Id.CLUSTER else self._cluster_end(element)

    def whole(self, element: Element) -> bool:
        """Tell whether the file holds all of an element."""
        return element.end <= self.size

    def _element(self, at: int, limit: int) -> Element | None:
        data = self.read(at, GLANCE)
        try:
            number, size, length = ebml.decode_head(data)
        except (ebml.EbmlError, IndexError):
            return None
        payload = at + length
        end = limit if size is None else payload + size
        return Element(number, at, payload, end, size is not None, data[length:])

    def _cluster_end(self, cluster: Element) -> int:
        for child in self.children(cluster.payload, cluster.end):
            if child.id in TOP_LEVEL:
                return child.start
        return cluster.end
