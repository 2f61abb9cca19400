"""Host times of other clocks become the director's; what time of day it is plays no part."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kinect_sync
from kinect_sync.director.host_clocks import HostClocks, turn_times
from kinect_sync.timing.alignment import Entry
from kinect_sync.wire.messages import Armed, FirstCapture, FirstCaptures, Progress, Watching

OWN, OTHER = "this boot", "another boot"
HOUR_NS = 3_600_000_000_000


def clocks(*trips: tuple[int, int, int]) -> HostClocks:
    """Clocks after round trips of (sent, read on the other clock, heard), in ns."""
    known = HostClocks(OWN)
    for sent_ns, read_ns, heard_ns in trips:
        known.learn(OTHER, sent_ns=sent_ns, read_ns=read_ns, heard_ns=heard_ns)
    return known


def test_the_directors_own_clock_needs_no_measuring_and_is_never_off() -> None:
    own = HostClocks(OWN)
    own.learn(OWN, sent_ns=0, read_ns=77, heard_ns=2)
    assert own.is_known(OWN)
    assert (own.turn(OWN, 77), own.uncertainty_us(OWN, 10**15), own.measured(OWN)) == (77, 0.0, ())


def test_a_clock_that_was_never_read_is_not_known() -> None:
    assert not clocks().is_known(OTHER)
    with pytest.raises(KeyError):
        clocks().turn(OTHER, 77)


def test_every_host_time_of_a_message_is_turned_and_nothing_else() -> None:
    known = clocks((0, HOUR_NS + 5, 10))
    watching = turn_times(Watching(seen=3, held=((33.3, HOUR_NS + 100),), clock=OTHER), known)
    assert watching == Watching(seen=3, held=((33.3, 100),), clock=OWN)
    entries = (Entry(0, 0, 33, 33, HOUR_NS + 7, None), Entry(1, None, None, None, None, None))
    told = Progress(
        entries=entries, newest_pulse=1, captures=1, queue_full=0, queued_bytes=0, written_bytes=0,
        reader_silent_ms=0, clock=OTHER,
    )  # fmt: skip
    turned = turn_times(told, known)
    assert isinstance(turned, Progress)
    assert [each.host_time_ns for each in turned.entries] == [7, None]
    assert turned.clock == OWN
    assert turn_times(turned, known) is turned
    first = FirstCapture(
        color_us=3, depth_us=4, host_time_ns=HOUR_NS + 9, arrived_ns=HOUR_NS + 8, exposure_us=1
    )
    (turned_first,) = turn_times(FirstCaptures(captures=(first,), clock=OTHER), known).captures
    assert turned_first == first.model_copy(update={"host_time_ns": 9, "arrived_ns": 8})
    assert turn_times(Armed(), known) == Armed()


def test_times_of_a_clock_that_was_never_read_are_left_out() -> None:
    """A host that was started again has another clock; what its worker says must not end the director."""
    watching = turn_times(Watching(seen=3, held=((33.3, 100),), clock=OTHER), clocks())
    assert isinstance(watching, Watching)
    assert (watching.seen, watching.held) == (3, ())
    first = FirstCapture(color_us=3, depth_us=4, host_time_ns=9, arrived_ns=None, exposure_us=None)
    assert turn_times(FirstCaptures(captures=(first,), clock=OTHER), clocks()).captures == ()


def test_no_time_of_day_has_a_part_in_what_happens_between_hosts() -> None:
    """It is set while a take runs, by as much as hours.

    It names a take, ties it to the calendar, and says whether a certificate has expired; and how old a
    picture on a page is where its file's date alone tells.
    """
    package = Path(kinect_sync.__file__).parent
    allowed = {"agent/pictures.py", "agent/running.py", "director/take.py", "director/take_description.py"}
    asking = [
        path.relative_to(package).as_posix()
        for room in ("agent", "director", "hosts", "network", "timing", "wire", "worker")
        for path in (package / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("time", "time_ns", "now", "utcnow")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("time", "datetime")
    ]
    assert set(asking) == allowed
