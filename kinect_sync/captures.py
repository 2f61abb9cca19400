"""What a device gives: captures and IMU samples, as plain values without any SDK type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST_ARRIVAL_NS = 5_000_000_000
"""What arrived longer ago than that, or later than it was received, is told on another clock, or not at all.
(The SDK's queue of seven captures holds 1.4 s of them at 5 fps.)"""


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a capture, and when it was taken."""

    data: NDArray[Any]
    """C-contiguous pixels as the SDK gives them: bytes of color, or (height, width) uint16 in host order."""
    device_timestamp_usec: int
    """Centre of exposure on the device's own clock."""
    system_timestamp_nsec: int
    """Host CLOCK_MONOTONIC when the USB transfer ended: a measure of latency, not of capture time."""
    exposure_us: int | None = None
    """What a color image says that it was exposed for; None where nothing tells."""

    @property
    def nbytes(self) -> int:
        """Size of the pixels in bytes."""
        return int(self.data.nbytes)


@dataclass(frozen=True, slots=True)
class Capture:
    """Color, depth and IR of one device for one pulse; what the device did not give is None."""

    color: Image | None
    depth: Image | None
    ir: Image | None
    host_time_ns: int
    """Host CLOCK_MONOTONIC when the reader received the capture."""

    @property
    def color_us(self) -> int | None:
        """Device timestamp of color."""
        return self.color.device_timestamp_usec if self.color else None

    @property
    def depth_us(self) -> int | None:
        """Device timestamp of depth, or of IR, which is taken at the same time."""
        image = self.depth or self.ir
        return image.device_timestamp_usec if image else None

    @property
    def arrived_ns(self) -> int:
        """Host time at which depth had come over USB; where that is not told, when the capture was received.

        Depth of every mode is as long on its way. A color image of 4K or BGRA comes, or is decoded, some
        70 ms later, and a capture of both cameras waits for it.
        """
        image = self.depth or self.ir
        if image and 0 <= self.host_time_ns - image.system_timestamp_nsec < LONGEST_ARRIVAL_NS:
            return image.system_timestamp_nsec
        return self.host_time_ns

    @property
    def images(self) -> tuple[Image, ...]:
        """The images that are there, in the order color, depth, IR."""
        return tuple(image for image in (self.color, self.depth, self.ir) if image is not None)

    @property
    def nbytes(self) -> int:
        """Size of all pixels in bytes."""
        return sum(image.nbytes for image in self.images)


class ImuSample(NamedTuple):
    """One IMU sample in the SDK's units."""

    temperature_c: float
    acc_m_s2: tuple[float, float, float]
    acc_timestamp_usec: int
    gyro_rad_s: tuple[float, float, float]
    gyro_timestamp_usec: int


def as_bytes(image: Image) -> NDArray[np.uint8]:
    """View an image's pixels as a flat array of bytes, without a copy."""
    return image.data.reshape(-1).view(np.uint8)
