"""One device's recording as a worker of a review reads it: opened once, images read where they stand."""

from __future__ import annotations

from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from kinect_sync.files import open_file
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.takes.decoding import GrayDecoder, decode_color, gray_decoder
from kinect_sync.takes.mkv.facts import TrackFacts
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces
from kinect_sync.values import Value


class DeviceContext(Value):
    """What a worker has to know about a device's recording."""

    name: str
    path: Path
    color_format: ColorFormat | None
    color_size: tuple[int, int]
    gray: TrackFacts | None
    """The track of depth or else of IR, which are stored alike; None where there is neither."""
    depth_mode: DepthMode
    color_resolution: ColorResolution


def context_of(name: str, places: ImagePlaces) -> DeviceContext:
    """Return what a recording's header says of it."""
    facts = places.facts
    return DeviceContext(
        name=name,
        path=places.path,
        color_format=facts.color_format,
        color_size=facts.color_resolution.size,
        gray=facts.track("DEPTH") or facts.track("IR"),
        depth_mode=facts.depth_mode,
        color_resolution=facts.color_resolution,
    )


class OpenRecording:
    """One device's recording, opened when it is first needed."""

    def __init__(self, context: DeviceContext) -> None:
        """Stand for a recording."""
        self.context = context
        self._stream: BinaryIO | None = None

    def read(self, place: ImagePlace | None) -> bytes:
        """Read an image as it is stored; ValueError where there is none."""
        if place is None:
            raise ValueError("the image is not in the recording")
        if self._stream is None:
            self._stream = BufferedReader(open_file(self.context.path))
        self._stream.seek(place.offset)
        return self._stream.read(place.nbytes)

    def gray(self, place: ImagePlace | None) -> NDArray[np.uint16]:
        """Return depth or IR, in any byte order; ValueError where it is damaged."""
        return self._decode_gray(self.read(place))

    @cached_property
    def _decode_gray(self) -> GrayDecoder:
        if self.context.gray is None:
            raise ValueError("the recording has no such images")
        return gray_decoder(self.context.gray)

    def color(self, data: bytes) -> NDArray[np.uint8]:
        """Decode color, red first; ValueError where it is damaged."""
        return decode_color(data, self.context.color_format or ColorFormat.MJPG, self.context.color_size)

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
