"""A recording that may be anybody's, read within bounds: what is not found in time is an answer too.

One look at the devices of a take comes after the other. A file that is nothing but holes, or nothing but
heads of elements, would hold up the pictures of all others for minutes.
"""

from __future__ import annotations

import io
from typing import NamedTuple

from kinect_sync.takes.mkv.elements import ElementFile


class Bounds(NamedTuple):
    """How much may be read, and how often: 100 MB take 0.4 s, and 10,000 heads of elements 0.05 s."""

    nbytes: int
    reads: int


class NotInTimeError(TimeoutError):
    """So much was read, and what was looked for was not found."""


class BoundedFile(ElementFile):
    """An open recording that is read by pieces until the bounds are reached; then `NotInTimeError`."""

    def __init__(self, stream: io.FileIO, bounds: Bounds) -> None:
        """Take an unbuffered binary stream."""
        super().__init__(stream)
        self._nbytes, self._reads = bounds

    def allow(self, bounds: Bounds) -> None:
        """Let so much be read from now on."""
        self._nbytes, self._reads = bounds

    def read(self, at: int, nbytes: int) -> bytes:
        """Read bytes, fewer where the file ends."""
        self._nbytes -= nbytes
        self._reads -= 1
        if self._nbytes < 0 or self._reads < 0:
            raise NotInTimeError("it was not found in time")
        return super().read(at, nbytes)
