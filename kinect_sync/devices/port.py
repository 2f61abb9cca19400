"""The port between ksync and whatever delivers captures: a bench of devices, and one device.

A rig says what should be; a bench says what is. Three adapters fill this port: `devices.k4a` (a Kinect,
through pyk4a), `devices.simulated` and `devices.playback`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.findings import Finding
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.values import Value


class Discovered(Value):
    """One device that the bench lists, opened or not."""

    index: int
    """The SDK's index: discovery order, not stable across replugging."""
    serial: str | None
    """None where the device could not be opened; `problem` says why."""
    jacks: Jacks | None = None
    """None where they were not read, or there are none to read."""
    firmware: Firmware | None = None
    problem: Finding | None = None
    """Why it could not be opened, or not be read."""
    host: str | None = None
    """The other host that it is connected to; None for the computer of whoever asks."""


class Pace(Value):
    """Who sets the pace at which captures come: the device's world, or their reader.

    A recording that is played fast gives a capture whenever one is asked for. What a camera's silence proves,
    and when a camera's capture is late, does not hold for it; whoever needs to know asks this.
    """

    captures_wait: bool
    """Whether the next capture waits for its reader, as in a file; a camera's is lost. What waits is never
    too late, and proves nothing by not coming."""
    settled_after: int
    """So many captures in a row show that the device's clock is steady."""
    exposes: bool
    """Whether the captures are taken now, so that the first ones show a camera that has not settled yet."""


LIVE = Pace(captures_wait=False, settled_after=3, exposes=True)
"""Captures come when they are taken."""
AS_RECORDED = Pace(captures_wait=False, settled_after=3, exposes=False)
"""Captures come when they were taken, from the start of a recording that is played."""
AT_READERS_PACE = Pace(captures_wait=True, settled_after=1, exposes=False)
"""Captures come when they are asked for. Their clock was set long ago, and there may be but one of them."""


class StreamEnded(Exception):
    """The device has given all it has, in good order: a recording has been played to its end."""


class Device(Protocol):
    """One open device. Every call may raise `DeviceError`; only `get_capture` waits."""

    serial: str
    """The device's own serial number."""
    pace: Pace
    """When its captures come."""

    def firmware(self) -> Firmware | None:
        """Read the firmware versions; None where the bench cannot tell."""
        ...

    def jacks(self) -> Jacks:
        """Read the plug detectors now: a plug, not a signal."""
        ...

    def calibration(self) -> bytes | None:
        """Read the factory calibration, as the JSON that the SDK writes into recordings."""
        ...

    def set_controls(self, settings: DeviceSettings) -> Controls:
        """Set the color controls once, powerline before exposure, and read them back."""
        ...

    def start(self, settings: DeviceSettings) -> None:
        """Start the cameras (and the IMU if asked); a subordinate then waits for pulses."""
        ...

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Wait for the next capture; None after the timeout.

        Raises `StreamEnded` after the last one, `DeviceLost` when the stream broke off, and `ImageDamaged`
        before a capture that lacks an image for that.
        """
        ...

    def get_imu_samples(self) -> Sequence[ImuSample]:
        """Take what the IMU has queued, without waiting; empty unless the IMU was asked for.

        Raises `ImuEnded`, once, where its stream has ended and the cameras go on.
        """
        ...

    def stop(self) -> None:
        """Stop the cameras; harmless when they do not run."""
        ...

    def close(self) -> None:
        """Give the device back; harmless when it is closed."""
        ...


class Bench(Protocol):
    """The devices that can be opened now."""

    def discover(self) -> Sequence[Discovered]:
        """List every device, opening and closing each once to learn its serial and jacks."""
        ...

    def count(self) -> int | None:
        """Count the devices that are connected, without opening any; None where that can't be told."""
        ...

    def claim(self, index: int) -> Discovered | None:
        """Open the device at an index and keep it open until `open` takes it; None where there is none.

        One that can't be opened has a problem, and is not kept.
        """
        ...

    def release(self, index: int) -> None:
        """Close what was claimed; harmless when nothing was."""
        ...

    def look(self) -> Sequence[Discovered]:
        """List every device and keep it open, so that looking again costs no more than reading jacks."""
        ...

    def open(self, settings: DeviceSettings, index: int | None = None) -> Device:
        """Open the device with the serial of `settings`; `index` is where it was claimed or seen last."""
        ...

    def close(self) -> None:
        """Give back what `look` and `claim` keep open; harmless when nothing is."""
        ...
