"""What a recording must give to be played, whoever reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kinect_sync.captures import Capture
from kinect_sync.devices.programme import Reel
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings


class ReelFile(Protocol):
    """An open recording of one device: read by libk4arecord, or by ksync where that knows no such file."""

    def calibration(self) -> bytes | None:
        """Read the calibration that the recording holds; None where it holds none."""
        ...

    def differences(self, settings: DeviceSettings) -> list[Finding]:
        """Return what the settings ask for and the recording does not show."""
        ...

    def rewind(self) -> None:
        """Let the next capture be the first one again."""
        ...

    def read(self) -> Capture:
        """Read the next capture; `StreamEnded` after the last, or DeviceLost.

        Raises `ImageDamaged` before a capture that lacks an image for that; the next call gives it.
        """
        ...

    def close(self) -> None:
        """Close the recording; harmless when it is closed."""
        ...


OpenReel = Callable[[Reel, DeviceSettings], ReelFile]
"""Opens a recording; DeviceLost where that can't be done."""
