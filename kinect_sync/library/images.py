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
from kinect_sync.takes.decoding import decode_color, decode_gray
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.manifest import TakeDevice
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.mkv.reader import Recording, opened, read_recording
from kinect_sync.takes.opened_take import OpenedTake


class RecordedImages:
    """One device's recording, looked through when it is first needed, and open only while it is read.

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
    def recording(self) -> Recording:
        """What its header says, and the place and time of every image.

        Raises UsageError where it is not in the take's folder, or can't be read.
        """
        path = self._take.recording(self._device)
        with self._reading():
            return read_recording(path)

    @cached_property
    def _places(self) -> ImagePlaces:
        return ImagePlaces(self.recording)

    def has(self, track: str) -> bool:
        """Whether `COLOR`, `DEPTH` or `IR` was recorded at all."""
        return track in self.recording.tracks

    @property
    def color_format(self) -> ColorFormat | None:
        """How color is stored; None where there is none."""
        return self.recording.facts.color_format

    def read(self, track: str, timestamp_us: int) -> bytes | None:
        """Read an image as it is stored; None where the recording has none of this time.

        Raises UsageError where the file can't be read.
        """
        place = self._places.find(track, timestamp_us)
        if place is None:
            return None
        with self._reading(), opened(self.recording.path) as file:
            return file.read(place.offset, place.nbytes)

    def color(self, data: bytes) -> NDArray[np.uint8]:
        """Decode color: shape (height, width, 3), red first; ValueError where it is damaged."""
        facts = self.recording.facts
        return decode_color(data, facts.color_format or ColorFormat.MJPG, facts.color_resolution.size)

    def gray(self, track: str, data: bytes) -> NDArray[np.uint16]:
        """Decode depth or IR: shape (height, width); ValueError where it is damaged."""
        header = self.recording.facts.track(track)
        size = (header.width, header.height) if header is not None else (0, 0)
        return decode_gray(data, size).astype(np.uint16)

    def geometry(self) -> DeviceGeometry:
        """Read lenses and poses in the recording's modes; UsageError where it has none that can be used."""
        facts = self.recording.facts
        return read_geometry(self.recording.path, self.device, facts.depth_mode, facts.color_resolution)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Name the device where its file can't be read."""
        try:
            yield
        except KsyncError as error:
            named = (finding.model_copy(update={"device": self.device}) for finding in error.findings)
            raise UsageError(*named) from error
