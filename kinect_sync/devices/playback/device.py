"""One recording that plays the part of a device: each capture is given when its time has come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.devices.playback.reel_file import ReelFile
from kinect_sync.devices.port import AS_RECORDED, AT_READERS_PACE, StreamEnded
from kinect_sync.devices.programme import Programme
from kinect_sync.devices.shared_records import read_record, write_record
from kinect_sync.errors import DeviceError, ImageDamaged, StartRefused
from kinect_sync.findings.sdk import NOT_STARTED
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role
from kinect_sync.steady import steady_ns
from kinect_sync.values import Value

STARTED = "playing"
"""Name of the file that says when the pulses began, for the processes of the other devices."""
TRIGGER_AFTER_S = 5.0
"""Where no master is played, the pulses begin so long after the first device was armed."""


class _Playing(Value):
    """Word that pulses come."""

    zero_ns: int | None
    """Host time at which the recorded clocks stood at zero; None once the master has stopped."""


class PlaybackDevice:
    """One recording as a device; it fills the `Device` protocol."""

    def __init__(
        self, file: ReelFile, programme: Programme, settings: DeviceSettings, lock: FileLock
    ) -> None:
        """Take over an open recording, and the lock that says so."""
        self.serial = settings.serial
        self.pace = AT_READERS_PACE if programme.fast else AS_RECORDED
        self._file = file
        self._reel = programme.reels[settings.serial]
        self._lock = lock
        self._settings = settings
        self._started = programme.directory / STARTED
        self._leads = programme.source == settings.serial
        self._pending: Capture | None = None
        self._damage: ImageDamaged | None = None
        """What was found as the first capture was read, and is not told yet."""
        self._runs = False

    def firmware(self) -> Firmware | None:
        """Return None: pyk4a does not read the recording's tags."""
        return None

    def jacks(self) -> Jacks:
        """Return unknown jacks: a recording does not hold them."""
        return Jacks(sync_in=None, sync_out=None)

    def calibration(self) -> bytes | None:
        """Read the calibration that the recording holds; None where it holds none."""
        return self._file.calibration()

    def set_controls(self, settings: DeviceSettings) -> Controls:
        """Repeat what a device makes of what is asked for: a recording can't be exposed again."""
        exposure_us, exposures = settings.exposure_us, settings.hardware.profile.exposures
        if exposure_us != "auto":
            exposure_us = exposures.effective_us(exposure_us, settings.powerline_hz, settings.fps)
        return Controls(
            exposure_us=exposure_us,
            powerline_hz=settings.powerline_hz,
            gain=settings.gain,
            white_balance_k=settings.white_balance_k,
        )

    def start(self, settings: DeviceSettings) -> None:
        """Begin to play, from the beginning; the others' recordings wait for the one that leads.

        StartRefused where the recording was made in another way than `settings` ask for.
        """
        if differences := self._file.differences(settings):
            raise StartRefused(*differences)
        self._file.rewind()
        self._settings, self._runs, self._pending = settings, True, None
        if self._leads:
            self._pending = self._read_first()
            triggered = settings.role is Role.SUBORDINATE and not self.pace.captures_wait
            wait_s = TRIGGER_AFTER_S if triggered else 0.0
            zero_ns = steady_ns() + round(wait_s * 1e9) - _device_time_ns(self._pending)
            write_record(self._started, _Playing(zero_ns=zero_ns))

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Give the next capture at its moment; None when that does not come in time.

        Raises `StreamEnded` at the end of the part that is played, `ImageDamaged` before a capture that lacks
        an image for that, and `DeviceError` where nothing is played.
        """
        if not self._runs:
            raise DeviceError(NOT_STARTED.found("its recording is not played", device=self._settings.name))
        if self._damage is not None:
            damage, self._damage = self._damage, None
            raise damage
        deadline_ns = steady_ns() + timeout_ms * 1_000_000
        zero_ns = self._await_zero(deadline_ns)
        if zero_ns is None:
            return None
        capture, self._pending = self._pending or self._read(), None
        due_ns = zero_ns + _device_time_ns(capture)
        if self.pace.captures_wait:
            return replace(capture, host_time_ns=due_ns)
        if due_ns > deadline_ns:
            self._pending = capture
            _sleep_until(deadline_ns)
            return None
        _sleep_until(due_ns)
        return replace(capture, host_time_ns=steady_ns())

    def get_imu_samples(self) -> Sequence[ImuSample]:
        """Return nothing: playback of the IMU is not supported."""
        return ()

    def stop(self) -> None:
        """Play no more; a master takes its pulses with it, where a trigger goes on."""
        if self._runs and self._leads and self._settings.role is not Role.SUBORDINATE:
            write_record(self._started, _Playing(zero_ns=None))
        self._runs = False

    def close(self) -> None:
        """Close the recording, so that others can open it; harmless when it is closed."""
        self.stop()
        self._file.close()
        self._lock.release()

    def _read_first(self) -> Capture:
        """Read the first capture, whose time says when all are due; what is damaged in it is told later."""
        try:
            return self._read()
        except ImageDamaged as damage:
            self._damage = damage
            return self._read()

    def _read(self) -> Capture:
        """Read the next capture of the part that is played; `StreamEnded` after the last."""
        reel = self._reel
        while True:
            capture = self._file.read()
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

    def _await_zero(self, deadline_ns: int) -> int | None:
        """Return the host time at which the recorded clocks stood at zero; None while no pulses come."""
        while (zero_ns := self._zero_ns()) is None and steady_ns() < deadline_ns:
            time.sleep(0.01)
        return zero_ns

    def _zero_ns(self) -> int | None:
        playing = read_record(self._started, _Playing)
        return None if playing is None else playing.zero_ns


def _device_time_ns(capture: Capture) -> int:
    return capture.images[0].device_timestamp_usec * 1000


def _sleep_until(moment_ns: int) -> None:
    left_ns = moment_ns - steady_ns()
    if left_ns > 0:
        time.sleep(left_ns / 1e9)
