"""One open Kinect."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.k4a.configuration import make_configuration
from kinect_sync.devices.k4a.controls import ControlPanel
from kinect_sync.devices.k4a.diagnosis import explain_refusal
from kinect_sync.devices.k4a.extension import FAILED, SUCCEEDED, read_capture, read_imu_sample
from kinect_sync.devices.k4a.firmware import read_firmware
from kinect_sync.devices.k4a.raw_calibration import read_calibration
from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.devices.k4a.sdk_errors import error
from kinect_sync.devices.port import LIVE
from kinect_sync.errors import StartRefused
from kinect_sync.findings.bench import JACKS_UNREADABLE
from kinect_sync.findings.sdk import CALIBRATION_UNREADABLE, IMU_ENDED, IMU_REFUSED, NOT_STARTED, STREAM_ENDED
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role


class KinectDevice:
    """An open Azure Kinect or Femto, through pyk4a.

    pyk4a's own start and stop are not used: they run the IMU, which loads the USB for nothing, and close
    the device. One thread reads; another may call `stop`, which wakes the reader; `close` comes after the
    reader has returned, and after every image was let go.
    """

    def __init__(self, sdk: Sdk, kinect: Any, settings: DeviceSettings) -> None:
        """Take over an open `PyK4A` whose serial is that of the settings."""
        self.serial = settings.serial
        self.pace = LIVE
        self._sdk = sdk
        self._kinect = kinect
        self._settings = settings
        self._name = settings.name
        self._running = False
        self._imu_running = False
        self._imu_ended = False
        self._closing = Lock()

    def firmware(self) -> Firmware | None:
        """Read the firmware versions; None where the SDK does not tell."""
        return read_firmware(self._sdk, self._kinect)

    def jacks(self) -> Jacks:
        """Read the plug detectors; unknown on a Femto, whose SDK answers `no` whatever is plugged in."""
        if not self._settings.hardware.profile.jacks_tell:
            return Jacks(sync_in=None, sync_out=None)
        try:
            sync_in, sync_out = self._kinect.sync_jack_status
        except self._sdk.pyk4a.K4AException as failure:
            raise error(JACKS_UNREADABLE, self._name) from failure
        return Jacks(sync_in=sync_in, sync_out=sync_out)

    def calibration(self) -> bytes:
        """Read the factory calibration: JSON, without the NUL that ends it in the SDK."""
        calibration = read_calibration(self._sdk, self._kinect)
        if not calibration:
            raise error(CALIBRATION_UNREADABLE, self._name)
        return calibration

    def set_controls(self, settings: DeviceSettings) -> Controls:
        """Set the color controls once, powerline before exposure, and read them back."""
        return ControlPanel(self._sdk, self._kinect, self._name).apply(settings)

    def start(self, settings: DeviceSettings) -> None:
        """Start the cameras; raises `StartRefused` with what is known about the cause.

        A subordinate's IMU waits for the first capture: before that its clock has not been zeroed, and
        samples would carry times of the old one.
        """
        self._settings = settings
        self._kinect._config = make_configuration(self._sdk, settings)
        try:
            self._kinect._start_cameras()
        except self._sdk.pyk4a.K4AException as failure:
            raise StartRefused(*explain_refusal(settings, self.jacks)) from failure
        self._running = True
        if settings.imu and settings.role is not Role.SUBORDINATE:
            self._start_imu()

    def get_capture(self, timeout_ms: int) -> Capture | None:
        """Wait for the next capture; None after the timeout, and when `stop` ends the waiting.

        A failure is no timeout: the SDK then gives nothing more until the cameras are started again, which
        is `DeviceLost`.
        """
        if not self._running:
            raise error(NOT_STARTED, self._name)
        result, capture = read_capture(self._sdk, self._kinect, self._settings, timeout_ms)
        if result == FAILED and self._running:
            raise error(STREAM_ENDED, self._name)
        if result == SUCCEEDED and self._settings.imu and not self._imu_running:
            self._start_imu()
        return capture

    def get_imu_samples(self) -> Sequence[ImuSample]:
        """Take what the IMU has queued, without waiting; empty unless the IMU runs.

        Raises `ImuEnded` once, when the SDK gives no more of them: it goes on with images and says nothing.
        """
        samples: list[ImuSample] = []
        while self._imu_running and not self._imu_ended:
            result, sample = read_imu_sample(self._sdk, self._kinect)
            if sample is not None:
                samples.append(sample)
            elif result == FAILED and self._imu_running and not samples:
                self._imu_ended = True
                raise error(IMU_ENDED, self._name)
            else:
                break
        return samples

    def stop(self) -> None:
        """Stop the cameras, and the IMU before them; harmless when they do not run."""
        imu_runs, self._imu_running = self._imu_running, False
        runs, self._running = self._running, False
        if imu_runs:
            self._kinect._stop_imu()
        if runs:
            self._kinect._stop_cameras()

    def close(self) -> None:
        """Stop and give the device back to the SDK, exactly once."""
        with self._closing:
            if self._kinect.opened:
                self.stop()
                self._kinect.close()

    def _start_imu(self) -> None:
        try:
            self._kinect._start_imu()
        except self._sdk.pyk4a.K4AException as failure:
            self.stop()
            raise error(IMU_REFUSED, self._name) from failure
        self._imu_running, self._imu_ended = True, False
