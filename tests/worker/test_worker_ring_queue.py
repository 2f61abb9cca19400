"""From the reader to the ring: nobody waits for that thread, and nobody is waited for who may not be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.port import AT_READERS_PACE
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.capture_ring import RingReader, RingWriter, ring_name
from kinect_sync.wire.messages import Record
from kinect_sync.worker.recorder import Recorder
from tests.cli.commands import PATIENCE_S, wait_until
from tests.worker.test_worker_recorder import SETTINGS, Disk, capture, order, pulses_on

CAPTURES = 4


class GatedRing(RingWriter):
    """A ring whose thread stands still while `go` is not set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SETTINGS, captures=CAPTURES)
        self.go = threading.Event()
        self.go.set()
        self.closed = threading.Event()

    def put(self, *of: Any) -> None:
        self.go.wait()
        super().put(*of)

    def close(self) -> None:
        super().close()
        self.closed.set()


class Streamed:
    """A device whose captures go into a file and into a ring, and somebody who reads there."""

    def __init__(self, folder: Path, **options: Any) -> None:
        path = folder / ring_name("solo")
        self.disk, self.ring = Disk(), GatedRing(path)
        self.reader = RingReader(path)
        options.setdefault("queue_bytes", 1 << 20)
        self.recorder = Recorder(SETTINGS, self.disk.open, lambda _order: self.ring, **options)

    def begin(self, end: int | None = None) -> None:
        self.recorder.begin(_order(end))

    def offer(self, *pulses: int, **changes: Any) -> None:
        for pulse in pulses:
            self.recorder.offer(capture(pulse, **changes))

    def offering(self, pulses: range) -> threading.Thread:
        """The thread that reads the device, and waits where captures wait for their reader."""
        thread = threading.Thread(target=lambda: self.offer(*pulses), daemon=True)
        thread.start()
        return thread

    def numbers(self) -> list[int]:
        """Of the captures that are in the ring."""
        return [
            number for number in range(1, self.reader.newest + 1) if self.reader.label(number) is not None
        ]

    def pulses(self) -> list[int | None]:
        labels = [self.reader.label(number) for number in self.numbers()]
        return [label.pulse for label in labels if label is not None]

    def settle(self) -> None:
        wait_until(lambda: self.recorder.ring_is_written, "all is in the ring")

    def close(self) -> None:
        self.ring.go.set()
        self.recorder.wait_no_more()
        self.recorder.queue.close(PATIENCE_S)
        self.recorder.close_ring(PATIENCE_S)
        self.reader.close()


def _order(end: int | None) -> Record:
    return order(0, end).model_copy(update={"ring": CAPTURES})


@pytest.fixture
def streamed(tmp_path: Path) -> Iterator[Streamed]:
    made = Streamed(tmp_path)
    yield made
    made.close()


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Streamed]:
    made = Streamed(tmp_path, pace=AT_READERS_PACE)
    yield made
    made.close()


def test_the_ring_has_the_captures_of_the_file_under_the_pulses_of_the_file(streamed: Streamed) -> None:
    streamed.offer(0, 1, 2)
    streamed.begin(end=6)
    streamed.offer(3)
    streamed.offer(5, depth=False)
    streamed.offer(6, 7)
    streamed.settle()
    assert streamed.disk.closed.wait(PATIENCE_S)
    assert pulses_on(streamed.disk) == [0, 1, 2, 3, 5]
    assert streamed.pulses() == [1, 2, 3, 5]
    labels = [streamed.reader.label(number) for number in streamed.numbers()]
    assert [label and label.hole for label in labels] == [None, None, None, HoleReason.HALF_CAPTURE]


def test_a_ring_whose_thread_stands_still_costs_the_file_nothing_and_shows_a_gap(
    streamed: Streamed,
) -> None:
    streamed.offer(0, 1, 2)
    streamed.begin()
    streamed.settle()
    streamed.ring.go.clear()
    streamed.offer(*range(3, 20))
    assert streamed.recorder.queue.queue_full == 0
    wait_until(lambda: len(streamed.disk.written) == 20, "the file goes on")
    streamed.ring.go.set()
    streamed.settle()
    assert streamed.reader.newest == 20, "numbers count also what was left out"
    assert streamed.numbers() == [17, 18, 19, 20]
    assert streamed.pulses() == [16, 17, 18, 19]


def test_of_what_was_held_before_the_beginning_the_newest_are_the_first_in_the_ring(
    streamed: Streamed,
) -> None:
    """Nobody was there to read what came a second ago; it is no gap."""
    streamed.offer(*range(20))
    streamed.begin()
    streamed.settle()
    streamed.offer(20)
    streamed.settle()
    assert streamed.reader.newest == CAPTURES + 1
    assert streamed.pulses() == [17, 18, 19, 20]


def test_at_the_end_the_ring_has_all_and_is_let_go_of(streamed: Streamed) -> None:
    streamed.offer(0, 1, 2)
    streamed.begin()
    streamed.ring.go.clear()
    streamed.offer(3)
    streamed.ring.go.set()
    streamed.recorder.close_ring(PATIENCE_S)
    assert streamed.ring.closed.is_set()
    assert streamed.pulses() == [0, 1, 2, 3]
    streamed.offer(4)
    assert streamed.recorder.ring_is_written


def test_captures_that_wait_are_not_lost_to_a_slow_reader(played: Streamed) -> None:
    offering = played.offering(range(60))
    wait_until(
        lambda: len(played.recorder.held()) > 40, "what is held until the take begins is more than a ring"
    )
    played.begin(end=60)
    seen = []
    for number in range(1, 61):
        wait_until(lambda number=number: played.reader.newest >= number, "the next one comes")
        label = played.reader.label(number)
        assert label is not None, "it was not overwritten"
        seen.append(label.pulse)
        played.reader.let_go(number)
    assert seen == list(range(60))
    offering.join(PATIENCE_S)
    assert not offering.is_alive()
    wait_until(lambda: len(played.disk.written) == 60, "all is in the file")


@pytest.mark.parametrize(
    "let_go",
    [lambda played: played.recorder.wait_no_more(), lambda played: played.reader.let_go(2**62)],
    ids=["no more", "by the director"],
)
def test_a_reader_that_waits_for_a_program_can_be_let_go(played: Streamed, let_go: Any) -> None:
    """The program was killed: nobody reads, and the device has to come to the end."""
    offering = played.offering(range(100))
    wait_until(lambda: bool(played.recorder.held()), "there is something to begin with")
    played.begin()
    wait_until(lambda: played.recorder.awaits_reader, "nobody reads")
    assert played.reader.newest <= CAPTURES
    let_go(played)
    offering.join(PATIENCE_S)
    assert not offering.is_alive()
    played.settle()
    assert played.pulses() == [96, 97, 98, 99]
