"""The thread that takes captures from the device as fast as they come, and does nothing else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.port import Device, StreamEnded
from kinect_sync.errors import DeviceError, ImageDamaged, ImuEnded, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.start import READER_FAILED
from kinect_sync.host.awake import AwakeClock

TIMEOUT_MS = 100
"""One wait for a capture. Finite, because a subordinate without pulses would never return."""


class CaptureReader(threading.Thread):
    """Reads one device until it is told to stop or the device's stream ends.

    A daemon: a call that hangs inside the SDK can't be interrupted, and must not keep the process alive.
    """

    def __init__(
        self,
        device: Device,
        offer: Callable[[Capture], None],
        offer_imu: Callable[[Sequence[ImuSample]], None] | None,
        awake: AwakeClock | None = None,
    ) -> None:
        """Read from `device` into `offer`, and its IMU into `offer_imu` where one is asked for.

        `awake` counts the time in which this process ran; somebody else ticks it.
        """
        super().__init__(name="capture-reader", daemon=True)
        self._device = device
        self._offer = offer
        self._offer_imu = offer_imu
        self._stopping = threading.Event()
        self._awake = awake or AwakeClock()
        self._asked_s: float | None = None
        self.ended = False
        """Whether the device has given all it has."""
        self.failure: tuple[Finding, ...] = ()
        self._notes: queue.SimpleQueue[Finding] = queue.SimpleQueue()

    @property
    def silent_ms(self) -> int:
        """How long the device has not answered: a little while waiting, for ever when the SDK hangs.

        A time in which this process stood still is not the device's.
        """
        asked_s = self._asked_s
        return 0 if asked_s is None else round((self._awake.now_s - asked_s) * 1000)

    def run(self) -> None:
        """Read until stopped; a failure is kept for the session to report."""
        try:
            while not self._stopping.is_set():
                self._read_once()
        except StreamEnded:
            self.ended = True
        except KsyncError as error:
            self.failure = error.findings
        except Exception as error:  # whatever the library raises must be told, not lost with the thread
            self.failure = (READER_FAILED.found(f"reading stopped: {type(error).__name__}: {error}"),)

    def _read_once(self) -> None:
        self._asked_s = self._awake.now_s
        try:
            capture = self._device.get_capture(TIMEOUT_MS)
        except ImageDamaged as error:
            self._note(error)
            return
        finally:
            self._asked_s = None
        if capture is not None:
            self._offer(capture)
        if self._offer_imu is not None and (samples := self._take_imu_samples()):
            self._offer_imu(samples)

    def _take_imu_samples(self) -> Sequence[ImuSample]:
        try:
            return self._device.get_imu_samples()
        except ImuEnded as error:  # the images are worth more than that
            self._note(error)
            return ()

    def _note(self, error: DeviceError) -> None:
        for finding in error.findings:
            self._notes.put(finding)

    def take_notes(self) -> tuple[Finding, ...]:
        """Take what was found since the last call that ends nothing."""
        return tuple(self._notes.get() for _ in range(self._notes.qsize()))

    def end(self) -> None:
        """Read no more; a call that waits for a capture may still bring one."""
        self._stopping.set()

    def stop(self, timeout_s: float) -> bool:
        """Stop reading; False when the device hangs and the thread had to be left behind."""
        self.end()
        if self.is_alive():
            self.join(timeout_s)
        return not self.is_alive()
