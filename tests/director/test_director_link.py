"""The way to a worker's process: its events, its last words, its end; each is a small Python program here."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable, Iterator

import pytest

from kinect_sync.director.link import LONGEST_LINE, Inbox, ProcessLink
from kinect_sync.director.talk import LAST_WORDS
from kinect_sync.findings import Finding
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    END_OF_TALK,
    ClockRead,
    Exited,
    Failed,
    Finished,
    ReadClock,
    Said,
    as_line,
)

PATIENCE_S = 60.0
FIRST, SECOND = (as_line(Finished(captures=number, written_bytes=0)) for number in (1, 2))
ECHO = """
import json, sys
for line in sys.stdin:
    sent_ns = json.loads(line)["sent_ns"]
    print(json.dumps({"kind": "clock_read", "clock": "c", "sent_ns": sent_ns, "time_ns": 5}), flush=True)
"""
"""Answers until nobody is left to answer to."""
Start = Callable[..., ProcessLink]


@pytest.fixture
def inbox() -> Inbox:
    return queue.Queue()


@pytest.fixture
def start(inbox: Inbox) -> Iterator[Start]:
    started: list[ProcessLink] = []

    def run(program: str, environment: dict[str, str] | None = None) -> ProcessLink:
        started.append(ProcessLink("left", [sys.executable, "-c", program], inbox, environment))
        return started[-1]

    yield run
    for link in started:
        link.kill()
        assert link.join(PATIENCE_S)


def told(inbox: Inbox) -> list[Value]:
    """Every event until the worker's end, all of them under its device's name."""
    events: list[Value] = []
    while not events or not isinstance(events[-1], Exited):
        name, event = inbox.get(timeout=PATIENCE_S)
        assert name == "left"
        events.append(event)
    return events


def say(*lines: bytes, stream: str = "stdout", times: int = 1) -> str:
    return f"import sys; sys.{stream}.buffer.write({b''.join(lines)!r} * {times}); sys.{stream}.flush()\n"


def test_events_come_in_order_and_the_end_is_the_last(start: Start, inbox: Inbox) -> None:
    start(say(FIRST, SECOND))
    assert told(inbox) == [
        Finished(captures=1, written_bytes=0),
        Finished(captures=2, written_bytes=0),
        Exited(code=0),
    ]


def test_a_command_reaches_the_worker_and_its_answer_comes_back(start: Start, inbox: Inbox) -> None:
    link = start(ECHO)
    link.send(ReadClock(sent_ns=7))
    assert inbox.get(timeout=PATIENCE_S) == ("left", ClockRead(clock="c", sent_ns=7, time_ns=5))
    assert not link.join(0), "it waits for the next one"


def test_what_is_no_event_is_kept_as_words(start: Start, inbox: Inbox) -> None:
    garbage = [b"a library prints\n", b"\xff\xfe\n", b'{"kind": "explode"}\n', b"\n"]
    start(say(*garbage[:2], FIRST, *garbage[2:]))
    words = ("a library prints", "\ufffd\ufffd", '{"kind": "explode"}', "")
    assert told(inbox) == [Finished(captures=1, written_bytes=0), Exited(code=0, last_words=words)]


def test_an_event_that_was_cut_off_by_the_end_is_words_too(start: Start, inbox: Inbox) -> None:
    start(say(FIRST, SECOND[:10]))
    assert told(inbox)[1:] == [Exited(code=0, last_words=(SECOND[:10].decode(),))]


def test_the_last_words_are_the_last_lines_of_stderr(start: Start, inbox: Inbox) -> None:
    lines = [f"line {number}\n".encode() for number in range(LAST_WORDS + 5)]
    start(say(*lines, stream="stderr") + "sys.exit(3)")
    assert told(inbox) == [
        Exited(code=3, last_words=tuple(line.decode().rstrip() for line in lines[-LAST_WORDS:]))
    ]


def test_more_than_a_pipe_holds_is_read_while_nobody_asks(start: Start, inbox: Inbox) -> None:
    link = start(say(FIRST, times=5000) + say(b"word\n", stream="stderr", times=20_000))
    assert link.join(PATIENCE_S)
    events = told(inbox)
    assert events == [
        *[Finished(captures=1, written_bytes=0)] * 5000,
        Exited(code=0, last_words=("word",) * 20),
    ]


SDK_LINE = b"[2026-03-04 05:06:07.089] [error] [t=1] /a.c (1): f(). It broke, try %d\n"


def test_what_the_sdk_says_is_told_before_the_failure_that_it_explains(start: Start, inbox: Inbox) -> None:
    """The failure is written first, and waits until all that was printed before it is heard."""
    failure = Failed(findings=(Finding(code="start-refused", what="refused"),))
    start(
        say(as_line(failure))
        + "import time; time.sleep(0.2)\n"  # so that it would overtake
        + say(b"no line of the SDK\n", SDK_LINE % 1, f"{END_OF_TALK}\n".encode(), stream="stderr")
    )
    assert told(inbox)[:2] == [Said(text="f(). It broke, try 1"), failure]


def test_what_the_sdk_says_with_every_image_is_told_once(start: Start, inbox: Inbox) -> None:
    start(f"import sys\nfor number in range(5000): sys.stderr.buffer.write({SDK_LINE!r} % number)\n")
    said = [event for event in told(inbox) if isinstance(event, Said)]
    assert said[0] == Said(text="f(). It broke, try 0")
    assert len(said) < 60, "one in a second"


def test_a_line_without_end_is_taken_in_pieces(start: Start, inbox: Inbox) -> None:
    start(say(b"x" * 1000, stream="stderr", times=50))
    (ended,) = told(inbox)
    assert isinstance(ended, Exited)
    assert max(map(len, ended.last_words)) == LONGEST_LINE


def test_a_worker_that_is_killed_has_ended(start: Start, inbox: Inbox) -> None:
    link = start(ECHO)
    assert not link.join(0)
    link.kill()
    assert link.join(PATIENCE_S)
    assert told(inbox) == [Exited(code=1 if os.name == "nt" else -9)]
    link.kill()


def test_what_is_sent_to_the_dead_is_lost_and_no_error(start: Start, inbox: Inbox) -> None:
    link = start("import sys; sys.stdin.close()")
    assert told(inbox) == [Exited(code=0)]
    link.send(ReadClock(sent_ns=1))
    assert link.join(PATIENCE_S)
    link.send(ReadClock(sent_ns=2))
    assert link.join(0)
    assert inbox.empty()


def test_a_command_that_is_no_json_is_no_sign_of_death(start: Start) -> None:
    link = start(ECHO)
    with pytest.raises(ValueError, match="surrogates"):
        link.send(ClockRead(clock="\udcff", sent_ns=1, time_ns=1))
    link.kill()


def test_a_worker_has_the_environment_that_it_was_given(start: Start, inbox: Inbox) -> None:
    start("import os; print(os.environ.get('KSYNC_WORD'), flush=True)", {**os.environ, "KSYNC_WORD": "blue"})
    assert told(inbox) == [Exited(code=0, last_words=("blue",))]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups of this kind")
def test_ctrl_c_in_a_terminal_is_not_for_workers(start: Start, inbox: Inbox) -> None:
    link = start(ECHO)
    assert os.getpgid(link.pid) == link.pid != os.getpgid(0)
