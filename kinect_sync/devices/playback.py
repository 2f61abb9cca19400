"""Recordings as a bench: MKV files play the part of devices, in real time, so that all else can be tried.

One file is one device. A subordinate's file begins to play when the master's does, as pulses would come.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.k4a.extension import THREAD_SAFE, view_capture
from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.devices.port import Controls, Discovered, Firmware, Jacks
from kinect_sync.errors import DeviceLost, DeviceNotFound
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

STARTED = "playing"
"""Name of the file that says when the pulses began, for the processes of the other devices."""
TRIGGER_AFTER_S = 5.0
"""Where no master is played, the pulses begin so long after the first device was armed."""
SUCCEEDED = 0


class PlaybackBench:
    """The recordings of a set as devices, by serial number."""

    def __init__(self, recordings: Mapping[str, Path], source: str, directory: Path) -> None:
        """Play `recordings`, serial to file.

        `source` is the serial of the device whose start is the first pulse: the master, or the first behind
        a trigger. `directory` is where the processes leave word for each other.
        """
        self._recordings = dict(recordings)
        self._source = source
        self._started = directory / STARTED

    def discover(self) -> Sequence[Discovered]:
        """List the recordings; what the jacks said then is not in a file."""
        unknown = Jacks(sync_in=None, sync_out=None)
        return [
            Discovered(index=index, serial=serial, jacks=unknown)
            for index, serial in enumerate(self._recordings)
        ]

    def look(self) -> Sequence[Discovered]:
        """List the recordings; a file needs not be kept open."""
        return self.discover()

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def open(self, settings: DeviceSettings, index: int | None = None) -> PlaybackDevice:  # noqa: ARG002
        """Open the recording with the serial of `settings`."""
        path = self._recordings.get(settings.serial)
        if path is None:
            raise DeviceNotFound(
                Finding(
                    code="recording-missing",
                    device=settings.name,
                    what=f"no recording is of a device with serial {settings.serial}",
                    remedy="play a take of this rig",
                )
            )
        return PlaybackDevice(
            load_sdk(), path, settings, self._started, leads=self._source == settings.serial
        )


class PlaybackDevice:
    """One recording, read by libk4arecord, each capture given when its time has come."""

    def __init__(self, sdk: Sdk, path: Path, settings: DeviceSettings, started: Path, *, leads: bool) -> None:
        """Open the recording at `path`; DeviceLost when libk4arecord can't."""
        self.serial = settings.serial
        self._sdk = sdk
        self._name = settings.name
        self._path = path
        self._settings = settings
        self._started = started
        self._leads = leads
        self._pending: Capture | None = None
        self._zero_ns: int | None = None
        self._file: Any = sdk.pyk4a.PyK4APlayback(path, thread_safe=THREAD_SAFE)
        try:
            self._file.open()
        except sdk.pyk4a.K4AException as failure:
            raise self._lost("recording-unreadable", "libk4arecord can't open it") from failure

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
            wait_s = TRIGGER_AFTER_S if settings.role is Role.SUBORDINATE else 0.0
            zero_ns = time.monotonic_ns() + round(wait_s * 1e9) - _device_time_ns(self._pending)
            fresh = self._started.with_suffix(".new")
            fresh.write_text(str(zero_ns))
            fresh.replace(self._started)

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Wait for the moment of the next capture; None when it does not come in time."""
        deadline_ns = time.monotonic_ns() + timeout_ms * 1_000_000
        zero_ns = self._await_zero(deadline_ns)
        if zero_ns is None:
            return None
        capture = self._pending or self._read()
        due_ns = zero_ns + _device_time_ns(capture)
        if due_ns > deadline_ns:
            self._pending = capture
            _sleep_until(deadline_ns)
            return None
        self._pending = None
        _sleep_until(due_ns)
        return Capture(capture.color, capture.depth, capture.ir, time.monotonic_ns())

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
            except FileNotFoundError:
                if time.monotonic_ns() >= deadline_ns:
                    return None
                time.sleep(0.01)
        return self._zero_ns

    def _read(self) -> Capture:
        extension = self._sdk.extension
        result, capsule = extension.playback_get_next_capture(self._file._handle, THREAD_SAFE)
        if result != SUCCEEDED:
            raise self._lost("recording-ended", "it has been played to its end")
        return view_capture(self._sdk, capsule, self._settings, host_time_ns=0)

    def _lost(self, code: str, what: str) -> DeviceLost:
        return DeviceLost(
            Finding(
                code=code,
                device=self._name,
                what=f"the recording {self._path}: {what}",
                remedy="give --duration or --captures less than the recording holds, or another recording",
            )
        )


def _device_time_ns(capture: Capture) -> int:
    return capture.images[0].device_timestamp_usec * 1000


def _sleep_until(moment_ns: int) -> None:
    left_ns = moment_ns - time.monotonic_ns()
    if left_ns > 0:
        time.sleep(left_ns / 1e9)
