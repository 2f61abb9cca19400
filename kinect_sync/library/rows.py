"""Rows of a take: what every device captured of one pulse, its images read when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import IMAGE_BROKEN, IMAGE_NOT_IN_FILE
from kinect_sync.findings.files import IMAGE_ABSENT
from kinect_sync.library.images import RecordedImages
from kinect_sync.review.fusing.row_in_space import RowInSpace
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.timing.alignment import HoleReason


@dataclass(frozen=True)
class TakeCapture:
    """What one device captured of one pulse; a hole where that is not whole.

    An image is read from the recording when it is first asked for, and kept as long as the capture is. Where
    it is not there, or damaged, UsageError says why.
    """

    device: str
    """The operator's word for the device."""
    pulse: int
    """The pulse, counted from the take's first."""
    hole: HoleReason | None
    """Why it is not whole; None where it is. Of a `half_capture`, some images are there."""
    color_timestamp_us: int | None
    """Centre of the color exposure on the device's clock; None without a color image."""
    depth_timestamp_us: int | None
    """Centre of the depth exposure, or of IR where depth is off; None without either."""
    host_time_ns: int | None
    """When it reached the host, on the take's steady clock; None where that is not known."""
    residual_us: float | None
    """Observed - expected device timestamp, against the reference device; positive is late. None where
    either is missing."""
    images: RecordedImages = field(repr=False, compare=False)
    """Where the images are read from."""

    @cached_property
    def color_jpeg(self) -> bytes:
        """Color as the camera compressed it, byte for byte; UsageError where that was a raw format."""
        data = self._stored_color
        if self.images.color_format is not ColorFormat.MJPG:
            what = f"color was recorded as {self.images.color_format}, and there is no JPEG of it"
            raise UsageError(IMAGE_ABSENT.found(what, remedy="call `color()`", device=self.device))
        return data

    def color(self) -> NDArray[np.uint8]:
        """Decode color of any format: shape (height, width, 3), red first, read-only; not kept."""
        data = self._stored_color
        try:
            image = self.images.color(data)
        except ValueError as error:
            raise self._broken("color", error) from error
        image.flags.writeable = False
        return image

    @cached_property
    def depth(self) -> NDArray[np.uint16]:
        """Depth in mm along the camera's axis, 0 where it is unknown: shape (height, width), read-only."""
        return self._gray("DEPTH")

    @cached_property
    def ir(self) -> NDArray[np.uint16]:
        """Brightness in infrared, as the sensor counts it: shape (height, width), read-only."""
        return self._gray("IR")

    @cached_property
    def _stored_color(self) -> bytes:
        return self._read("COLOR", self.color_timestamp_us)

    def _gray(self, track: str) -> NDArray[np.uint16]:
        data = self._read(track, self.depth_timestamp_us)
        try:
            image = self.images.gray(track, data)
        except ValueError as error:
            raise self._broken(_WORDS[track], error) from error
        image.flags.writeable = False
        return image

    def _read(self, track: str, timestamp_us: int | None) -> bytes:
        word = _WORDS[track]
        if timestamp_us is None:
            why = f"is a hole: {self.hole}" if self.hole else f"has no {word}: it was off"
            raise UsageError(IMAGE_ABSENT.found(f"pulse {self.pulse} {why}", device=self.device))
        data = self.images.read(track, timestamp_us)
        if data is not None:
            return data
        if not self.images.has(track):
            raise UsageError(IMAGE_ABSENT.found(f"{word} was not recorded", device=self.device))
        what = f"the index names {word} of pulse {self.pulse}, and the recording does not hold it"
        raise UsageError(IMAGE_NOT_IN_FILE.found(what, device=self.device))

    def _broken(self, word: str, error: ValueError) -> UsageError:
        what = f"{word} of pulse {self.pulse} is broken: {error}"
        return UsageError(IMAGE_BROKEN.found(what, device=self.device))


_WORDS = {"COLOR": "color", "DEPTH": "depth", "IR": "IR"}


class TakeRow(RowInSpace[TakeCapture]):
    """One pulse: a mapping from each device's name to its capture, whole or a hole, in the rig's order."""

    pulse: int
    """The pulse, counted from the take's first."""

    def __init__(
        self, pulse: int, captures: Mapping[str, TakeCapture], space: Callable[[], RigSpace]
    ) -> None:
        """Hold what the devices captured of `pulse`; `space` returns their world."""
        self.pulse = pulse
        self._captures = captures
        self._find_space = space

    @property
    def complete(self) -> bool:
        """Whether every device has a whole capture."""
        return all(capture.hole is None for capture in self._captures.values())

    def __getitem__(self, device: str) -> TakeCapture:
        """Return a device's capture; KeyError, which names the devices, for any other name."""
        try:
            return self._captures[device]
        except KeyError:
            names = ", ".join(self._captures)
            raise KeyError(f"there is no device {device!r} in this row, but {names}") from None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the devices' names."""
        return iter(self._captures)

    def __len__(self) -> int:
        """Return the number of devices."""
        return len(self._captures)

    def __repr__(self) -> str:
        """Say which pulse it is, and what is missing."""
        holes = ", ".join(f"{name}: {each.hole}" for name, each in self.items() if each.hole)
        return f"<TakeRow {self.pulse}: {holes or 'complete'}>"

    def _space(self) -> RigSpace:
        return self._find_space()
