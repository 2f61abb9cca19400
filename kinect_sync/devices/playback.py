"""Recordings as a bench: MKV files play the part of devices, so that all else can be tried on real images.

One file is one device. A subordinate's file begins to play when the master's does, as pulses would come. It
plays in real time, or as fast as it is read; captures then say that they reached the host when they would
have in real time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.k4a.extension import THREAD_SAFE, give_none_back, view_capture
from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.devices.port import AT_READERS_PACE, LIVE, Discovered, StreamEnded
from kinect_sync.devices.programme import Programme
from kinect_sync.errors import DeviceLost, DeviceNotFound
from kinect_sync.files import replace_file
from kinect_sync.findings import Kind
from kinect_sync.findings.files import RECORDING_BROKEN, RECORDING_MISSING, RECORDING_UNREADABLE
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

STARTED = "playing"
"""Name of the file that says when the pulses began, for the processes of the other devices."""
TRIGGER_AFTER_S = 5.0
"""Where no master is played, the pulses begin so long after the first device was armed."""
SUCCEEDED = 0
ENDED = 2
"""`K4A_STREAM_RESULT_EOF`"""


class PlaybackBench:
    """The recordings of a set as devices, by serial number."""

    def __init__(self, programme: Programme) -> None:
        """Play a programme."""
        self._programme = programme

    def discover(self) -> Sequence[Discovered]:
        """List the recordings; what the jacks said then is not in a file."""
        return [Discovered(index=index, serial=serial) for index, serial in enumerate(self._programme.reels)]

    def look(self) -> Sequence[Discovered]:
        """List the recordings; a file needs not be kept open."""
        return self.discover()

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def open(self, settings: DeviceSettings, index: int | None = None) -> PlaybackDevice:  # noqa: ARG002
        """Open the recording with the serial of `settings`."""
        if settings.serial not in self._programme.reels:
            raise DeviceNotFound(
                RECORDING_MISSING.found(
                    f"no recording is of a device with serial {settings.serial}",
                    device=settings.name,
                    remedy="play a take of this rig",
                )
            )
        return PlaybackDevice(load_sdk(), self._programme, settings)


class PlaybackDevice:
    """One recording, read by libk4arecord, each capture given when its time has come."""

    def __init__(self, sdk: Sdk, programme: Programme, settings: DeviceSettings) -> None:
        """Open the recording of the device; DeviceLost when libk4arecord can't."""
        self.serial = settings.serial
        self.pace = AT_READERS_PACE if programme.fast else LIVE
        self._sdk = sdk
        self._name = settings.name
        self._reel = programme.reels[settings.serial]
        self._settings = settings
        self._started = programme.directory / STARTED
        self._leads = programme.source == settings.serial
        self._pending: Capture | None = None
        self._zero_ns: int | None = None
        self._file: Any = sdk.pyk4a.PyK4APlayback(self._reel.path, thread_safe=THREAD_SAFE)
        try:
            self._file.open()
        except sdk.pyk4a.K4AException as failure:
            remedy = f"`ksync repair {self._reel.path}` completes files of a recorder that died"
            raise self._lost(RECORDING_UNREADABLE, "libk4arecord can't open it", remedy) from failure

    def firmware(self) -> Firmware | None:
        """Return None: pyk4a does not read the recording's tags."""
        return None

    def jacks(self) -> Jacks:
        """Return unknown jacks: a recording does not hold them."""
        return Jacks(sync_in=None, sync_out=None)

    def calibration(self) -> bytes | None:
        """Read the calibration that the recording holds; None where it holds none."""
        try:
            return str(self._file.calibration_raw).encode()
        except self._sdk.pyk4a.K4AException:
            return None

    def set_controls(self, settings: DeviceSettings) -> Controls:
        """Repeat what was asked for: a recording can't be exposed again."""
        return Controls(
            exposure_us=settings.exposure_us,
            powerline_hz=settings.powerline_hz,
            gain=settings.gain,
            white_balance_k=settings.white_balance_k,
        )

    def start(self, settings: DeviceSettings) -> None:
        """Begin to play; the others' recordings wait for the one that leads."""
        self._settings = settings
        if self._leads:
            self._pending = self._read()
            wait_s = (
                TRIGGER_AFTER_S if settings.role is Role.SUBORDINATE and not self.pace.captures_wait else 0.0
            )
            zero_ns = time.monotonic_ns() + round(wait_s * 1e9) - _device_time_ns(self._pending)
            replace_file(self._started, str(zero_ns).encode())

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Give the next capture at its moment; None when that does not come in time.

        Raises `StreamEnded` at the end of the part that is played.
        """
        deadline_ns = time.monotonic_ns() + timeout_ms * 1_000_000
        zero_ns = self._await_zero(deadline_ns)
        if zero_ns is None:
            return None
        capture = self._pending or self._read()
        due_ns = zero_ns + _device_time_ns(capture)
        if self.pace.captures_wait:
            self._pending = None
            return replace(capture, host_time_ns=due_ns)
        if due_ns > deadline_ns:
            self._pending = capture
            _sleep_until(deadline_ns)
            return None
        self._pending = None
        _sleep_until(due_ns)
        return replace(capture, host_time_ns=time.monotonic_ns())

    def get_imu_samples(self) -> Sequence[ImuSample]:
        """Return nothing: playback of the IMU is not supported."""
        return ()

    def stop(self) -> None:
        """Do nothing: reading stops when nobody reads."""

    def close(self) -> None:
        """Close the recording; harmless when it is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _await_zero(self, deadline_ns: int) -> int | None:
        """Return the host time at which the recorded clocks stood at zero; None while nothing plays."""
        while self._zero_ns is None:
            try:
                self._zero_ns = int(self._started.read_text())
            except (FileNotFoundError, PermissionError):  # Windows refuses a file that is just being renamed
                if time.monotonic_ns() >= deadline_ns:
                    return None
                time.sleep(0.01)
        return self._zero_ns

    def _read(self) -> Capture:
        """Read the next capture of the part that is played."""
        reel = self._reel
        while True:
            capture = self._read_any()
            if capture.images:
                moment_us = self._moment_us(capture)
                if reel.end_us is not None and moment_us > reel.end_us:
                    raise StreamEnded
                if reel.begin_us is None or moment_us >= reel.begin_us:
                    return capture

    def _moment_us(self, capture: Capture) -> int:
        """Return when color was or would have been taken; when depth was, where no color is asked for."""
        time_us = capture.images[0].device_timestamp_usec
        lacks_color = capture.color is None and self._settings.has_color
        return time_us - self._settings.depth_delay_off_color_usec if lacks_color else time_us

    def _read_any(self) -> Capture:
        extension = self._sdk.extension
        result, capsule = extension.playback_get_next_capture(self._file._handle, THREAD_SAFE)
        if capsule is None:
            give_none_back()
        if result == ENDED:
            raise StreamEnded
        if result != SUCCEEDED:
            raise self._lost(RECORDING_BROKEN, "libk4arecord can't read on in it")
        return self._unwrapped(view_capture(self._sdk, capsule, self._settings, host_time_ns=0))

    def _unwrapped(self, capture: Capture) -> Capture:
        if not self._reel.wrapped_us:
            return capture
        color, depth, ir = (self._later(image) for image in (capture.color, capture.depth, capture.ir))
        return replace(capture, color=color, depth=depth, ir=ir)

    def _later(self, image: Image | None) -> Image | None:
        if image is None:
            return None
        return replace(image, device_timestamp_usec=image.device_timestamp_usec + self._reel.wrapped_us)

    def _lost(self, kind: Kind, what: str, remedy: str | None = None) -> DeviceLost:
        what = f"the recording {self._reel.path}: {what}"
        return DeviceLost(kind.found(what, device=self._name, remedy=remedy))


def _device_time_ns(capture: Capture) -> int:
    return capture.images[0].device_timestamp_usec * 1000


def _sleep_until(moment_ns: int) -> None:
    left_ns = moment_ns - time.monotonic_ns()
    if left_ns > 0:
        time.sleep(left_ns / 1e9)
