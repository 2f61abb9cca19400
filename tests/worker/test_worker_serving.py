"""A worker and its director, over pipes: who speaks when, and how the worker leaves, whatever happens."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.devices.port import AT_READERS_PACE, StreamEnded
from kinect_sync.errors import DeviceLost
from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.wire.capture_ring import RingReader
from kinect_sync.wire.messages import (
    PROTOCOL,
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
    FirstCapture,
    FirstCaptures,
    Inventory,
    Look,
    Noted,
    OnBus,
    Open,
    Opened,
    Progress,
    ReadClock,
    Ready,
    Record,
    RecordingFile,
    Release,
    Stop,
    Watching,
    as_line,
)
from kinect_sync.worker import serving, session
from kinect_sync.worker.first_captures import FIRST, FirstNotes
from kinect_sync.worker.site import Site
from kinect_sync.worker.write_queue import WriteQueue
from tests.cli.commands import wait_until
from tests.takes.recorded import START_US, settings, take
from tests.worker.served import PATIENCE_S, ScriptedBench, Served

DEVICE = settings()
*CAPTURES, BEYOND = take(DEVICE, 6)
FILE = RecordingFile(take="walk", name="front.mkv")
RECORD = Record(file=FILE, anchor_us=START_US, end_pulse=None)
Start = Callable[..., Served]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    for patience in ("DRAIN_S", "RING_S", "READER_S"):
        monkeypatch.setattr(session, patience, PATIENCE_S)
    started: list[Served] = []

    def begin() -> Served:
        started.append(Served(ScriptedBench(DEVICE), tmp_path, tmp_path))
        return started[-1]

    yield begin
    for served in started:
        served.close()


def arm(served: Served) -> None:
    served.send(Open(settings=DEVICE, index=2), Arm())
    served.hear_of(Armed)


def hold_all(served: Served) -> None:
    """Bring it to where five captures wait for the file."""
    arm(served)
    for each in CAPTURES:
        served.bench.device.coming.put(each)
    while len(served.hear_of(Watching).held) < len(CAPTURES):
        continue


def record(served: Served, order: Record = RECORD) -> None:
    """Bring it to where five captures are in the file."""
    hold_all(served)
    served.send(order)
    while served.hear_of(Progress).captures < len(CAPTURES):
        continue


def check_file(folder: Path) -> None:
    recording = read_recording(folder / "walk" / "front.mkv")
    assert recording.complete
    assert recording.color_us.tolist() == [
        each.color.device_timestamp_usec for each in CAPTURES if each.color
    ]


def test_it_says_first_who_it_is(start: Start) -> None:
    ready = start().hear()
    assert isinstance(ready, Ready)
    assert (ready.protocol, ready.pid) == (PROTOCOL, os.getpid())
    assert ready.free_bytes


def test_each_command_has_its_answer(start: Start) -> None:
    served = start()
    served.send(Discover(), Look(), ReadClock(sent_ns=5), Open(settings=DEVICE, index=2), Arm())
    kinds = (Ready, Inventory, Inventory, ClockRead, Opened, Armed)
    assert [type(served.hear()) for _ in kinds] == list(kinds)
    assert served.bench.device.journal == ["open at 2", "set controls", "start"]


def test_a_device_is_claimed_before_it_has_a_name(start: Start) -> None:
    served = start()
    served.send(
        Claim(index=1), Claim(index=0), Release(index=0), Claim(index=0), Open(settings=DEVICE, index=0)
    )
    claimed = [served.hear_of(Claimed) for _ in range(3)]
    assert [each.device and each.device.serial for each in claimed] == [None, DEVICE.serial, DEVICE.serial]
    served.hear_of(Opened)
    assert served.bench.device.journal[:5] == ["claim 1", "claim 0", "release 0", "claim 0", "open at 0"]


def test_it_tells_what_comes_without_being_asked(start: Start) -> None:
    served = start()
    arm(served)
    assert served.hear_of(Watching).seen == 0
    served.bench.device.coming.put(CAPTURES[0])
    while served.hear_of(Watching).seen < 1:
        continue


@pytest.mark.parametrize(
    ("now_s", "left_s"),
    [
        pytest.param(7.0, 0.1, id="at the moment of one, until the next"),
        pytest.param(7.03, 0.07, id="after a command, until all report"),
        pytest.param(7.098, 0.102, id="woken a little early, not twice"),
    ],
)
def test_the_workers_of_a_host_report_at_the_same_moments(now_s: float, left_s: float) -> None:
    assert serving.until_report_s(now_s) == pytest.approx(left_s)


def test_told_to_publish_it_gives_the_newest_to_whoever_looks_and_keeps_no_file(
    start: Start, tmp_path: Path
) -> None:
    served, reader = start(), RingReader(tmp_path / "front.ring")
    record(served, RECORD.model_copy(update={"file": None, "ring": 2}))
    served.send(Stop())
    assert served.hear_of(Finished).written_bytes == 0
    published = reader.copy_newest()
    assert published is not None
    assert (published.capture.color_us, published.label.pulse) == (CAPTURES[-1].color_us, len(CAPTURES) - 1)
    assert [path.name for path in tmp_path.iterdir()] == ["front.ring"]


def test_what_is_in_the_file_is_in_the_ring_as_well(start: Start, tmp_path: Path) -> None:
    served, ring = start(), RingReader(tmp_path / "front.ring")
    record(served, RECORD.model_copy(update={"ring": len(CAPTURES)}))
    served.send(Stop())
    served.hear_of(Finished)
    for number, each in enumerate(CAPTURES, 1):
        label, view = ring.label(number), ring.view(number)
        assert label is not None
        assert view is not None
        assert (label.pulse, label.color_us, label.depth_us) == (number - 1, each.color_us, each.depth_us)
        images = zip((each.color, each.depth, each.ir), view, strict=True)
        assert all(
            image is not None and seen is not None and np.array_equal(image.data, seen)
            for image, seen in images
        )
    check_file(tmp_path)


def test_captures_that_wait_are_all_read_before_it_says_that_it_has_finished(
    start: Start, tmp_path: Path
) -> None:
    served, ring = start(), RingReader(tmp_path / "front.ring")
    served.bench.device.pace = AT_READERS_PACE
    record(served, RECORD.model_copy(update={"ring": 2}))
    served.bench.device.coming.put(StreamEnded())
    for _ in range(3):
        assert served.hear_of(Progress).awaits_reader
    seen = []
    for number, _ in enumerate(CAPTURES, 1):
        wait_until(lambda number=number: ring.is_intact(number), "it is put there as soon as there is room")
        found = ring.copy(number)
        assert found is not None
        seen.append(found.capture.color_us)
        ring.let_go(number)
    assert seen == [each.color_us for each in CAPTURES]
    assert served.hear_of(Finished).captures == len(CAPTURES)


def test_what_can_not_be_published_costs_its_device_and_is_told(start: Start, tmp_path: Path) -> None:
    served = start()
    (tmp_path / "front.ring").touch()  # of another worker
    arm(served)
    served.send(RECORD.model_copy(update={"file": None, "ring": 2}))
    (finding,) = served.hear_of(Failed).findings
    assert (finding.code, finding.device) == ("newest-unpublished", "front")


def test_a_recording_goes_on_where_programs_get_nothing_of_its_device(start: Start, tmp_path: Path) -> None:
    served = start()
    (tmp_path / "front.ring").touch()  # there is no room in memory
    hold_all(served)
    served.send(RECORD.model_copy(update={"ring": 2}))
    (finding,) = served.hear_of(Noted).findings
    assert (finding.code, finding.severity, finding.device) == ("stream-device-unread", "warning", "front")
    served.send(Stop())
    assert served.hear_of(Finished).captures == len(CAPTURES)
    check_file(tmp_path)


def test_where_there_can_be_no_file_nothing_is_left_in_memory_for_programs(
    start: Start, tmp_path: Path
) -> None:
    served = start()
    (tmp_path / "walk").touch()  # no folder
    hold_all(served)
    served.send(RECORD.model_copy(update={"ring": 2}))
    (finding,) = served.hear_of(Failed).findings
    assert finding.device == "front"
    assert [path.name for path in tmp_path.iterdir()] == ["walk"]


def test_it_tells_the_first_captures_as_they_came_and_then_no_more(start: Start) -> None:
    served = start()
    arm(served)
    first, exposed = CAPTURES[0], replace(CAPTURES[0].color, exposure_us=8330, system_timestamp_nsec=7)
    served.bench.device.coming.put(replace(first, color=exposed, depth=None, ir=None))
    for _ in range(FIRST + 5):
        served.bench.device.coming.put(first)
    told: list[FirstCapture] = []
    while len(told) < FIRST:
        told += served.hear_of(FirstCaptures).captures
    assert told[0] == FirstCapture(
        color_us=first.color_us,
        depth_us=None,
        host_time_ns=first.host_time_ns,
        arrived_ns=7,
        exposure_us=8330,
    )
    while served.hear_of(Watching).seen < FIRST + 6:
        continue
    assert len(told) == FIRST
    assert (told[-1].color_us, told[-1].depth_us) == (first.color_us, first.depth_us)


def test_a_file_ends_where_the_director_says(start: Start, tmp_path: Path) -> None:
    served = start()
    record(served)
    served.send(End(pulse=len(CAPTURES)), ReadClock(sent_ns=1))
    served.hear_of(ClockRead)
    served.bench.device.coming.put(BEYOND)
    assert served.hear_of(Finished).captures == len(CAPTURES)
    check_file(tmp_path)
    served.send(Stop())
    served.wait()
    assert served.bench.device.journal[-2:] == ["stop", "close"]


@pytest.mark.parametrize("ending", ["stop", "director gone"])
def test_whoever_ends_it_file_device_and_bench_are_closed(start: Start, tmp_path: Path, ending: str) -> None:
    served = start()
    record(served)
    served.send(Stop()) if ending == "stop" else served.go()
    assert served.hear_of(Finished).captures == len(CAPTURES)
    served.wait()
    check_file(tmp_path)
    assert served.bench.device.journal[-3:] == ["start", "stop", "close"]
    assert (served.bench.closed, served.ended_with) == (True, [])


def test_a_director_that_does_not_listen_either_costs_nothing(start: Start, tmp_path: Path) -> None:
    served = start()
    record(served)
    served.stop_listening()
    served.go()
    served.wait()
    check_file(tmp_path)
    assert served.bench.device.journal[-2:] == ["stop", "close"]


@pytest.mark.parametrize("line", [b'{"kind": "explode"}\n', b"\xff\xfe\n", b"\n", b'{"kind": "end"}\n'])
def test_what_is_no_command_is_told_and_the_worker_still_leaves(start: Start, line: bytes) -> None:
    served = start()
    served.send_line(line)
    (finding,) = served.hear_of(Failed).findings
    assert (finding.code, repr(line)[2:-3] in finding.what) == ("worker-failed", True)
    served.go()
    served.wait()


def test_a_defect_in_a_command_is_told_with_its_words(start: Start) -> None:
    served = start()
    served.bench.fails = ZeroDivisionError("by zero")
    served.send(Discover())
    (finding,) = served.hear_of(Failed).findings
    assert (finding.code, finding.what) == ("worker-failed", "discover failed: ZeroDivisionError: by zero")


def test_a_command_before_its_time_is_told(start: Start) -> None:
    served = start()
    served.send(RECORD)
    (finding,) = served.hear_of(Failed).findings
    assert "recording begins after the device is armed" in finding.what


def test_a_device_that_is_lost_is_told_once_with_its_name_and_what_came_is_kept(
    start: Start, tmp_path: Path
) -> None:
    served = start()
    record(served)
    served.bench.device.coming.put(
        DeviceLost(Finding(code="stream-ended", what="it ended", remedy="replug it"))
    )
    assert [each.device for each in served.hear_of(Failed).findings] == ["front"]
    check_file(tmp_path)
    served.send(Stop())
    served.wait()
    assert served.bench.device.journal[-2:] == ["stop", "close"]


def test_a_disk_that_refuses_once_is_told_and_costs_nothing(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [OSError(5, "Input/output error")]
    real = os.fdatasync

    def refuse_once(fd: int) -> None:
        if refusals:
            raise refusals.pop()
        real(fd)

    monkeypatch.setattr(os, "fdatasync", refuse_once)
    served = start()
    record(served)
    (finding,) = served.hear_of(Noted).findings
    assert (finding.code, "Input/output error" in finding.what) == ("write-failed", True)
    served.send(Stop())
    assert served.hear_of(Finished).captures == len(CAPTURES)
    check_file(tmp_path)


def stuck_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let nothing be forced to the disk until the event is set."""
    freed = threading.Event()
    monkeypatch.setattr(session, "DRAIN_S", 0.01)
    monkeypatch.setattr(os, "fdatasync", lambda fd: freed.wait(PATIENCE_S))
    return freed


def test_a_file_that_a_stuck_disk_keeps_open_is_not_said_to_be_closed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = start()
    freed = stuck_disk(monkeypatch)
    record(served)
    served.send(Stop())
    served.wait()
    said = [type(event) for event in served.last_words()]
    freed.set()
    assert Progress in said
    assert Finished not in said


def test_a_device_that_fails_on_a_stuck_disk_says_that_its_file_is_open(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = start()
    freed = stuck_disk(monkeypatch)
    record(served)
    served.bench.device.coming.put(DeviceLost(Finding(code="stream-ended", what="it ended")))
    assert not served.hear_of(Failed).closed
    freed.set()


def test_a_device_is_looked_for_on_the_bus_when_somebody_asks(start: Start) -> None:
    served = start()
    served.send(Open(settings=DEVICE, index=2), FindOnBus())
    assert served.hear_of(OnBus) == OnBus(listed=None, missing=0)
    served.bench.connected = 0
    served.send(FindOnBus())
    assert served.hear_of(OnBus).missing == 1


def test_a_bus_that_does_not_answer_keeps_nobody_from_reporting(start: Start) -> None:
    served = start()
    served.send(Open(settings=DEVICE, index=2), Arm())
    served.hear_of(Armed)
    served.bench.counting.clear()
    served.send(FindOnBus())
    told = [served.hear() for _ in range(5)]
    assert {type(event) for event in told} == {Watching}
    served.bench.counting.set()
    assert served.hear_of(OnBus) == OnBus(listed=None, missing=0)


def test_a_stream_that_has_been_played_to_its_end_ends_the_file(start: Start, tmp_path: Path) -> None:
    served = start()
    record(served)
    served.bench.device.coming.put(StreamEnded())
    assert served.hear_of(Finished).captures == len(CAPTURES)
    check_file(tmp_path)


def test_a_device_that_hangs_costs_the_process_and_not_the_file(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "READER_S", 0.1)
    served = start()
    record(served)
    served.bench.device.hanging.set()
    assert served.bench.device.hung.wait(PATIENCE_S)
    served.send(Stop())
    assert served.hear_of(Finished).captures == len(CAPTURES)
    served.wait()
    check_file(tmp_path)
    assert served.ended_with == [1], "only the end of the process frees the device"
    assert "close" not in served.bench.device.journal, "nobody touches what hangs"


@pytest.mark.parametrize("refuses", ["stop", "close"])
def test_a_device_that_refuses_to_stop_is_closed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    """An open one may need replugging; that it refused is told with the exit of the process."""
    bench = ScriptedBench(DEVICE)
    leaving = session.WorkerSession(lambda: bench, lambda _event: None, Site(tmp_path))
    leaving.carry_out(Open(settings=DEVICE, index=None))
    leaving.carry_out(Arm())

    def refuse() -> None:
        bench.device.journal.append(refuses)
        raise ZeroDivisionError(refuses)

    monkeypatch.setattr(bench.device, refuses, refuse)
    with pytest.raises(ZeroDivisionError):
        leaving.leave()
    assert bench.device.journal[-2:] == ["stop", "close"]
    assert bench.closed


def test_a_defect_in_what_is_told_leaves_no_device_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = ScriptedBench(DEVICE)
    orders = io.BytesIO(as_line(Open(settings=DEVICE, index=None)) + as_line(Arm()))

    def defect(_notes: FirstNotes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FirstNotes, "take", defect)
    with pytest.raises(ZeroDivisionError):
        serving.serve(lambda: bench, orders, io.BytesIO(), Site(tmp_path), lambda _code: None)
    assert bench.device.journal[-2:] == ["stop", "close"]
    assert bench.closed


def test_a_defect_in_the_last_words_leaves_no_device_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = ScriptedBench(DEVICE)
    leaving = session.WorkerSession(lambda: bench, lambda _event: None, Site(tmp_path))
    for order in (Open(settings=DEVICE, index=None), Arm(), RECORD):
        leaving.carry_out(order)

    def defect(_queue: WriteQueue) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(WriteQueue, "take_entries", defect)
    with pytest.raises(ZeroDivisionError):
        leaving.leave()
    assert bench.device.journal[-2:] == ["stop", "close"]
    assert bench.closed


def test_a_command_that_hangs_does_not_outlive_the_director(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LEAVE_S", 0.01)
    served = start()
    device = served.bench.device
    monkeypatch.setattr(device, "start", lambda settings: device.released.wait(PATIENCE_S))
    served.send(Open(settings=DEVICE, index=None), Arm())
    served.hear_of(Opened)
    served.go()
    wait_until(lambda: served.ended_with == [1], "the process is ended")


def test_an_event_that_is_no_json_is_no_sign_that_the_director_has_gone(tmp_path: Path) -> None:
    site = Site(tmp_path, host=HostIdentity(name="\udcff", clock="c"))
    with pytest.raises(ValueError, match="surrogates"):
        serving.serve(lambda: ScriptedBench(DEVICE), io.BytesIO(), io.BytesIO(), site, lambda _code: None)
