"""How other hosts' clocks are known: by round trips; the best is kept, and trusted less as it ages."""

from __future__ import annotations

import pytest

from kinect_sync.director.host_clocks import AGEING_PPM, HostClocks, turn_times
from kinect_sync.timing.alignment import Entry
from kinect_sync.wire.messages import Armed, FirstCapture, FirstCaptures, Progress, Watching

OWN, OTHER = "this boot", "another boot"
HOUR_NS = 3_600_000_000_000
MS = 1_000_000


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
    assert (own.offset_of(OWN).offset_ns, own.uncertainty_us(OWN, 10**15)) == (0, 0.0)


def test_a_clock_that_was_never_read_is_not_known() -> None:
    assert not clocks().is_known(OTHER)
    with pytest.raises(KeyError):
        clocks().offset_of(OTHER)


TRIPS = [
    # (what it shows, round trips, offset, uncertainty when the last is heard)
    ("the reading lies in the middle of its trip", [(0, HOUR_NS + 5, 10)], -HOUR_NS, 5),
    ("a trip that took longer tells nothing better", [(0, 5, 10), (1000, 2000, 3000)], 0, 5),
    ("a shorter one takes its place", [(0, 900, 1000), (2000, 2007, 2010)], -2, 5),
    ("one as long does too, as it is newer", [(0, 5, 10), (2000, 2009, 2010)], -4, 5),
]


@pytest.mark.parametrize(("case", "trips", "offset_ns", "uncertainty_ns"), TRIPS, ids=[t[0] for t in TRIPS])
def test_of_all_trips_the_best_is_kept(
    case: str, trips: list[tuple[int, int, int]], offset_ns: int, uncertainty_ns: int
) -> None:
    known = clocks(*trips).offset_of(OTHER)
    assert (known.offset_ns, known.aged(trips[-1][2])) == (offset_ns, uncertainty_ns), case


def test_what_was_measured_long_ago_gives_way_to_what_is_newer_and_worse() -> None:
    known = clocks((0, MS, 2 * MS), (HOUR_NS, HOUR_NS + 30 * MS, HOUR_NS + 40 * MS))
    assert known.offset_of(OTHER).offset_ns == -10 * MS
    assert known.uncertainty_us(OTHER, HOUR_NS + 40 * MS) == 20_000.0


def test_uncertainty_grows_as_two_clocks_may_part() -> None:
    known = clocks((0, MS, 2 * MS))
    later_ns = 2 * MS + 60 * 1_000_000_000
    assert known.uncertainty_us(OTHER, later_ns) == pytest.approx(1000 + 60 * AGEING_PPM)


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
