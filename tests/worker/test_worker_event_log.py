"""Events keep their numbers and their order, however many wait, and are forgotten once they were heard."""

from __future__ import annotations

import pytest

from kinect_sync.timing.alignment import Entry
from kinect_sync.wire.messages import Progress, as_line
from kinect_sync.worker.event_log import BLOCK, EventLog


def filled(count: int, first: int = 1) -> EventLog:
    log = EventLog(first)
    for number in range(first, first + count):
        assert log.append(b"%d\n" % number) == number
    return log


def numbers(log: EventLog, after: int) -> list[int]:
    """The numbers of what is kept, each with the line that had it."""
    kept = list(log.after(after))
    assert [b"%d\n" % number for number, _ in kept] == [line for _, line in kept]
    return [number for number, _ in kept]


@pytest.mark.parametrize("count", [0, 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 5 * BLOCK + 3])
@pytest.mark.parametrize("first", [1, 1000])
def test_what_is_kept_comes_back_from_any_number_on(count: int, first: int) -> None:
    log, last = filled(count, first), first + count - 1
    assert (log.first, log.last) == (first, last)
    for after in {0, first - 1, first, first + BLOCK - 1, first + BLOCK, last - 1, last, last + 5}:
        assert numbers(log, after) == list(range(max(first, after + 1), last + 1))


@pytest.mark.parametrize("heard", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, 5 * BLOCK + 3, 9 * BLOCK])
def test_what_was_heard_is_forgotten(heard: int) -> None:
    log = filled(5 * BLOCK + 3)
    log.forget(heard)
    assert log.first == min(heard, log.last) + 1
    assert numbers(log, 0) == list(range(log.first, log.last + 1))
    log.forget(0)
    assert log.first == min(heard, log.last) + 1, "what was forgotten stays so"
    log.append(b"%d\n" % (log.last + 1))
    assert numbers(log, 0)[-1] == log.last


def test_all_that_was_heard_needs_no_room() -> None:
    log = filled(5 * BLOCK)
    log.forget(log.last)
    assert log.nbytes == 0


def test_an_hour_that_nobody_hears_takes_some_megabytes() -> None:
    log, period_us = EventLog(), 33_333
    for report in range(6000):  # ten minutes
        captures = tuple(
            Entry(pulse, pulse, pulse * period_us + pulse % 7, pulse * period_us + 160 + pulse % 5,
                  10**13 + pulse * period_us * 1000 + pulse * 7919 % 1_000_003, None)
            for pulse in range(3 * report, 3 * report + 3)
        )  # fmt: skip
        log.append(as_line(Progress(
            entries=captures, newest_pulse=3 * report + 2, captures=3 * report + 3, queue_full=0,
            queued_bytes=report % 3 * 1_300_000, written_bytes=report * 3_900_000 + report % 1013,
            reader_silent_ms=report % 34, free_bytes=10**12 - report * 3_900_000,
            clock="6c1d5ef5-7d19-4f86-9ba2-d6f3c0b3d1a9 time:[4026531834]",
        )))  # fmt: skip
    assert log.nbytes * 6 < 8 << 20


def test_who_waits_is_woken_by_the_next_event() -> None:
    log = filled(3)
    assert log.wait_for_more(2, timeout_s=0)
    assert not log.wait_for_more(3, timeout_s=0)
