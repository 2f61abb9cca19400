"""Which images of a recording belong to one capture, among those that were written last."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.files import open_file
from kinect_sync.takes.mkv.facts import Facts

Blocks = deque[tuple[int, int, int]]
"""The last images of a track in the order of the file: time in the file's unit, first byte, bytes."""
IMAGES = ("COLOR", "DEPTH", "IR")
"""The tracks of images, in the order in which they say when a capture was taken."""
FEW = 5
"""So many captures may lack an image, one after the other, before half a capture is shown."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Where one image stands, in a file that may be another one when it is read."""

    path: Path
    identity: tuple[int, int]
    """Device and number of the file."""
    offset: int
    nbytes: int

    def __len__(self) -> int:
        """Return how many bytes it has, as of one that was read."""
        return self.nbytes

    def read(self) -> bytes:
        """Read it as it is stored; ValueError where it is not there any more, OSError where that fails."""
        with self.opened() as stream:
            data = stream.read(self.nbytes) or b""
        if len(data) < self.nbytes:
            raise self._cut_off()
        return data

    def read_by(self, piece: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """Read it piece after piece into the same memory, which a processor's cache holds; raises as `read`.

        The last piece may be shorter.
        """
        with self.opened() as stream:
            for at in range(0, self.nbytes, len(piece)):
                part = piece[: self.nbytes - at]
                if stream.readinto(part.data) != len(part):
                    raise self._cut_off()
                yield part

    @contextmanager
    def opened(self) -> Iterator[FileIO]:
        """Open its file at the place where it begins; raises as `read`."""
        with open_file(self.path) as stream:
            status = os.fstat(stream.fileno())
            if (status.st_dev, status.st_ino) != self.identity:
                raise self._cut_off()
            stream.seek(self.offset)
            yield stream

    def _cut_off(self) -> ValueError:
        return ValueError(f"{self.path.name} was replaced or cut off")


@dataclass(frozen=True, slots=True)
class RecordedCapture:
    """The images of one capture, by track, with their device times in µs."""

    times_us: dict[str, int]
    images: dict[str, StoredImage]

    @property
    def device_us(self) -> int:
        """The time that it is aligned by: color's, or else that of depth or IR."""
        return next(self.times_us[track] for track in IMAGES if track in self.times_us)


def newest_capture(recent: Mapping[str, Blocks], facts: Facts, file: StoredImage) -> RecordedCapture | None:
    """Return the newest whole capture; where the last few lack an image, the newest half one.

    None without any image.
    """
    by_age = _by_age(recent, facts)
    ages = sorted(age for age in by_age if age < FEW)
    if not ages:
        return None
    full = sum(track in recent for track in IMAGES)
    chosen = by_age[next((age for age in ages if len(by_age[age]) == full), ages[0])]
    return RecordedCapture(
        {track: time_us for track, (time_us, _, _) in chosen.items()},
        {
            track: StoredImage(file.path, file.identity, offset, nbytes)
            for track, (_, offset, nbytes) in chosen.items()
        },
    )


def _by_age(recent: Mapping[str, Blocks], facts: Facts) -> dict[int, dict[str, tuple[int, int, int]]]:
    """Return the images by how many periods their pulse is older than the newest, and by track."""
    begin_us = facts.start_offset_us or 0
    depth_delay_us = facts.depth_delay_off_color_usec if "COLOR" in recent else 0
    images = [
        (track, time * facts.timestamp_scale_ns // 1000 + begin_us, offset, nbytes)
        for track in IMAGES
        for time, offset, nbytes in recent.get(track, ())
    ]
    delays_us = {"COLOR": 0, "DEPTH": depth_delay_us, "IR": depth_delay_us}
    last_us = max((time_us - delays_us[track] for track, time_us, *_ in images), default=0)
    by_age: dict[int, dict[str, tuple[int, int, int]]] = {}
    for track, time_us, offset, nbytes in images:
        age = round((last_us - time_us + delays_us[track]) * facts.fps / 1e6)
        by_age.setdefault(age, {})[track] = time_us, offset, nbytes
    return by_age
