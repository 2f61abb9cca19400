"""The images of one recording, found by device timestamp and read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.decoding import GrayDecoder, decode_color, gray_decoder
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.manifest import TakeDevice
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.mkv.reader import opened
from kinect_sync.takes.opened_take import OpenedTake


class RecordedImages:
    """One device's recording, looked through as far as is needed, and open only while it is read.

    So nothing has to be closed, and it may go to other threads and processes.
    """

    def __init__(self, take: OpenedTake, device: TakeDevice) -> None:
        """Stand for the recording of a take's device."""
        self._take = take
        self._device = device

    @property
    def device(self) -> str:
        """The operator's word for the device."""
        return self._device.settings.name

    @cached_property
    def _places(self) -> ImagePlaces:
        """What the recording's header says, and where its images are.

        Raises UsageError where it is not in the take's folder, or can't be read.
        """
        path = self._take.recording(self._device)
        with self._reading():
            return ImagePlaces(path)

    @property
    def _facts(self) -> Facts:
        return self._places.facts

    def has(self, track: str) -> bool:
        """Whether `COLOR`, `DEPTH` or `IR` was recorded at all."""
        return self._places.has(track)

    @property
    def color_format(self) -> ColorFormat | None:
        """How color is stored; None where there is none."""
        return self._facts.color_format

    def read(self, track: str, timestamp_us: int) -> bytes | None:
        """Read an image as it is stored; None where the recording has none of this time.

        Raises UsageError where the file can't be read.
        """
        with self._reading():
            place = self._places.find(track, timestamp_us)
            if place is None:
                return None
            with opened(self._places.path) as file:
                return file.read(place.offset, place.nbytes)

    def color(self, data: bytes) -> NDArray[np.uint8]:
        """Decode color: shape (height, width, 3), red first; ValueError where it is damaged."""
        facts = self._facts
        return decode_color(data, facts.color_format or ColorFormat.MJPG, facts.color_resolution.size)

    def gray(self, track: str, data: bytes) -> NDArray[np.uint16]:
        """Decode depth or IR: shape (height, width); ValueError where it is damaged."""
        return self._decoders[track](data).astype(np.uint16)

    @cached_property
    def _decoders(self) -> dict[str, GrayDecoder]:
        tracks = [track for track in self._facts.tracks if track.name in ("DEPTH", "IR")]
        return {track.name: gray_decoder(track) for track in tracks}

    def geometry(self) -> DeviceGeometry:
        """Read lenses and poses in the recording's modes; UsageError where it has none that can be used."""
        facts = self._facts
        return read_geometry(self._places.path, self.device, facts.depth_mode, facts.color_resolution)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name the device where its file can't be read."""
        try:
            yield
        except KsyncError as error:
            named = (finding.model_copy(update={"device": self.device}) for finding in error.findings)
            raise UsageError(*named) from error
