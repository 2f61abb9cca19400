"""Between the reader, which may not wait for a camera's sake, and the disk, which sometimes does.

The SDK keeps seven captures, 233 ms at 30 fps, and then loses the oldest without a word. So the reader
hands each capture to a bounded queue and returns; a thread of its own writes. Before the first common
pulse is known the queue holds captures back, so that every file can begin exactly there.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinect_sync.acquisition.holding import SETTLED, HeldCaptures
from kinect_sync.acquisition.messages import Record
from kinect_sync.acquisition.writers import Writer
from kinect_sync.captures import Capture, ImuSample
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.timing.pulses import CLOCK_JUMPED, Offsets, PulseCounter, is_pulse, pulse_time_us

QUEUE_BYTES = 192 << 20
"""Default bound of one device's queue: four seconds of 720p MJPG and NFOV unbinned at 30 fps."""
HELD_IMU_SAMPLES = 4096
"""IMU samples held back with the captures: 2.5 s at 1.6 kHz, more than `HELD_S`."""
SYNC_S = 0.5
"""How often data is forced to the disk: a power cut may cost one second, and syncing takes time too."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One capture on its way to the disk, or the mark of one that found the queue full."""

    capture: Capture | None
    pulse: int | None
    """None for a second capture of one pulse, such as the missing half: it is kept, and is in no row."""
    color_us: int | None
    depth_us: int | None
    host_time_ns: int
    hole: HoleReason | None


class Recorder:
    """Holds, numbers, queues and writes the captures of one device."""

    def __init__(
        self,
        settings: DeviceSettings,
        open_writer: Callable[[Path | None], Writer],
        *,
        queue_bytes: int = QUEUE_BYTES,
        waits: bool = False,
    ) -> None:
        """Prepare to hold captures; `open_writer` makes the file when recording begins.

        `waits` is for a device whose captures are not lost meanwhile: `offer` then waits for room.
        """
        self._settings = settings
        self._offsets = Offsets.of(settings)
        self._open_writer = open_writer
        self._limit = queue_bytes
        self._waits = waits
        self._changed = threading.Condition()
        # The clock of a recording was set long ago, and it may hold a single capture.
        self._held = HeldCaptures(settings.fps, queue_bytes, settled=1 if waits else SETTLED)
        self._items: deque[_Item] = deque()
        self._imu: deque[Sequence[ImuSample]] = deque()
        self._entries: list[Entry] = []
        self._counter: PulseCounter | None = None
        self._end_pulse: int | None = None
        self._ending = False
        self._drain_until_s = float("inf")
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self.seen = 0
        self.passed_pulse = -1
        self.captures = 0
        self.queue_full = 0
        self.queued_bytes = 0
        self.written_bytes = 0
        self.failure: tuple[Finding, ...] = ()

    # --- the reader's side: waits for the disk only where the device waits for its reader -------------

    def offer(self, capture: Capture) -> None:
        """Take one capture from the reader: hold it, queue it, or count it as dropped."""
        color_us, depth_us = _timestamps(capture)
        if color_us is None and depth_us is None:
            return
        moment_us = pulse_time_us(color_us, depth_us, self._offsets)
        with self._changed:
            if self._waits:
                self._changed.wait_for(lambda: not self._waits or self._ending or self._has_room(capture))
            self.seen += 1
            if self._ending:
                return
            if self._counter is None:
                if not self._held.add(capture, moment_us):
                    self._imu.clear()
            else:
                self._enqueue(capture, moment_us)
            self._changed.notify_all()

    def offer_imu(self, samples: Sequence[ImuSample]) -> None:
        """Take IMU samples; before the recording they are held like captures: the file begins in the past."""
        with self._changed:
            if self._ending:
                return
            self._imu.append(samples)
            while self._counter is None and sum(map(len, self._imu)) > HELD_IMU_SAMPLES:
                self._imu.popleft()

    def _enqueue(self, capture: Capture, moment_us: float) -> None:
        counter = self._counter
        if counter is None:
            return
        number = int(counter.number(np.array([moment_us]))[0])
        pulse = number if is_pulse(number) else None
        if number == CLOCK_JUMPED:
            self._note_jump(counter)
            return
        if pulse is not None and pulse < 0:
            return
        if self._end_pulse is not None and pulse is not None and pulse >= self._end_pulse:
            self._ending = True
            self.passed_pulse = self._end_pulse - 1
            return
        self._append(capture, pulse)

    def _append(self, capture: Capture, pulse: int | None) -> None:
        color_us, depth_us = _timestamps(capture)
        hole = None if self._is_whole(capture) else HoleReason.HALF_CAPTURE
        kept: Capture | None = capture
        if not self._has_room(capture):
            kept, hole = None, HoleReason.QUEUE_FULL
            self.queue_full += 1
        else:
            self.queued_bytes += capture.nbytes
        self._items.append(_Item(kept, pulse, color_us, depth_us, capture.host_time_ns, hole))

    def _has_room(self, capture: Capture) -> bool:
        if self._counter is None:
            return self._held.has_room(capture)
        return self.queued_bytes + capture.nbytes <= self._limit or not self._items

    def _note_jump(self, counter: PulseCounter) -> None:
        """Give up on a device whose clock was reset during the take: no later capture can be placed."""
        if counter.clock_lost and not self.failure:
            self._ending = True
            self.failure = (_clock_lost(self._settings.name),)

    def _is_whole(self, capture: Capture) -> bool:
        wanted = self._settings
        return (
            (capture.color is not None or not wanted.has_color)
            and (capture.depth is not None or not wanted.has_depth)
            and (capture.ir is not None or not wanted.has_ir)
        )

    # --- the session's side -------------------------------------------------------------------------

    def held(self) -> tuple[tuple[float, int], ...]:
        """(pulse_time_us, host_time_ns) of the captures held, or nothing until the clock is steady."""
        with self._changed:
            return self._held.moments()

    def begin(self, order: Record) -> None:
        """Open the file and begin with the capture at the anchor; OSError or KsyncError if it cannot be."""
        writer = self._open_writer(order.path)
        with self._changed:
            self._counter = PulseCounter(self._settings.fps, order.anchor_us)
            self._end_pulse = order.end_pulse
            for capture, moment_us in self._held.release():
                if not self._ending:
                    self._enqueue(capture, moment_us)
            self._changed.notify_all()
        for name, work in (("disk-writer", self._write_all), ("disk-sync", self._sync_often)):
            thread = threading.Thread(target=work, args=(writer,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def end_at(self, pulse: int) -> None:
        """End the file before this pulse, or at once if it has passed."""
        with self._changed:
            self._end_pulse = pulse
            self._changed.notify_all()

    def end(self) -> None:
        """End the file with what was offered so far."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def wait_no_more(self) -> None:
        """Let go of a reader that waits for room, and keep none waiting from now on."""
        with self._changed:
            self._waits = False
            self._changed.notify_all()

    def close(self, drain_s: float) -> bool:
        """Write what is queued, for at most `drain_s`, and close the file; False if the disk is stuck."""
        with self._changed:
            self._ending = True
            self._drain_until_s = time.monotonic() + drain_s
            self._changed.notify_all()
        return not self._threads or self._closed.wait(drain_s + 1.0)

    @property
    def recording(self) -> bool:
        """Whether a file was begun."""
        return bool(self._threads)

    @property
    def closed(self) -> bool:
        """Whether the file is closed; false while it is open and when there never was one."""
        return self._closed.is_set()

    @property
    def closing(self) -> bool:
        """Whether the end was reached, and the file is not closed yet."""
        return self._ending and not self.closed

    def take_entries(self) -> tuple[Entry, ...]:
        """Take what was written or dropped since the last call, in pulse order."""
        with self._changed:
            entries, self._entries = self._entries, []
        return tuple(entries)

    # --- the disk's side ------------------------------------------------------------------------------

    def _write_all(self, writer: Writer) -> None:
        try:
            while (item := self._next_item(writer)) is not None:
                self._write(writer, item)
        except (OSError, KsyncError) as error:
            self._fail(error)
        finally:
            self._close(writer)

    def _next_item(self, writer: Writer) -> _Item | None:
        with self._changed:
            while not self._items and not self._ending:
                self._changed.wait()
            imu = list(self._imu)
            self._imu.clear()
            late = time.monotonic() > self._drain_until_s
            item = self._items.popleft() if self._items and not late else None
        for samples in imu:
            writer.write_imu(samples)
        return item

    def _write(self, writer: Writer, item: _Item) -> None:
        number = None
        if item.capture is not None:
            number = writer.captures
            writer.write(item.capture)
        with self._changed:
            if item.capture is not None:
                self.queued_bytes -= item.capture.nbytes
            self.captures = writer.captures
            self.written_bytes = writer.bytes_written
            self._note(item, number, item.hole)
            self._changed.notify_all()

    def _note(self, item: _Item, number: int | None, hole: HoleReason | None) -> None:
        if item.pulse is not None:
            self._entries.append(
                Entry(item.pulse, number, item.color_us, item.depth_us, item.host_time_ns, hole)
            )

    def _sync_often(self, writer: Writer) -> None:
        while not self._closed.wait(SYNC_S):
            try:
                writer.sync()
            except OSError as error:
                self._fail(error)
                return

    def _close(self, writer: Writer) -> None:
        try:
            writer.close()
        except (OSError, KsyncError) as error:
            self._fail(error)
        with self._changed:
            self._ending = True
            for item in self._items:
                self._note(item, None, HoleReason.QUEUE_FULL)
                self.queue_full += item.capture is not None
            self._items.clear()
            self.queued_bytes = 0
            self.written_bytes = writer.bytes_written
        self._closed.set()

    def _fail(self, error: OSError | KsyncError) -> None:
        with self._changed:
            self._ending = True
            if not self.failure:
                self.failure = _findings_of(error, self._settings.name)
            self._changed.notify_all()


def _timestamps(capture: Capture) -> tuple[int | None, int | None]:
    depth = capture.depth or capture.ir
    return (
        capture.color.device_timestamp_usec if capture.color else None,
        depth.device_timestamp_usec if depth else None,
    )


def _clock_lost(device: str) -> Finding:
    return Finding(
        code="clock-jumped",
        device=device,
        what="its clock jumped during the take, so that its captures can't be told apart any more",
        remedy="what it had recorded is kept; restart the whole rig: one restarted device is never in sync",
    )


def _findings_of(error: OSError | KsyncError, device: str) -> tuple[Finding, ...]:
    if isinstance(error, KsyncError):
        return error.findings
    return (
        Finding(
            code="disk-write-failed",
            device=device,
            what=f"the recording could not be written: {error}",
            remedy="check the disk; every capture before this one is in the file",
        ),
    )
