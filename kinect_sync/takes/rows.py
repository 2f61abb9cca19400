"""What devices captured of one pulse, as programs see it: of a take on the disk, and of a rig while it runs.

Where the images come from is told by whoever gives such a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import IMAGE_BROKEN
from kinect_sync.findings.files import IMAGE_ABSENT
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.timing.alignment import HoleReason

WORDS = {"COLOR": "color", "DEPTH": "depth", "IR": "IR"}
"""What the images of each track are called."""


@dataclass(frozen=True)
class PulseCapture(ABC):
    """What one device captured of one pulse; a hole where that is not whole."""

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

    @property
    def color_jpeg(self) -> bytes:
        """Color as the camera compressed it, byte for byte; UsageError where that was a raw format."""
        data = self._stored_color()
        if self._color_format is not ColorFormat.MJPG:
            what = f"color was recorded as {self._color_format}, and there is no JPEG of it"
            raise UsageError(IMAGE_ABSENT.found(what, remedy="call `color()`", device=self.device))
        return data

    def color(self) -> NDArray[np.uint8]:
        """Decode color of any format: shape (height, width, 3), red first, read-only; not kept."""
        data = self._stored_color()
        try:
            image = self._decode_color(data)
        except ValueError as error:
            raise self._broken("COLOR", error) from error
        image.flags.writeable = False
        return image

    @property
    def depth(self) -> NDArray[np.uint16]:
        """Depth in mm along the camera's axis, 0 where it is unknown: shape (height, width), read-only."""
        return self._gray("DEPTH")

    @property
    def ir(self) -> NDArray[np.uint16]:
        """Brightness in infrared, as the sensor counts it: shape (height, width), read-only."""
        return self._gray("IR")

    # --- for whoever gives the images -------------------------------------------------------------------

    @property
    @abstractmethod
    def _color_format(self) -> ColorFormat | None:
        """How color is stored."""

    @abstractmethod
    def _stored_color(self) -> bytes:
        """Return color as it is stored; UsageError where it is not there."""

    @abstractmethod
    def _decode_color(self, data: bytes) -> NDArray[np.uint8]:
        """Decode stored color; ValueError where it is damaged."""

    @abstractmethod
    def _gray(self, track: str) -> NDArray[np.uint16]:
        """Return depth or IR, read-only; UsageError where it is not there, or damaged."""

    def _absent(self, track: str) -> UsageError:
        """Say why there is no such image where nobody told its time."""
        why = f"is a hole: {self.hole}" if self.hole else f"has no {WORDS[track]}: it was off"
        return UsageError(IMAGE_ABSENT.found(f"pulse {self.pulse} {why}", device=self.device))

    def _broken(self, track: str, error: ValueError) -> UsageError:
        what = f"{WORDS[track]} of pulse {self.pulse} is broken: {error}"
        return UsageError(IMAGE_BROKEN.found(what, device=self.device))


CaptureT = TypeVar("CaptureT", bound=PulseCapture)


class PulseRow(Mapping[str, CaptureT]):
    """One pulse: a mapping from each device's name to its capture, whole or a hole, in the rig's order."""

    pulse: int
    """The pulse, counted from the take's first."""

    def __init__(self, pulse: int, captures: Mapping[str, CaptureT]) -> None:
        """Hold what the devices captured of `pulse`."""
        self.pulse = pulse
        self._captures = captures

    @property
    def complete(self) -> bool:
        """Whether every device has a whole capture."""
        return all(capture.hole is None for capture in self._captures.values())

    def __getitem__(self, device: str) -> CaptureT:
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
        return f"<{type(self).__name__} {self.pulse}: {holes or 'complete'}>"
