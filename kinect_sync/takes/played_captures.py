"""The captures of a recording one after the other, as whoever plays it needs them.

A recording keeps images in tracks of their own. They are put together as libk4arecord does it when it plays a
file, so that an archive plays as what it was made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedReader
from typing import NamedTuple

import numpy as np

from kinect_sync.captures import Image
from kinect_sync.files import open_file
from kinect_sync.takes.decoding import gray_decoder
from kinect_sync.takes.mkv.facts import TrackFacts
from kinect_sync.takes.mkv.reader import Recording

_COLOR, _GRAY = "COLOR", ("DEPTH", "IR")


class PlayedCapture(NamedTuple):
    """The images of one capture."""

    images: Mapping[str, Image]
    """By track; what the device did not give is not there."""
    damaged: Mapping[str, str]
    """By track: why an image that is in the file can't be read."""


class PlayedCaptures:
    """Reads a recording capture by capture; one reads at a time."""

    def __init__(self, recording: Recording) -> None:
        """Open a recording that was read; OSError, and UsageError (`pyav-missing`) where that is needed."""
        facts = recording.facts
        self._recording = recording
        self._tracks: dict[str, TrackFacts] = {
            name: track for name in (_COLOR, *_GRAY) if (track := facts.track(name)) is not None
        }
        self._decoders = {name: gray_decoder(self._tracks[name]) for name in _GRAY if name in self._tracks}
        self._stream = BufferedReader(open_file(recording.path))
        self.rewind()

    def rewind(self) -> None:
        """Begin again with the first capture."""
        self._groups = groups(self._recording)

    def read(self) -> PlayedCapture | None:
        """Read the next capture; None after the last one, OSError where the disk refuses."""
        group = next(self._groups, None)
        if group is None:
            return None
        images: dict[str, Image] = {}
        damaged: dict[str, str] = {}
        for name, number in group.items():
            try:
                images[name] = self._image(name, number)
            except ValueError as error:
                damaged[name] = str(error)
        return PlayedCapture(images, damaged)

    def close(self) -> None:
        """Close the file; harmless when it is closed."""
        self._stream.close()

    def _image(self, name: str, number: int) -> Image:
        blocks = self._recording.tracks[name]
        self._stream.seek(int(blocks.offsets[number]))
        data = self._stream.read(int(blocks.sizes[number]))
        if name in self._decoders:
            pixels = self._decoders[name](data).astype(np.uint16)
        else:
            pixels = np.frombuffer(data, np.uint8)
        return Image(pixels, int(blocks.timestamps_us[number]), system_timestamp_nsec=0)


def groups(recording: Recording) -> Iterator[dict[str, int]]:
    """Yield which images are one capture, by track and number in it: from the earliest on, half a period.

    What is compared is the time that color has, or would have, so that a depth delay does not part them.
    """
    half_us = 1_000_000 / recording.facts.fps / 2
    delays_us = {_COLOR: 0, **dict.fromkeys(_GRAY, recording.facts.depth_delay_off_color_usec)}
    moments = {
        name: recording.tracks[name].timestamps_us - delay_us
        for name, delay_us in delays_us.items()
        if name in recording.tracks
    }
    at = dict.fromkeys(moments, 0)
    while ahead := {name: int(each[at[name]]) for name, each in moments.items() if at[name] < len(each)}:
        limit_us = min(ahead.values()) + half_us
        group = {name: at[name] for name, moment_us in ahead.items() if moment_us < limit_us}
        yield group
        for name in group:
            at[name] += 1
