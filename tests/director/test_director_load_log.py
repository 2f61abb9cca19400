"""What is written down of queues and disk during a take: a row per second, every peak, and no harm done."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.director.load_log import LoadLog
from kinect_sync.director.observer import Snapshot, snapshot_of
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding, Severity
from kinect_sync.takes.load import LoadFile
from kinect_sync.takes.load_reader import Load, LoadColumns, read_load
from kinect_sync.wire.messages import QUEUE_BYTES, Failed, Finished, Progress
from tests.director.scripted import HOST, ScriptedRig, chain
from tests.director.takes import record

DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


class Desk:
    """A log over three scripted workers, whose clock moves when it is told to."""

    def __init__(self, tmp_path: Path) -> None:
        self.rig = ScriptedRig(chain(), {})
        self.fleet = self.rig.fleet
        self.fleet.pump(0.0)
        self.path = tmp_path / "load.csv"
        self.pulses, self.free_bytes = 0, 10**12
        self.began_s = self.rig.clock.now_s
        self.log = self.begin()

    def begin(self) -> LoadLog:
        log = LoadLog(self.path, list(self.fleet.states))
        log.on_change(self.snapshot())
        return log

    def snapshot(self) -> Snapshot:
        now_s = self.rig.clock.now_s
        return Snapshot(
            tuple(map(snapshot_of, self.fleet)), None, 0.0, self.pulses, 0, self.free_bytes, now_s
        )

    def wait(self, seconds: float) -> None:
        self.rig.clock.now_s += seconds
        self.log.on_change(self.snapshot())

    def close(self) -> None:
        self.log.on_end(self.snapshot())

    def hear(self, *queued: int, written: int = 0, full: int = 0, name: str = "left") -> None:
        """Let a worker report, once for each number of bytes queued; all of it is heard at once."""
        for count in queued:
            self.rig.say(
                name,
                Progress(entries=(), newest_pulse=-1, captures=0, queue_full=full, queued_bytes=count,
                         written_bytes=written, reader_silent_ms=0, clock=HOST.clock),
            )  # fmt: skip
        self.fleet.pump(0.0)

    def load(self) -> Load:
        return read_load(self.path)

    def left(self) -> LoadColumns:
        return self.load().devices["left"]

    def seconds(self) -> list[float]:
        return [round(ns / 1e9 - self.began_s, 3) for ns in self.load().host_ns.tolist()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_there_is_a_row_at_the_beginning_one_per_second_and_one_at_the_end(desk: Desk) -> None:
    for _ in range(27):
        desk.wait(0.125)
    desk.close()
    assert desk.seconds() == [0.0, 1.0, 2.0, 3.0, 3.375]


def test_a_director_that_was_held_up_writes_one_row_and_goes_on_with_the_next_second(desk: Desk) -> None:
    desk.wait(4.25)
    desk.wait(0.5)
    desk.wait(0.25)
    assert desk.seconds() == [0.0, 4.25, 5.0]


def test_rows_tell_what_was_last_heard_of_each_device(desk: Desk) -> None:
    desk.pulses, desk.free_bytes = 29, 5 * 10**9
    desk.hear(100, written=4000, full=2)
    desk.hear(0, written=7000, name="front")
    desk.wait(1.0)
    load = desk.load()
    assert list(load.devices) == ["front", "left", "right"]
    assert (load.pulses[1], load.free_bytes[1], load.queue_limit_bytes[1]) == (29, 5 * 10**9, QUEUE_BYTES)
    assert [each.written_bytes[1] for each in load.devices.values()] == [7000, 4000, 0]
    assert [each.queue_full[1] for each in load.devices.values()] == [0, 2, 0]


def test_a_peak_between_two_rows_is_kept_and_told_once(desk: Desk) -> None:
    desk.hear(10, 900, 20)
    desk.wait(0.5)
    desk.hear(30)
    desk.wait(0.5)
    desk.wait(1.0)
    desk.hear(5)
    desk.wait(1.0)
    desk.wait(1.0)
    assert desk.left().queue_peak_bytes.tolist() == [0, 900, 30, 30, 5]


@pytest.mark.parametrize(
    "last_word",
    [
        pytest.param(Finished(captures=3, written_bytes=80), id="finished"),
        pytest.param(Failed(findings=(Finding(code="stream-ended", what="it ended"),)), id="lost"),
    ],
)
def test_nothing_waits_any_more_behind_a_device_that_is_gone(
    desk: Desk, last_word: Finished | Failed
) -> None:
    desk.hear(70)
    desk.rig.say("left", last_word)
    desk.fleet.pump(0.0)
    desk.wait(1.0)
    desk.wait(1.0)
    assert desk.left().queue_peak_bytes.tolist() == [0, 70, 0]


# --- a disk that fails ------------------------------------------------------------------------------------


def refuse(*_: object) -> None:
    raise DISK_FULL


@pytest.mark.parametrize("method", ["append", "close"])
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(DISK_FULL, id="the system's error"),
        pytest.param(KsyncError(Finding(code="disk-full", what="No space left to write it")), id="our own"),
    ],
)
def test_a_disk_that_fails_is_a_warning_and_the_last_word(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, method: str, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    desk.wait(1.0)
    monkeypatch.setattr(LoadFile, method, fail)
    desk.wait(1.0)
    desk.wait(1.0)
    desk.close()
    desk.close()
    (found,) = desk.log.findings
    assert (found.code, found.severity) == ("load-write-failed", Severity.WARNING)
    assert "load.csv could not be written: No space left" in found.what
    assert found.remedy
    assert desk.seconds()[:2] == [0.0, 1.0]


def test_a_file_that_cannot_be_made_is_a_warning(desk: Desk) -> None:
    desk.path = desk.path / "not" / "a" / "folder.csv"
    log = desk.begin()
    desk.rig.clock.now_s += 1.0
    log.on_change(desk.snapshot())
    log.on_end(desk.snapshot())
    assert [each.code for each in log.findings] == ["load-write-failed"]


# --- in a take --------------------------------------------------------------------------------------------


def test_a_take_has_a_log_from_its_beginning_to_its_closed_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = record(tmp_path, monkeypatch)
    load = read_load(tmp_path / "take" / "load.csv")
    assert (report.verdict, report.findings) == ("in_sync", ())
    assert load.pulses[0] == 0
    for device in load.devices.values():
        assert device.queue_peak_bytes.max() == 500
        assert device.written_bytes.tolist()[0] == 0
        assert device.written_bytes.tolist()[-1] == 1000


def test_a_take_whose_log_cannot_be_written_is_in_sync_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoadFile, "append", refuse)
    report = record(tmp_path, monkeypatch)
    assert (report.verdict, report.complete) == ("in_sync", 60)
    assert [(each.code, each.severity) for each in report.findings] == [
        ("load-write-failed", Severity.WARNING)
    ]


def test_free_space_that_can_not_be_measured_any_more_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = shutil.disk_usage

    def measured_until_recording(path: Path) -> object:
        return refuse() if (tmp_path / "take" / "load.csv").exists() else measure(path)

    monkeypatch.setattr("kinect_sync.director.take_sink.shutil.disk_usage", measured_until_recording)
    report = record(tmp_path, monkeypatch)
    assert (report.verdict, report.complete, report.findings) == ("in_sync", 60, ())
