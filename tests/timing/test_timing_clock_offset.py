"""How another clock's offset is known over time: by the best round trips, and by how fast the clocks part."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from kinect_sync.timing.clock_offset import AGEING_PPM, WINDOW_NS, ClockOffset, Trip

S = 1_000_000_000
MS = 1_000_000
HOUR_NS = 3600 * S


def offset(*trips: tuple[int, int, int]) -> ClockOffset:
    """What is known after round trips of (sent, read on the other clock, heard), in ns."""
    first, *others = [Trip.of(sent_ns=sent, read_ns=read, heard_ns=heard) for sent, read, heard in trips]
    known = ClockOffset(first)
    for trip in others:
        known.add(trip)
    return known


TRIPS = [
    # (what it shows, round trips, offset, how far that may be off when the last is read)
    ("the reading lies in the middle of its trip", [(0, HOUR_NS + 5, 10)], -HOUR_NS, 5),
    ("a trip that took longer tells nothing better", [(0, 5, 10), (1000, 2000, 3000)], 0, 5),
    ("a shorter one takes its place", [(0, 900, 1000), (2000, 2007, 2010)], -2, 5),
    ("one as long does too, as it is newer", [(0, 5, 10), (2000, 2009, 2010)], -4, 5),
]


@pytest.mark.parametrize(("case", "trips", "offset_ns", "half_ns"), TRIPS, ids=[t[0] for t in TRIPS])
def test_of_all_trips_the_best_counts(
    case: str, trips: list[tuple[int, int, int]], offset_ns: int, half_ns: int
) -> None:
    sent, _, heard = trips[-1]
    known = offset(*trips).at((sent + heard) // 2)
    assert (known.offset_ns, known.half_ns) == (offset_ns, half_ns), case


def test_what_was_measured_long_ago_gives_way_to_what_is_newer_and_worse() -> None:
    known = offset((0, MS, 2 * MS), (HOUR_NS, HOUR_NS + 30 * MS, HOUR_NS + 40 * MS)).at(HOUR_NS + 20 * MS)
    assert (known.offset_ns, known.half_ns) == (-10 * MS, 20 * MS)


def test_uncertainty_grows_as_two_clocks_may_part() -> None:
    known = offset((0, MS, 2 * MS)).at(MS + 60 * S)
    assert known.half_ns == pytest.approx(MS + 60 * AGEING_PPM * 1000)


Delays = Callable[[random.Random, float], tuple[float, float]]


def quiet(chance: random.Random, at_s: float) -> tuple[float, float]:
    """Ways there and back, in µs, over a wire with nothing else on it."""
    return 120 + chance.expovariate(1 / 40), 120 + chance.expovariate(1 / 40)


def asymmetric(chance: random.Random, at_s: float) -> tuple[float, float]:
    there, back = quiet(chance, at_s)
    return there + 400, back


def loaded(chance: random.Random, at_s: float) -> tuple[float, float]:
    """Every other minute something else fills the wire, one way."""
    there, back = quiet(chance, at_s)
    return there + (chance.uniform(2000, 20_000) if at_s % 120 > 60 else 0), back


def steady_rate(ppm: float) -> Callable[[float], float]:
    return lambda at_s: ppm * at_s


def slewing(at_s: float) -> float:
    """Twenty ppm, and after ten minutes thirty: somebody opened a window, or time is synchronised anew."""
    return 20 * at_s + 10 * max(0.0, at_s - 600)


CLOCKS = [
    ("clocks that part slowly", steady_rate(3.0), quiet, 60),
    ("by 50 ppm", steady_rate(50.0), quiet, 60),
    ("the other way", steady_rate(-50.0), quiet, 60),
    ("over ways that differ", steady_rate(-50.0), asymmetric, 300),
    ("over a wire that is busy at times", steady_rate(50.0), loaded, 400),
    ("ever faster", slewing, quiet, 100),
]


@pytest.mark.parametrize(("case", "parts_us", "delays", "most_us"), CLOCKS, ids=[each[0] for each in CLOCKS])
def test_the_offset_is_known_within_what_is_stated_of_it(
    case: str, parts_us: Callable[[float], float], delays: Delays, most_us: float
) -> None:
    """Twenty minutes, asked twice a second: at every moment, and of every moment before once it is over."""
    chance, known = random.Random(7), None
    moments: list[tuple[int, float]] = []
    for step in range(2400):
        at_s = step / 2
        there_us, back_us = delays(chance, at_s)
        sent_ns = round(at_s * S)
        moment_ns = sent_ns + round(there_us * 1000)
        offset_ns = HOUR_NS + round(parts_us(moment_ns / S) * 1000)
        trip = Trip.of(
            sent_ns=sent_ns, read_ns=moment_ns - offset_ns, heard_ns=moment_ns + round(back_us * 1000)
        )
        if known is None:
            known = ClockOffset(trip)
        else:
            known.add(trip)
        now = known.at(sent_ns)
        off_us = abs(now.offset_ns - HOUR_NS - round(parts_us(at_s) * 1000)) / 1000
        assert off_us <= now.half_ns / 1000 + 1, f"{case}: {off_us} µs off after {at_s} s"
        if at_s > 60:
            assert off_us < most_us, f"{case}: {off_us} µs off after {at_s} s"
        moments.append((sent_ns, HOUR_NS + parts_us(at_s) * 1000))
    assert known is not None
    worst_us = max(abs(known.at(at_ns).offset_ns - true_ns) / 1000 for at_ns, true_ns in moments)
    assert worst_us < most_us, case


def test_how_fast_clocks_part_is_followed_while_a_host_is_away() -> None:
    """Ten minutes without a word cost 30 ms where nobody knows that they part by 50 ppm."""
    known = offset(*[(at * S, at * S - at * 50_000 + MS // 10, at * S + MS // 5) for at in range(300)])
    later = known.at(900 * S)
    assert abs(later.offset_ns - 900 * 50_000) < MS
    assert 600 * 5_000 < later.half_ns < 600 * 10_000


def test_a_clock_that_began_anew_is_another_one() -> None:
    """Where boots have no number, a computer that was started again has one of the same name, from zero."""
    known = offset(*[(at * S, 7 * HOUR_NS + at * S, at * S + MS) for at in range(60)])
    known.add(Trip.of(sent_ns=90 * S, read_ns=3 * S, heard_ns=90 * S + MS))
    assert len(known.knots) == 1
    assert known.at(91 * S).offset_ns == pytest.approx(87 * S, abs=MS)


def test_a_few_trips_of_many_are_kept() -> None:
    known = offset(*[(at * S // 2, at * S // 2, at * S // 2 + MS) for at in range(7200)])
    assert len(known.knots) == pytest.approx(HOUR_NS / WINDOW_NS, rel=0.1)
