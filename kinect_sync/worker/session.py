"""What one worker does with one device, command by command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import singledispatchmethod

from kinect_sync.captures import Capture
from kinect_sync.devices.port import Bench, Device
from kinect_sync.errors import BenchError, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.start import WORKER_FAILED
from kinect_sync.findings.streaming import STREAM_DEVICE_UNREAD
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.host.awake import AwakeClock
from kinect_sync.readings import Firmware
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.values import Value
from kinect_sync.wire.capture_ring import RingWriter
from kinect_sync.wire.messages import (
    Arm,
    Armed,
    Claim,
    Claimed,
    ClockRead,
    Discover,
    End,
    Failed,
    FindOnBus,
    Finished,
    FirstCaptures,
    Inventory,
    Look,
    Noted,
    Open,
    Opened,
    Progress,
    ReadClock,
    Record,
    Recover,
    Release,
    Stop,
    Watching,
)
from kinect_sync.worker.bus_watch import BusWatch
from kinect_sync.worker.first_captures import FirstNotes
from kinect_sync.worker.reader import CaptureReader
from kinect_sync.worker.recorder import Recorder
from kinect_sync.worker.recovery import recover
from kinect_sync.worker.site import Site
from kinect_sync.worker.spare_memory import SpareMemory
from kinect_sync.worker.writers import DiscardingWriter, Writer

DRAIN_S = 5.0
"""For how long what is queued is still written when the file is to be closed at once."""
RING_S = 1.0
"""What putting the last captures into a ring may take: a dozen takes 10 ms."""
READER_S = 3.0
"""What a call for a capture may take to come back: it waits for 100 ms. One that takes longer hangs."""
LEAVE_S = 25.0
"""All that a worker may take to close everything once its director is gone: a real device takes up to 15 s,
and one that is not closed may need replugging."""


class WorkerSession:
    """What one worker does with one device, command by command."""

    def __init__(self, open_bench: Callable[[], Bench], send: Callable[[Value], None], site: Site) -> None:
        """Answer commands through `send`, on `site`; the bench is opened by the first that needs it."""
        self._site = site
        self._open_bench = open_bench
        self._bench_open: Bench | None = None
        self._send = send
        self._settings: DeviceSettings | None = None
        self._device: Device | None = None
        self._reader: CaptureReader | None = None
        self._recorder: Recorder | None = None
        self._first = FirstNotes()
        self._firmware: Firmware | None = None
        self._calibration: bytes | None = None
        self._awake = AwakeClock()
        self._spare = SpareMemory()
        self._bus: BusWatch | None = None
        self._failure: tuple[Finding, ...] = ()
        self._told_end = False
        """Whether `Finished` or `Failed` was said, after which there is nothing more to report."""
        self.leaving = False

    @property
    def _bench(self) -> Bench:
        if self._bench_open is None:
            self._bench_open = self._open_bench()
        return self._bench_open

    def carry_out(self, command: Value) -> None:
        """Carry out one command; whatever goes wrong is told to the director, which would have to guess."""
        try:
            self._handle(command)
        except KsyncError as error:
            self.fail(*error.findings)
        except Exception as error:
            self.fail(
                WORKER_FAILED.found(
                    f"{type(command).__name__.lower()} failed: {type(error).__name__}: {error}"
                )
            )

    @singledispatchmethod
    def _handle(self, command: Value) -> None:
        raise TypeError(f"{type(command).__name__} is not a command")

    @_handle.register
    def _(self, _command: Discover) -> None:
        self._send(Inventory(devices=tuple(self._bench.discover())))

    @_handle.register
    def _(self, _command: Look) -> None:
        self._send(Inventory(devices=tuple(self._bench.look())))

    @_handle.register
    def _(self, command: Claim) -> None:
        self._send(Claimed(index=command.index, device=self._bench.claim(command.index)))

    @_handle.register
    def _(self, command: Release) -> None:
        self._bench.release(command.index)

    @_handle.register
    def _(self, command: Open) -> None:
        settings = command.settings
        self._settings = settings
        device = self._device = self._bench.open(settings, command.index)
        controls = device.set_controls(settings) if settings.has_color else None
        self._firmware = device.firmware()
        self._calibration = device.calibration()
        self._bus = BusWatch(device.serial, self._site.usb_serials, self._bench.count, self._captures_seen)
        self._send(
            Opened(
                jacks=device.jacks(),
                firmware=self._firmware,
                controls=controls,
                pace=device.pace,
                calibration=self._calibration,
            )
        )

    @_handle.register
    def _(self, command: Arm) -> None:
        if self._device is None or self._settings is None:
            raise ValueError("a device is armed after it is opened")
        self._recorder = Recorder(
            self._settings,
            self._open_writer,
            self._open_ring,
            queue_bytes=command.queue_bytes,
            free_bytes=self._site.free_bytes,
            awake_s=lambda: self._awake.now_s,
            pace=self._device.pace,
            settling=command.settling,
        )
        self._first = FirstNotes()
        self._device.start(self._settings)
        self._reader = CaptureReader(
            self._device,
            self._offer,
            self._recorder.offer_imu if self._settings.imu else None,
            self._awake,
        )
        self._reader.start()
        self._send(Armed())

    def _captures_seen(self) -> int:
        return self._recorder.seen if self._recorder is not None else 0

    def _offer(self, capture: Capture) -> None:
        """Take a capture in the reader's thread."""
        self._first.note(capture)
        if self._recorder is not None:
            self._recorder.offer(capture)

    @_handle.register
    def _(self, command: Record) -> None:
        if self._recorder is None:
            raise ValueError("recording begins after the device is armed")
        self._recorder.begin(command)

    @_handle.register
    def _(self, command: End) -> None:
        if self._recorder is not None:
            self._recorder.end_at(command.pulse)

    @_handle.register
    def _(self, _command: FindOnBus) -> None:
        if self._bus is not None:
            self._bus.ask()

    @_handle.register
    def _(self, command: Recover) -> None:
        self._send(recover(self._site.path_of(command.file), command))

    @_handle.register
    def _(self, command: ReadClock) -> None:
        clock, now_ns = self._site.host.clock, self._site.steady_ns()
        self._send(ClockRead(clock=clock, sent_ns=command.sent_ns, time_ns=now_ns))

    @_handle.register
    def _(self, _command: Stop) -> None:
        self.leaving = True

    def report(self) -> None:
        """Tell the director how things stand; ten times a second, or time does not count as awake."""
        self._awake.tick()
        if self._bus is not None and (found := self._bus.answer()):
            self._send(found)
        if self._recorder is None or self._reader is None or self._told_end:
            return
        self._tell_first_captures()
        if noted := self._reader.take_notes():
            self._send(Noted(findings=noted))
        queue = self._recorder.queue
        # read first: whatever comes between is told with the next report
        closed = queue.closed and (bool(self._failure) or self._recorder.ring_is_written)
        if self._reader.failure or queue.failure:
            self.fail(*self._reader.failure, *queue.failure)
        if not queue.begun:
            recorder, clock = self._recorder, self._site.host.clock
            self._send(Watching(seen=recorder.seen, held=recorder.held(), clock=clock))
            return
        if self._reader.ended:
            queue.end()
        if notes := queue.take_notes():
            self._send(Noted(findings=notes))
        self._tell_progress(self._recorder, self._reader)
        self._spare.follow(queue.queued_bytes)
        if closed or (self._failure and queue.is_overdue):
            self._tell_end(self._recorder, closed=closed)

    def _tell_first_captures(self) -> None:
        if captures := self._first.take():
            self._send(FirstCaptures(captures=captures, clock=self._site.host.clock))

    def _tell_progress(self, recorder: Recorder, reader: CaptureReader) -> None:
        queue = recorder.queue
        self._send(
            Progress(
                entries=queue.take_entries(),
                newest_pulse=recorder.newest_pulse,
                captures=queue.captures,
                queue_full=queue.queue_full,
                imu_dropped=queue.imu_dropped,
                queued_bytes=queue.queued_bytes,
                written_bytes=queue.written_bytes,
                reader_silent_ms=reader.silent_ms,
                closing=queue.closing,
                awaits_reader=recorder.awaits_reader,
                free_bytes=queue.free_bytes,
                clock=self._site.host.clock,
            )
        )

    def _tell_end(self, recorder: Recorder, *, closed: bool) -> None:
        """Say that nothing more will be told; of a file that can't be closed only why it had to be."""
        self._told_end = True
        queue = recorder.queue
        if self._failure:
            self._send(Failed(findings=self._failure, closed=closed))
        elif closed:
            self._send(Finished(captures=queue.captures, written_bytes=queue.written_bytes))

    def fail(self, *findings: Finding) -> None:
        """End the file and tell what happened, once; the process then waits to be stopped.

        A file that is being written is closed first, while reports go on: what is in it comes before.
        """
        if self._failure or self._told_end:
            return
        name = self._settings.name if self._settings else None
        self._failure = tuple(
            each if each.device else each.model_copy(update={"device": name}) for each in findings
        )
        if self._recorder is not None and self._recorder.queue.begun:
            self._recorder.queue.end_within(DRAIN_S)
        else:
            self._told_end = True
            self._send(Failed(findings=self._failure))

    def leave(self) -> bool:
        """Close file, cameras and device; False when the device hangs and the process must be ended.

        The file comes first: what hangs or is slow after that costs no capture. What fails keeps nothing else
        open, and is raised when all is closed.
        """
        with ExitStack() as closing:  # from the last to the first
            if self._bench_open is not None:
                closing.callback(self._bench_open.close)
            closing.callback(self._close_device)
            self._close_file()
        return self._reader is None or not self._reader.is_alive()

    def _close_file(self) -> None:
        recorder, reader = self._recorder, self._reader
        if recorder is None or reader is None:
            return
        recorder.wait_no_more()
        reader.end()
        closed = recorder.queue.close(DRAIN_S)
        recorder.close_ring(RING_S)
        if recorder.queue.begun and not self._told_end:
            self._tell_progress(recorder, reader)
            self._tell_end(recorder, closed=closed)

    def _close_device(self) -> None:
        answered = self._reader is None or self._reader.stop(READER_S)
        if answered and self._device is not None:  # nobody touches what hangs
            try:
                self._device.stop()
            finally:
                self._device.close()

    def _open_writer(self, order: Record) -> Writer:
        if self._settings is None:
            raise ValueError("a file is opened after the device")
        if order.file is None:
            return DiscardingWriter()
        path = self._site.path_of(order.file)
        path.parent.mkdir(parents=True, exist_ok=True)  # on the director's host it is there already
        return MkvWriter(
            path,
            self._settings,
            color_firmware=self._firmware.color if self._firmware else None,
            depth_firmware=self._firmware.depth if self._firmware else None,
            calibration=self._calibration,
            packing=order.file.packing,
        )

    def _open_ring(self, order: Record) -> RingWriter | None:
        """Make the ring; where it can't be, that is told, and costs no file."""
        if self._settings is None or not order.ring:
            return None
        path = self._site.ring_of(self._settings.name)
        try:
            return RingWriter(path, self._settings, captures=order.ring, clock_ns=self._site.steady_ns)
        except OSError as error:
            name = self._settings.name
            what = f"its images can't be put into {path.parent}: {error.strerror or error}"
            if order.file is None:
                raise BenchError(NEWEST_UNPUBLISHED.found(what, device=name)) from error
            self._send(Noted(findings=(STREAM_DEVICE_UNREAD.found(what, device=name),)))
            return None
