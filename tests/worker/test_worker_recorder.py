"""The recorder: where files begin and end, what a full queue costs, and what a broken disk leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.port import AT_READERS_PACE, LIVE
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.messages import QUEUE_BYTES, Record, RecordingFile
from kinect_sync.worker import write_queue
from kinect_sync.worker.preroll import HELD_S, HeldCaptures
from kinect_sync.worker.recorder import HELD_IMU_SAMPLES, Recorder
from kinect_sync.worker.write_queue import MOST_IMU_SAMPLES
from kinect_sync.worker.writers import DiscardingWriter
from tests.cli.commands import PATIENCE_S, wait_until
from tests.takes.recorded import imu_samples

PERIOD_NS = 33_333_333
RIG = RigFields.model_validate(
    {
        "name": "one",
        "topology": "standalone",
        "camera": {"depth_mode": "nfov_2x2binned"},
        "devices": [{"name": "solo", "serial": "0" * 12, "role": "standalone"}],
    }
)
SETTINGS = RIG.settings_of(RIG.devices[0])
SIZE = 3 * 100
FULL = OSError(28, "No space left on device")


class Disk:
    """A writer that remembers, and that can be slow (wait for `go`) or broken."""

    def __init__(self, *, fails_at: int | None = None, failure: Exception = FULL) -> None:
        self.written: list[Capture] = []
        self.imu_us: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.writing = threading.Event()
        self.closed = threading.Event()
        self.fails_at = fails_at
        self.failure = failure
        self.opened = 0

    def open(self, path: Path) -> Disk:
        self.opened += 1
        return self

    @property
    def captures(self) -> int:
        return len(self.written)

    @property
    def bytes_written(self) -> int:
        return sum(capture.nbytes for capture in self.written)

    def write(self, capture: Capture) -> None:
        self.writing.set()
        self.go.wait()
        if self.fails_at == len(self.written):
            raise self.failure
        self.written.append(capture)

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        self.imu_us += [sample.acc_timestamp_usec for sample in samples]

    def sync(self) -> None:
        pass

    def close(self) -> None:
        self.closed.set()


def capture(pulse: int, *, depth: bool = True, offset_us: int = 200_000) -> Capture:
    at_us = offset_us + pulse * PERIOD_NS // 1000
    image = Image(np.full(100, pulse % 251, np.uint8), at_us, at_us * 1000)
    return Capture(image, image if depth else None, image if depth else None, 10**12 + at_us * 1000)


def pulses_on(disk: Disk) -> list[int]:
    return [round((c.color.device_timestamp_usec - 200_000) * 1000 / PERIOD_NS) for c in disk.written]


def recorder(disk: Disk, **options) -> Recorder:
    options.setdefault("queue_bytes", QUEUE_BYTES)
    return Recorder(SETTINGS, disk.open, **options)


def order(pulse: int, end: int | None = None) -> Record:
    return Record(
        file=RecordingFile(take="take", name="x.mkv"),
        anchor_us=200_000 + pulse * PERIOD_NS / 1000,
        end_pulse=end,
    )


def test_the_file_begins_at_the_common_pulse_and_ends_before_the_last() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(5):
        rec.offer(capture(pulse))
    rec.begin(order(2, end=6))
    for pulse in range(5, 12):
        rec.offer(capture(pulse))
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == [2, 3, 4, 5, 6, 7]
    assert [(e.pulse, e.capture, e.hole) for e in rec.queue.take_entries()] == [
        (i, i, None) for i in range(6)
    ]


@pytest.mark.parametrize(("after", "newest"), [((4, 7, 8), 7), ((4,), 4), ((), 2)])
def test_a_capture_from_beyond_the_end_tells_that_the_last_pulses_have_passed(
    after: tuple[int, ...], newest: int
) -> None:
    rec = recorder(Disk())
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0, end=5))
    for pulse in after:
        rec.offer(capture(pulse))
    rec.queue.close(PATIENCE_S)
    assert rec.newest_pulse == newest


def test_an_end_that_is_asked_for_closes_the_file() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    rec.end_at(4)
    for pulse in range(3, 9):
        rec.offer(capture(pulse))
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("depth_ns", "arrived_ns"),
    [(10**12 - 70_000_000, 10**12 - 70_000_000), (0, 10**12), (10**12 + 1, 10**12)],
    ids=["depth came before color", "not told", "told on another clock"],
)
def test_a_capture_arrived_when_its_depth_had(depth_ns: int, arrived_ns: int) -> None:
    color, depth = (Image(np.zeros(4, np.uint8), 200_000, at_ns) for at_ns in (10**12, depth_ns))
    held = HeldCaptures(30, QUEUE_BYTES, AT_READERS_PACE)
    held.add(Capture(color, depth, depth, 10**12), 200_000.0)
    held.add(Capture(color, None, depth, 10**12), 233_333.0)
    held.add(Capture(color, None, None, 10**12), 266_666.0)
    assert [at_ns for _, at_ns in held.moments()] == [arrived_ns, arrived_ns, 10**12]


def test_captures_from_before_the_clock_reset_are_not_held() -> None:
    rec = recorder(Disk())
    for pulse in range(3):
        rec.offer(capture(pulse, offset_us=7_200_000_000))
    for pulse in range(2):
        rec.offer(capture(pulse))
    assert rec.held() == ()  # two in a row are not yet a steady clock
    rec.offer(capture(2))
    assert [round(at) for at, _ in rec.held()] == [200_000, 233_333, 266_666]
    assert rec.seen == 6


def test_a_full_queue_drops_and_counts_and_never_waits() -> None:
    disk = Disk()
    rec = recorder(disk, queue_bytes=4 * SIZE)
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0, end=20))
    disk.go.clear()
    for pulse in range(3, 20):
        rec.offer(capture(pulse))  # returns at once although the disk stands still
    disk.go.set()
    rec.offer(capture(20))
    assert disk.closed.wait(PATIENCE_S)
    entries = rec.queue.take_entries()
    assert [e.pulse for e in entries] == list(range(20))
    dropped = [e.pulse for e in entries if e.hole is HoleReason.QUEUE_FULL]
    assert dropped
    assert rec.queue.queue_full == len(dropped)
    assert rec.queue.captures == len(disk.written) == 20 - len(dropped)
    assert [e.capture for e in entries if e.capture is not None] == list(range(rec.queue.captures))


def test_a_capture_larger_than_the_queue_is_still_recorded() -> None:
    disk = Disk()
    rec = recorder(disk, queue_bytes=10)
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(2, end=1))
    rec.offer(capture(3))
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == [2]


def test_a_half_capture_is_kept_and_is_a_hole() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(3):
        rec.offer(capture(pulse, depth=pulse != 1))
    rec.begin(order(0, end=3))
    rec.offer(capture(3))
    assert disk.closed.wait(PATIENCE_S)
    assert [(e.capture, e.hole) for e in rec.queue.take_entries()] == [
        (0, None), (1, HoleReason.HALF_CAPTURE), (2, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (FULL, "disk-write-failed", "No space left"),
        (KsyncError(Finding(code="disk-full", what="no room")), "disk-full", "no room"),
        (MemoryError("no memory"), "disk-write-failed", "MemoryError: no memory"),
    ],
    ids=["the disk", "our own", "anything"],
)
def test_a_disk_that_fails_ends_the_file_and_says_why(failure: Exception, code: str, words: str) -> None:
    disk = Disk(fails_at=2, failure=failure)
    rec = recorder(disk)
    for pulse in range(5):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    assert disk.closed.wait(PATIENCE_S)
    assert rec.queue.close(PATIENCE_S)
    assert [f.code for f in rec.queue.failure] == [code]
    assert words in rec.queue.failure[0].what
    assert len(disk.written) == 2
    told = [(e.pulse, e.capture, e.hole) for e in rec.queue.take_entries()]
    assert told == [(0, 0, None), (1, 1, None), *((n, None, HoleReason.DEVICE_LOST) for n in (2, 3, 4))]
    assert rec.queue.queued_bytes == 0


@pytest.mark.parametrize("failure", [FULL, KsyncError(Finding(code="disk-full", what="no room"))])
def test_a_disk_that_fails_when_it_is_forced_is_no_file_in_good_order(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise failure

    monkeypatch.setattr(write_queue, "SYNC_S", 0.01)
    disk = Disk()
    monkeypatch.setattr(disk, "sync", refuse)
    rec = recorder(disk)
    rec.begin(order(0))
    assert disk.closed.wait(PATIENCE_S)
    assert [f.code for f in rec.queue.failure] in (["disk-write-failed"], ["disk-full"])


def test_closing_writes_what_is_queued() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(6):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    assert rec.queue.close(PATIENCE_S)
    assert pulses_on(disk) == list(range(6))
    rec.offer(capture(6))
    assert rec.queue.captures == 6


def test_what_nobody_keeps_is_counted_as_it_comes_and_in_order() -> None:
    rec = Recorder(SETTINGS, lambda _: DiscardingWriter(), queue_bytes=QUEUE_BYTES)
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    wait_until(lambda: rec.queue.captures == 3, "what was held is counted")
    rec.offer(capture(3))
    rec.offer(capture(4, depth=False))
    assert rec.queue.captures == 5, "no thread had to be waited for"
    entries = rec.queue.take_entries()
    assert [(e.pulse, e.capture) for e in entries] == [(pulse, pulse) for pulse in range(5)]
    assert [e.hole for e in entries] == [None] * 4 + [HoleReason.HALF_CAPTURE]
    assert rec.queue.close(PATIENCE_S)


def test_closing_gives_up_on_a_disk_that_stands_still_and_counts_the_loss() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(6):
        rec.offer(capture(pulse))
    disk.go.clear()
    rec.begin(order(0))
    closing = threading.Thread(target=rec.queue.close, args=(0.0,))
    closing.start()
    disk.go.set()
    wait_until(lambda: rec.queue.closed, "the file is closed")
    closing.join(PATIENCE_S)
    assert len([e for e in rec.queue.take_entries() if e.hole is None]) == len(disk.written)
    assert rec.queue.queue_full == 6 - len(disk.written)


def test_a_file_that_cannot_be_made_is_told_to_the_caller() -> None:
    def refuse(path: Path):
        raise PermissionError(13, "Permission denied")

    rec = Recorder(SETTINGS, refuse, queue_bytes=QUEUE_BYTES)
    with pytest.raises(PermissionError):
        rec.begin(order(0))
    assert not rec.queue.begun


def test_nothing_is_opened_until_recording_begins() -> None:
    disk = Disk()
    rec = recorder(disk)
    rec.offer(capture(0))
    assert rec.queue.close(0.0)
    assert disk.opened == 0


def test_captures_that_wait_are_not_lost_to_a_slow_disk() -> None:
    disk = Disk()
    disk.go.clear()
    rec = recorder(disk, queue_bytes=4 * SIZE, pace=AT_READERS_PACE)
    offering = threading.Thread(
        target=lambda: [rec.offer(capture(pulse)) for pulse in range(60)], daemon=True
    )
    offering.start()
    rec.begin(order(0, end=60))
    assert rec.queue.queued_bytes <= 4 * SIZE
    disk.go.set()
    offering.join(PATIENCE_S)
    rec.queue.end()
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == list(range(60))
    assert rec.queue.queue_full == 0


def test_captures_that_wait_are_not_read_on_before_the_recording_begins() -> None:
    disk = Disk()
    rec = recorder(disk, pace=AT_READERS_PACE)
    offering = threading.Thread(
        target=lambda: [rec.offer(capture(pulse)) for pulse in range(200)], daemon=True
    )
    offering.start()
    while len(rec.held()) < 1 + round(HELD_S * SETTINGS.fps):
        assert offering.is_alive(), "the first captures would be pushed out by the later ones"
    assert rec.held()[0][0] == pytest.approx(200_000)
    rec.begin(order(0, end=200))
    offering.join(PATIENCE_S)
    rec.queue.end()
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == list(range(200))


@pytest.mark.parametrize("limit_bytes", [SIZE, 4 * SIZE - 1, 4 * SIZE, 10**9])
def test_there_is_room_as_long_as_the_oldest_capture_stays(limit_bytes: int) -> None:
    held = HeldCaptures(30, limit_bytes, LIVE)
    for pulse in range(60):
        oldest, room = held.moments()[:1], held.has_room(capture(pulse))
        held.add(capture(pulse), pulse * PERIOD_NS / 1000)
        assert room == (not oldest or held.moments()[:1] == oldest)
    assert not room


def settled(pulses: list[int], settling: int = 10) -> list[int]:
    """Which pulses are held of a device that has delivered these, in this order."""
    held = HeldCaptures(30, 10**9, LIVE, settling)
    for pulse in pulses:
        held.add(capture(pulse), pulse * PERIOD_NS / 1000)
    return [round(moment_us * 1000 / PERIOD_NS) for moment_us, _ in held.moments()]


SETTLING = [
    # (what the device has delivered, what is held of it, sentence)
    ([*range(13)], [10, 11, 12], "the first ten captures are let go"),
    ([*range(12)], [], "two that have settled do not show a steady clock yet"),
    ([*range(3, 20)], [*range(13, 20)], "they are counted from the first that came"),
    ([0, 4, 9, 10, 11, 12], [10, 11, 12], "one that was lost on the way was exposed all the same"),
    ([each for each in range(7) for _ in (1, 2)], [], "two halves were exposed once"),
    (
        [3_600_000, 3_600_001, *range(14)],
        [10, 11, 12, 13],
        "the clock was set in between: counted from there",
    ),
]


@pytest.mark.parametrize(("pulses", "held", "sentence"), SETTLING, ids=[row[2] for row in SETTLING])
def test_what_a_camera_gives_before_it_has_settled_is_let_go(
    pulses: list[int], held: list[int], sentence: str
) -> None:
    assert settled(pulses) == held, sentence


class ImuDisk(Disk):
    """A writer that counts IMU samples too."""

    imu_samples = 0

    def write_imu(self, samples) -> None:
        self.imu_samples += len(samples)


def test_the_file_begins_with_what_the_imu_told_once_the_camera_had_settled() -> None:
    disk = ImuDisk()
    rec = recorder(disk, settling=10)
    for pulse in range(14):
        rec.offer_imu([ImuSample(30.0, (0.0, 0.0, -9.81), pulse, (0.0, 0.0, 0.0), pulse)])
        rec.offer(capture(pulse))
    rec.begin(order(10))
    rec.queue.end()
    assert disk.closed.wait(PATIENCE_S)
    assert pulses_on(disk) == [10, 11, 12, 13]
    assert disk.imu_samples == 4


@pytest.mark.parametrize(
    "let_go", [lambda rec: rec.queue.end(), Recorder.wait_no_more], ids=["end", "no more"]
)
def test_a_reader_that_waits_can_be_let_go(let_go: Callable[[Recorder], None]) -> None:
    rec = recorder(Disk(), pace=AT_READERS_PACE)
    offering = threading.Thread(
        target=lambda: [rec.offer(capture(pulse)) for pulse in range(200)], daemon=True
    )
    offering.start()
    let_go(rec)
    offering.join(PATIENCE_S)
    assert not offering.is_alive()


def test_imu_samples_reach_the_disk_without_a_capture() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    for batch in range(10):
        rec.offer_imu(imu_samples(300_000 + batch * 100_000, 160))
    wait_until(lambda: len(disk.imu_us) == 1600, "all samples are written though no capture comes")
    assert rec.queue.close(PATIENCE_S)
    assert rec.queue.imu_dropped == 0


def test_imu_samples_that_a_stuck_disk_does_not_take_are_bounded_and_counted() -> None:
    disk = Disk()
    rec = recorder(disk)
    for pulse in range(3):
        rec.offer(capture(pulse))
    disk.go.clear()
    rec.begin(order(0))
    assert disk.writing.wait(PATIENCE_S)  # from now on it takes nothing
    offered = MOST_IMU_SAMPLES + 5_000
    for start in range(0, offered, 1000):
        rec.offer_imu(imu_samples(start * 613, min(1000, offered - start)))
    assert rec.queue.imu_dropped == 5_000
    disk.go.set()
    assert rec.queue.close(PATIENCE_S)
    assert len(disk.imu_us) + rec.queue.imu_dropped == offered
    assert disk.imu_us == sorted(disk.imu_us)


def test_imu_samples_before_the_recording_are_the_newest() -> None:
    disk = Disk()
    rec = recorder(disk)
    for batch in range(100):
        rec.offer_imu(imu_samples(batch * 100_000, 160))
    for pulse in range(3):
        rec.offer(capture(pulse))
    rec.begin(order(0))
    assert rec.queue.close(PATIENCE_S)
    assert HELD_IMU_SAMPLES - 160 <= len(disk.imu_us) <= HELD_IMU_SAMPLES
    assert disk.imu_us[-1] == 99 * 100_000 + 159 * 613
