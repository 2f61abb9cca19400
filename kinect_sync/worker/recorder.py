"""Which captures of one device belong to its file, and which pulse each of them is.

Before the first common pulse is known the recorder holds captures back, so that every file can begin
exactly there; from then on it numbers them by their timestamps, until the last pulse has passed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.devices.port import LIVE, Pace
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import CLOCK_JUMPED
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.steady import steady_s
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.pulses import JUMPED, Offsets, PulseCounter, is_pulse, pulse_time_us
from kinect_sync.wire.capture_ring import RingWriter
from kinect_sync.wire.messages import Record
from kinect_sync.worker.preroll import HeldCaptures
from kinect_sync.worker.ring_queue import LOOK_S, RingQueue
from kinect_sync.worker.write_queue import WriteQueue
from kinect_sync.worker.writers import Writer

HELD_IMU_SAMPLES = 4096
"""IMU samples held back with the captures: 2.5 s at 1.6 kHz, more than `HELD_S`."""


class Recorder:
    """Holds and numbers the captures of one device, and puts them into the queues to its file and ring."""

    def __init__(
        self,
        settings: DeviceSettings,
        open_writer: Callable[[Record], Writer],
        open_ring: Callable[[Record], RingWriter | None] = lambda _order: None,
        *,
        queue_bytes: int,
        pace: Pace = LIVE,
        settling: int = 0,
        free_bytes: Callable[[], int | None] = lambda: None,
        awake_s: Callable[[], float] = steady_s,
    ) -> None:
        """Prepare to hold captures; `open_writer` makes the file when recording begins, `open_ring` the ring.

        Those of the first `settling` pulses are let go, and with them what the IMU told until then.
        Where captures wait for their reader, none is dropped: `offer` waits for room, in the ring as well.
        `awake_s` tells the time in which this process ran.
        """
        self._settings = settings
        self._offsets = Offsets.of(settings)
        self._open_writer = open_writer
        self._open_ring = open_ring
        self._ring: RingQueue | None = None
        self._waits = pace.captures_wait
        self._changed = threading.Condition()
        self._held = HeldCaptures(settings.fps, queue_bytes, pace, settling)
        self._held_imu: deque[Sequence[ImuSample]] = deque()
        self._counter: PulseCounter | None = None
        self._end_pulse: int | None = None
        self.queue = WriteQueue(settings.name, queue_bytes, self._changed, free_bytes, awake_s)
        self.seen = 0
        self.newest_pulse = -1
        """Of all that was offered since the recording began, whether it was kept or not."""

    # --- the reader's side: waits for the disk only where the device waits for its reader -------------

    def offer(self, capture: Capture) -> None:
        """Take one capture from the reader: hold it, queue it, or count it as dropped."""
        if capture.color_us is None and capture.depth_us is None:
            return
        moment_us = pulse_time_us(capture.color_us, capture.depth_us, self._offsets)
        with self._changed:
            while self._waits and not self.queue.ending and not self._has_room(capture):
                self._changed.wait(None if self._ring is None else LOOK_S)
            self.seen += 1
            if self.queue.ending:
                return
            if self._counter is not None:
                self._enqueue(self._counter, capture, moment_us)
            elif not self._held.add(capture, moment_us):
                self._held_imu.clear()

    def offer_imu(self, samples: Sequence[ImuSample]) -> None:
        """Take IMU samples; before the recording they are held like captures: the file begins in the past."""
        with self._changed:
            if self.queue.ending:
                return
            if self._counter is not None:
                self.queue.put_imu(samples)
                return
            self._held_imu.append(samples)
            while sum(map(len, self._held_imu)) > HELD_IMU_SAMPLES:
                self._held_imu.popleft()

    def _has_room(self, capture: Capture) -> bool:
        if self._counter is None:
            return self._held.has_room(capture)
        return self.queue.has_room(capture) and not self.awaits_reader

    def _enqueue(self, counter: PulseCounter, capture: Capture, moment_us: float) -> None:
        number = counter.number_next(moment_us)
        pulse = number if is_pulse(number) else None
        if number == JUMPED:
            # No later capture can be placed.
            if counter.clock_lost:
                self.queue.fail(_clock_lost(self._settings.name))
            return
        if pulse is not None:
            if pulse < 0:
                return
            self.newest_pulse = max(self.newest_pulse, pulse)
            if self._end_pulse is not None and pulse >= self._end_pulse:
                self.queue.end()
                return
        hole = None if self._is_whole(capture) else HoleReason.HALF_CAPTURE
        self.queue.put(capture, pulse, hole)
        if self._ring is not None:
            self._ring.put(capture, pulse, hole)

    def _is_whole(self, capture: Capture) -> bool:
        wanted = self._settings
        return (
            (capture.color is not None or not wanted.has_color)
            and (capture.depth is not None or not wanted.has_depth)
            and (capture.ir is not None or not wanted.has_ir)
        )

    # --- the session's side -------------------------------------------------------------------------

    def held(self) -> tuple[tuple[float, int], ...]:
        """(pulse_time_us, arrived_ns) of the captures held, or nothing until the clock is steady."""
        with self._changed:
            return self._held.moments()

    def begin(self, order: Record) -> None:
        """Open file and ring, begin with the capture at the anchor; OSError or KsyncError if it can't be."""
        writer = self._open_writer(order)
        ring = self._open_ring(order)
        with self._changed:
            if ring is not None:
                self._ring = RingQueue(ring, order.ring, waits=self._waits)
            self._counter = PulseCounter(self._settings.fps, order.anchor_us)
            self._end_pulse = order.end_pulse
            for samples in self._held_imu:
                self.queue.put_imu(samples)
            self._held_imu.clear()
            for capture, moment_us in self._held.release():
                if not self.queue.ending:
                    self._enqueue(self._counter, capture, moment_us)
            if self._ring is not None:
                self._ring.start()
            self._changed.notify_all()
        self.queue.write_to(writer)

    def end_at(self, pulse: int) -> None:
        """End the file before this pulse, or at once if it has passed.

        Whoever reads the ring may read it to that end; for one that is gone, the ring is let go of.
        """
        with self._changed:
            self._end_pulse = pulse

    def wait_no_more(self) -> None:
        """Let go of a reader that waits for room, and keep none waiting from now on."""
        with self._changed:
            self._waits = False
            if self._ring is not None:
                self._ring.wait_no_more()
            self._changed.notify_all()

    @property
    def awaits_reader(self) -> bool:
        """Whether captures wait for whoever reads the ring."""
        return self._ring is not None and not self._ring.has_room()

    @property
    def ring_is_written(self) -> bool:
        """Whether all that belongs into the ring is there."""
        return self._ring is None or self._ring.is_written

    def close_ring(self, timeout_s: float) -> None:
        """Put what is left into the ring, and let go of it."""
        if self._ring is not None:
            self._ring.close(timeout_s)


def _clock_lost(device: str) -> Finding:
    return CLOCK_JUMPED.found(
        "its clock jumped during the take, so that its captures can't be told apart any more", device=device
    )
