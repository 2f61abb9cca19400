"""A director hears its program, whatever becomes of that, and never waits to be heard."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from kinect_sync.benches.program_line import ProgramLine, watched_parent
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.direction import DeviceChanged, Finish, Leave, Over, Told, read_told
from kinect_sync.wire.messages import as_line
from kinect_sync.wire.stream_report import StreamReport

OVER = Over(report=StreamReport(verdict=Verdict.IN_SYNC, findings=()))
PATIENCE_S = 30.0


class Program:
    """The other end: what it asks, and a pipe from which it reads only when it is let."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[bytes | None] = SimpleQueue()
        self.reads = threading.Semaphore(0)
        self.heard: list[Told] = []
        self.hears = threading.Event()
        self.is_dead = False

    def ask(self, *messages: Value) -> None:
        for message in messages:
            self._asked.put(as_line(message))

    def end(self) -> None:
        self._asked.put(None)

    def __iter__(self) -> Iterator[bytes]:
        while (line := self._asked.get()) is not None:
            yield line

    def write(self, line: bytes) -> None:
        self.hears.set()
        assert self.reads.acquire(timeout=PATIENCE_S)
        if self.is_dead:
            raise BrokenPipeError
        self.heard.append(read_told(line))

    def flush(self) -> None:
        """Do nothing: all was written."""


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.is_dead = True
    made.end()
    made.reads.release(100)


def left(line: ProgramLine) -> bool:
    """Wait until a line's program has left, in a thread that may wait in vain."""
    waiting = threading.Thread(target=line.wait_until_left, daemon=True)
    waiting.start()
    waiting.join(PATIENCE_S)
    return not waiting.is_alive()


def changed(standing: str) -> DeviceChanged:
    return DeviceChanged.model_validate({"device": "left", "standing": standing, "findings": ()})


def test_who_asks_for_the_end_reads_on_and_who_leaves_does_not(program: Program) -> None:
    line = ProgramLine(program, program)
    assert not line.is_ending()
    program.ask(Finish())
    program.ask(Finish())
    program.reads.release(10)
    line.tell(OVER)
    assert program.hears.wait(PATIENCE_S)
    assert not line.has_left
    program.ask(Leave())
    assert left(line)
    assert line.is_ending()
    assert program.heard == [OVER]


def test_the_end_of_its_pipe_is_the_end_of_a_program(program: Program) -> None:
    line = ProgramLine(program, program)
    program.is_dead = True
    program.reads.release(10)
    line.tell(OVER)
    program.end()
    assert left(line)
    assert line.is_ending()


def test_what_is_no_message_comes_from_no_program(program: Program) -> None:
    line = ProgramLine([b"nonsense\n"], program)
    assert left(line)
    assert line.is_ending()


def test_a_program_whose_children_hold_its_pipe_open_is_gone_all_the_same(program: Program) -> None:
    gone = threading.Event()
    line = ProgramLine(program, program, gone.is_set)
    assert not line.is_ending()
    gone.set()
    assert line.is_ending()
    assert left(line)


def test_a_program_that_reads_nothing_is_waited_for_by_nobody_and_then_told_the_last_of_each(
    program: Program,
) -> None:
    line = ProgramLine(program, program)
    line.tell(changed("silent"))
    assert program.hears.wait(PATIENCE_S)  # and reads no further
    for _ in range(1000):
        line.tell(changed("silent"))
        line.tell(changed("delivers"))
    line.tell(OVER)
    program.reads.release(10)
    program.ask(Leave())
    assert left(line)
    assert program.heard == [changed("silent"), changed("delivers"), OVER]


def test_of_another_parent_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = 41
    monkeypatch.setattr(os, "getppid", lambda: parent, raising=False)
    of_another, of_it = watched_parent(40), watched_parent(41)
    assert (of_another(), of_it()) == (False, False)
    parent = 1
    assert not of_another()
    if os.name == "posix":
        assert of_it()
