"""Where the images of a recording stand in its file, by device timestamp.

A timestamp names an image whatever was dropped before it, as the index does; its number does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.mkv.reader import Recording, TrackBlocks
from kinect_sync.timing.table import MISSING
from kinect_sync.values import Value


class ImagePlace(Value):
    """Where the pixels of one image stand: color as the camera gave it, depth and IR big-endian."""

    offset: int
    """First byte in the file."""
    nbytes: int
    """How many there are."""


class ImagePlaces:
    """Where each image of a recording stands, by track and device timestamp."""

    def __init__(self, recording: Recording) -> None:
        """Look up the images of `recording`."""
        self._tracks = {name: _by_time(blocks) for name, blocks in recording.tracks.items() if name != "IMU"}

    def find(self, track: str, timestamp_us: int) -> ImagePlace | None:
        """Return where an image stands; None where the recording has none of this time, or for `MISSING`."""
        if timestamp_us == MISSING or track not in self._tracks:
            return None
        times, offsets, sizes = self._tracks[track]
        at = int(np.searchsorted(times, timestamp_us))
        if at == len(times) or times[at] != timestamp_us:
            return None
        return ImagePlace(offset=int(offsets[at]), nbytes=int(sizes[at]))


def _by_time(blocks: TrackBlocks) -> tuple[NDArray[np.int64], ...]:
    order = np.argsort(blocks.timestamps_us, kind="stable")
    return blocks.timestamps_us[order], blocks.offsets[order], blocks.sizes[order]
