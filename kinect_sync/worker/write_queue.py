"""Between the reader, which may not wait for a camera's sake, and the disk, which sometimes does.

The SDK keeps seven captures, 233 ms at 30 fps, and then loses the oldest without a word. So the reader
puts each capture into a bounded queue and returns; a thread of its own writes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import DISK_WRITE_FAILED
from kinect_sync.steady import steady_s
from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.worker.patient_writer import PatientWriter
from kinect_sync.worker.writers import DiscardingWriter, Writer

MOST_IMU_SAMPLES = 1 << 15
"""IMU samples that may wait for the disk: 20 s at 1.6 kHz, some 15 MB."""
SYNC_S = 0.5
"""How often data is forced to the disk: a power cut may cost one second, and syncing takes time too."""


class _Item(NamedTuple):
    """One capture on its way to the disk, and what is told of it once it is there."""

    capture: Capture | None
    """None for one that found the queue full."""
    entry: Entry | None
    """None for a second capture of one pulse, such as the missing half: it is kept, and is in no row."""


class WriteQueue:
    """The captures of one device on their way to its file."""

    def __init__(
        self,
        device: str,
        limit_bytes: int,
        changed: threading.Condition,
        measure_free: Callable[[], int | None] = lambda: None,
        awake_s: Callable[[], float] = steady_s,
    ) -> None:
        """Prepare for at most `limit_bytes`.

        `changed` is the lock of all that is here, and tells of changes; its lock can be taken twice.
        `measure_free` measures the room on the disk; it is called where waiting for a disk harms nobody.
        `awake_s` tells the time in which this process ran, by which a disk is given up.
        """
        self._measure_free = measure_free
        self._awake_s = awake_s
        self.free_bytes: int | None = None
        """Room on the disk when it was last measured."""
        self._device = device
        self._limit = limit_bytes
        self._changed = changed
        self._items: deque[_Item] = deque()
        self._imu: deque[Sequence[ImuSample]] = deque()
        self._imu_waiting = 0
        self._entries: list[Entry] = []
        self._discarding: DiscardingWriter | None = None
        self._drain_until_s = float("inf")
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self.ending = False
        """Whether nothing more is taken: what is queued is written, and the file closed."""
        self.captures = 0
        self.queue_full = 0
        self.imu_dropped = 0
        """IMU samples that found no room."""
        self.queued_bytes = 0
        self.written_bytes = 0
        self.failure: tuple[Finding, ...] = ()
        self._notes: list[Finding] = []

    # --- the reader's side: with `changed` held, and never waiting for the disk ------------------------

    def has_room(self, capture: Capture) -> bool:
        """Whether a capture would be kept."""
        return self.queued_bytes + capture.nbytes <= self._limit or not self._items

    def put(self, capture: Capture, pulse: int | None, hole: HoleReason | None) -> None:
        """Queue a capture, or count it as dropped where there is no room; without a pulse it is in no row.

        Where nothing is kept, no thread has to be woken for it.
        """
        if self._discarding is not None and not self._items:
            number = self._discarding.captures
            self._discarding.write(capture)
            self._count(self._discarding, _entry_of(capture, pulse, hole, number))
            return
        kept: Capture | None = capture
        if self.has_room(capture):
            self.queued_bytes += capture.nbytes
        else:
            kept, hole = None, HoleReason.QUEUE_FULL
            self.queue_full += 1
        self._items.append(_Item(kept, _entry_of(capture, pulse, hole)))
        self._changed.notify_all()

    def put_imu(self, samples: Sequence[ImuSample]) -> None:
        """Queue IMU samples, which are written also without captures; count those that find no room."""
        kept = samples[: MOST_IMU_SAMPLES - self._imu_waiting]
        self.imu_dropped += len(samples) - len(kept)
        if kept:
            self._imu.append(kept)
            self._imu_waiting += len(kept)
            self._changed.notify_all()

    # --- for whoever has a reason ---------------------------------------------------------------------

    def end(self) -> None:
        """End the file with what is queued."""
        with self._changed:
            self.ending = True
            self._changed.notify_all()

    def fail(self, *findings: Finding) -> None:
        """End the file with what is queued, and keep why: of several reasons the first."""
        with self._changed:
            self.failure = self.failure or findings
            self.end()

    # --- the session's side ---------------------------------------------------------------------------

    def write_to(self, writer: Writer) -> None:
        """Begin to write."""
        if isinstance(writer, DiscardingWriter):
            with self._changed:
                self._discarding = writer
        writer = PatientWriter(writer, self._device, self._note, lambda: self._drain_until_s, self._awake_s)
        for name, work in (("disk-writer", self._write_all), ("disk-sync", self._sync_often)):
            thread = threading.Thread(target=work, args=(writer,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def end_within(self, drain_s: float) -> None:
        """End the file with what can be written of the queue in `drain_s`."""
        with self._changed:
            self._drain_until_s = steady_s() + drain_s
            self.end()

    def close(self, drain_s: float) -> bool:
        """Write what is queued, for at most `drain_s`, and close the file; False if the disk is stuck."""
        self.end_within(drain_s)
        return not self._threads or self._closed.wait(drain_s + 1.0)

    @property
    def begun(self) -> bool:
        """Whether there is a file."""
        return bool(self._threads)

    @property
    def closed(self) -> bool:
        """Whether the file is closed; false while it is open and when there never was one."""
        return self._closed.is_set()

    @property
    def is_overdue(self) -> bool:
        """Whether the file should be closed by now, and the disk is stuck."""
        return steady_s() > self._drain_until_s + 1.0

    @property
    def closing(self) -> bool:
        """Whether the end was reached, and the file is not closed yet."""
        return self.ending and not self.closed

    def take_entries(self) -> tuple[Entry, ...]:
        """Take what was written or dropped since the last call, in pulse order."""
        with self._changed:
            entries, self._entries = self._entries, []
        return tuple(entries)

    def take_notes(self) -> tuple[Finding, ...]:
        """Take what was found since the last call that ends nothing."""
        with self._changed:
            notes, self._notes = self._notes, []
        return tuple(notes)

    # --- the disk's side ------------------------------------------------------------------------------

    def _write_all(self, writer: Writer) -> None:
        try:
            while self._write_next(writer):
                pass
        except Exception as error:  # whatever it is must be told, not lost with the thread
            self._fail(error)
        finally:
            self._close(writer)

    def _write_next(self, writer: Writer) -> bool:
        """Write what waits, at most one capture; False when nothing is left and no more will come."""
        with self._changed:
            while not self._items and not self._imu and not self.ending:
                self._changed.wait()
            imu = self._take_imu()
            late = steady_s() > self._drain_until_s
            item = self._items[0] if self._items and not late else None
            over = self.ending and item is None
        for samples in imu:
            writer.write_imu(samples)
        if item is not None:
            self._write_first(writer, item)
        return not over

    def _take_imu(self) -> list[Sequence[ImuSample]]:
        imu = list(self._imu)
        self._imu.clear()
        self._imu_waiting = 0
        return imu

    def _write_first(self, writer: Writer, item: _Item) -> None:
        number, entry = None, item.entry
        if item.capture is not None:
            number = writer.captures
            writer.write(item.capture)
        with self._changed:
            self._items.popleft()  # not before: what can't be written is told with what still waits
            if item.capture is not None:
                self.queued_bytes -= item.capture.nbytes
            self._count(writer, entry and replace(entry, capture=number))
            self._changed.notify_all()

    def _count(self, writer: Writer, entry: Entry | None) -> None:
        self.captures = writer.captures
        self.written_bytes = writer.bytes_written
        if entry is not None:
            self._entries.append(entry)

    def _sync_often(self, writer: Writer) -> None:
        while not self._closed.wait(SYNC_S):
            try:
                writer.sync()
                self.free_bytes = self._measure_free()
            except Exception as error:
                self._fail(error)
                return

    def _close(self, writer: Writer) -> None:
        try:
            writer.close()
        except Exception as error:
            self._fail(error)
        with self._changed:
            self.end()
            reason = HoleReason.DEVICE_LOST if self.failure else HoleReason.QUEUE_FULL
            for item in self._items:
                waits = item.capture is not None
                self.queue_full += waits and not self.failure
                if item.entry is not None:
                    hole = reason if waits else HoleReason.QUEUE_FULL
                    self._entries.append(replace(item.entry, hole=hole))
            self._items.clear()
            self.queued_bytes = 0
            self.imu_dropped += self._imu_waiting
            self._take_imu()
            self.written_bytes = writer.bytes_written
        self._closed.set()

    def _note(self, finding: Finding) -> None:
        with self._changed:
            self._notes.append(finding)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, KsyncError):
            self.fail(*error.findings)
            return
        reason = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        finding = DISK_WRITE_FAILED.found(
            f"the recording could not be written: {reason}", device=self._device
        )
        self.fail(finding)


def _entry_of(
    capture: Capture, pulse: int | None, hole: HoleReason | None, number: int | None = None
) -> Entry | None:
    if pulse is None:
        return None
    return Entry(pulse, number, capture.color_us, capture.depth_us, capture.host_time_ns, hole)
