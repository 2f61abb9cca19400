"""What is written down of a run while it goes on, with invented workers and an invented clock."""

from __future__ import annotations

from typing import Any

import pytest

from kinect_sync.devices.port import LIVE
from kinect_sync.director.link import Inbox, Post
from kinect_sync.host.identity import this_host
from kinect_sync.readings import Controls, Jacks
from kinect_sync.selftest.records import Moment
from kinect_sync.selftest.rows import RowWatch
from kinect_sync.selftest.witness import Witness
from kinect_sync.timing.alignment import Cell, Row
from kinect_sync.wire.messages import (
    PROTOCOL,
    Arm,
    Armed,
    Exited,
    FirstCaptures,
    Open,
    Opened,
    Progress,
    Ready,
    Said,
    Stop,
    Watching,
)
from tests.director.scripted import FakeClock
from tests.selftest.invented import PERIOD_US, captures, device

LEFT = device("left").settings
CLOCK = this_host().clock
CONTROLS = Controls(exposure_us=8330, powerline_hz=60, gain=128)


class Worker:
    """A worker that says what a test wants it to say."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.heard: list[Any] = []
        self.killed = False

    def say(self, event: Any) -> None:
        self._post.put(("left", event))

    def send(self, command: Any) -> None:
        self.heard.append(command)

    def kill(self) -> None:
        self.killed = True

    def join(self, timeout_s: float) -> bool:
        return True


class Run:
    """A witness between a director and one worker."""

    def __init__(self) -> None:
        self.clock = FakeClock(1000.0)
        self.memory = 90_000_000
        self.inbox = Inbox()
        self.witness = Witness(self._launch, self.clock, lambda pid: self.memory if pid == 7 else None)
        self.link = self.witness.launch("left", self.inbox)

    def _launch(self, _: str, post: Post) -> Worker:
        self.worker = Worker(post)
        return self.worker

    def after(self, seconds: float, what: Any) -> None:
        """Let a command be sent, or an event be heard, after a time."""
        self.clock.now_s += seconds
        if isinstance(what, Open | Arm | Stop):
            self.link.send(what)
        else:
            self.worker.say(what)


def progress(written: int) -> Progress:
    return Progress(
        entries=(), newest_pulse=written, captures=written, queue_full=0, queued_bytes=0, written_bytes=0,
        reader_silent_ms=0, clock=CLOCK,
    )  # fmt: skip


@pytest.fixture
def told() -> Run:
    run = Run()
    run.after(0.5, Ready(protocol=PROTOCOL, pid=7, host=this_host()))
    run.after(0.1, Open(settings=LEFT, index=1))
    run.after(
        1.5, Opened(jacks=Jacks(sync_in=True, sync_out=True), firmware=None, controls=CONTROLS, pace=LIVE)
    )
    run.after(0.1, Arm())
    run.after(0.4, Armed())
    return run


def test_nothing_of_the_run_is_changed(told: Run) -> None:
    assert [type(each) for each in told.worker.heard] == [Open, Arm]
    heard = [told.inbox.get_nowait() for _ in range(3)]
    assert [(name, type(event)) for name, event in heard] == [
        ("left", Ready),
        ("left", Opened),
        ("left", Armed),
    ]
    assert told.link.join(1.0)
    told.link.kill()
    assert told.worker.killed


def test_it_is_told_how_long_each_answer_took(told: Run) -> None:
    told.after(5.0, Stop())
    log = "[2026-11-26 04:10:00.000] [warning] [t=7] usb.c (9): run(). USB timeout"
    told.after(0.2, Said(text="USB timeout"))
    told.after(0.5, Exited(code=0, last_words=(log, "of somebody else")))
    record = told.witness.record(LEFT)
    assert (record.open_s, record.start_s, record.close_s, record.exit_code) == (1.5, 0.4, 0.7, 0)
    assert (record.controls, record.lines) == (CONTROLS, ("USB timeout", "of somebody else"))


def test_a_worker_is_that_of_the_device_that_it_was_told_to_open() -> None:
    run = Run()
    run.after(0.1, Open(settings=device("right").settings, index=0))
    run.after(0.7, Opened(jacks=Jacks(sync_in=True, sync_out=False), firmware=None, controls=None, pace=LIVE))
    assert run.witness.record(device("right").settings).open_s == 0.7
    assert run.witness.record(LEFT).open_s is None
    run.witness.kill("right")
    assert run.worker.killed


def test_the_first_captures_are_kept_and_the_time_to_the_first(told: Run) -> None:
    armed_ns = round((told.clock.now_s - 0.4) * 1e9)
    first, *others = (
        each.model_copy(update={"host_time_ns": armed_ns + 900_000_000}) for each in captures(count=3)
    )
    told.after(0.1, FirstCaptures(captures=(first,), clock=CLOCK))
    told.after(0.1, FirstCaptures(captures=tuple(others), clock=CLOCK))
    record = told.witness.record(LEFT)
    assert record.first == (first, *others)
    assert record.first_s == pytest.approx(0.9, abs=0.001)


def test_how_much_has_come_is_written_down_now_and_then(told: Run) -> None:
    for seen in range(11):
        told.after(0.1, Watching(seen=seen, held=(), clock=CLOCK))
    assert told.witness.record(LEFT).moments == (
        Moment(at_s=0.5, captures=0),
        Moment(at_s=1.0, captures=5),
        Moment(at_s=1.5, captures=10),
    )


def test_memory_is_that_of_the_first_and_the_last_second(told: Run) -> None:
    for second in range(5):
        told.memory = 90_000_000 + 1000 * second
        told.after(1.0, progress(second))
        told.after(0.1, progress(second))
    record = told.witness.record(LEFT)
    assert (record.memory_begin_bytes, record.memory_end_bytes) == (90_000_000, 90_004_000)
    assert record.memory_s == pytest.approx(4.4)
    assert record.memory_mb_per_h == pytest.approx(3.27, abs=0.01)


def test_a_device_that_was_never_launched_has_an_empty_record() -> None:
    record = Run().witness.record(device("right").settings)
    assert (record.open_s, record.first, record.memory_mb_per_h) == (None, (), None)


def test_rows_are_summed_up_second_by_second() -> None:
    watch = RowWatch(["front", "left"], 30)
    for pulse in range(90):
        device_us = 219_566 + pulse * PERIOD_US
        host_ns = round(device_us * 1000 * (1 - 20e-6)) + (pulse % 3) * 1_000_000
        cells = [Cell(pulse, round(device_us), round(device_us), host_ns, float(pulse), None)] * 2
        watch.on_rows([Row(pulse, tuple(cells))])
    record = watch.complete(device("left", period_us=None, host_fps=None))
    assert [each.at_s for each in record.seconds] == [0.0, 1.0, 2.0]
    assert [each.residual_us for each in record.seconds] == [14.5, 44.5, 74.5]
    ahead = [each.ahead_us or 0.0 for each in record.seconds]
    assert ahead[2] - ahead[1] == pytest.approx(20.0, abs=2)
    assert record.period_us == pytest.approx(PERIOD_US, abs=0.1)
    assert record.host_fps == pytest.approx(30.0, abs=0.05)
