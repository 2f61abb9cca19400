"""Which images of a recording belong to one capture, among those that were written last."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kinect_sync.files import open_file
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.facts import Facts

Blocks = deque[tuple[int, int, int]]
"""The last images of a track in the order of the file: time in the file's unit, first byte, bytes."""
IMAGES = ("COLOR", "DEPTH", "IR")
"""The tracks of images, in the order in which they say when a capture was taken."""
FEW = 8
"""So many captures may lack an image, one after the other, before half a capture is shown."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Where one image stands, in a file that may be another one when it is read."""

    path: Path
    identity: tuple[int, int]
    """Device and number of the file."""
    offset: int
    nbytes: int

    def read(self) -> bytes:
        """Read it as it is stored; ValueError where it is not there any more, OSError where that fails."""
        with open_file(self.path) as stream:
            status = os.fstat(stream.fileno())
            data = ElementFile(stream).read(self.offset, self.nbytes)
        if (status.st_dev, status.st_ino) != self.identity or len(data) < self.nbytes:
            raise ValueError(f"{self.path.name} was replaced or cut off")
        return data


@dataclass(frozen=True, slots=True)
class NewestCapture:
    """The images of one capture, by track, with their device times in µs."""

    times_us: dict[str, int]
    images: dict[str, StoredImage]

    @property
    def device_us(self) -> int:
        """The time that it is aligned by: color's, or else that of depth or IR."""
        return next(self.times_us[track] for track in IMAGES if track in self.times_us)


def newest_capture(recent: Mapping[str, Blocks], facts: Facts, file: StoredImage) -> NewestCapture | None:
    """Return the newest whole capture; where the last few lack an image, the newest half one.

    None without any image.
    """
    images = [
        (track, time * facts.timestamp_scale_ns // 1000 + (facts.start_offset_us or 0), offset, nbytes)
        for track in IMAGES
        for time, offset, nbytes in recent.get(track, ())
    ]
    depth_delay_us = facts.depth_delay_off_color_usec if "COLOR" in recent else 0
    delays_us = {"COLOR": 0, "DEPTH": depth_delay_us, "IR": depth_delay_us}
    last_us = max((time_us - delays_us[track] for track, time_us, *_ in images), default=0)
    by_age: dict[int, NewestCapture] = {}
    for track, time_us, offset, nbytes in images:
        periods = round((last_us - time_us + delays_us[track]) * facts.fps / 1e6)
        capture = by_age.setdefault(periods, NewestCapture({}, {}))
        capture.times_us[track] = time_us
        capture.images[track] = replace(file, offset=offset, nbytes=nbytes)
    ages = sorted(age for age in by_age if age < FEW)
    whole = [age for age in ages if len(by_age[age].images) == sum(track in recent for track in IMAGES)]
    return by_age[(whole or ages)[0]] if ages else None
