from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.modes import DepthMode
from kinect_sync.timing.lasers.check import (
    LASER_PATTERNS,
    UNITS_PER_US,
    Laser,
    LaserPattern,
    capture_period,
    check_lasers,
    check_rig,
    depth_centre,
    overlapping_pairs,
    units_per_step,
)
from tests.timing.laser_rigs import NFOV, PASSIVE, WFOV, devices_of, make_rig

SHORT, LONG = LASER_PATTERNS[DepthMode.NFOV_UNBINNED], LASER_PATTERNS[DepthMode.WFOV_UNBINNED]
PERIOD = capture_period(30)
TICK = units_per_step(Hardware.AZURE_KINECT)


def us(units: int) -> float:
    return units / UNITS_PER_US


@pytest.mark.parametrize(
    ("mode", "length_us", "pitch_us", "why"),
    [
        (DepthMode.NFOV_UNBINNED, 12_725, 1575, "9 × 125 + 8 × 1450"),
        (DepthMode.NFOV_2X2BINNED, 12_725, 1575, "binned on the host, exposed alike"),
        (DepthMode.WFOV_2X2BINNED, 12_725, 1575, "the same nine pulses"),
        (DepthMode.WFOV_UNBINNED, 20_245, 2515, "9 × 125 + 8 × 2390"),
    ],
)
def test_pulses_are_those_of_the_hardware_specification(mode, length_us, pitch_us, why):
    pattern = LASER_PATTERNS[mode]
    starts = [us(start) for start in pattern.starts]
    assert starts[0] == -length_us / 2, why
    assert starts[-1] + 125 == length_us / 2, "the train is centred on the exposure"
    assert {later - start for start, later in pairwise(starts)} == {pitch_us}


def test_modes_without_a_laser_have_no_pattern():
    assert DepthMode.PASSIVE_IR not in LASER_PATTERNS
    assert DepthMode.OFF not in LASER_PATTERNS


@pytest.mark.parametrize(("fps", "whole_ticks"), [(30, 3000), (15, 6000), (5, 18_000)])
def test_periods_are_whole_ticks(fps, whole_ticks):
    assert capture_period(fps) == whole_ticks * TICK


@pytest.mark.parametrize(
    ("hardware", "sub_us", "depth_us", "centre_us", "why"),
    [
        (Hardware.AZURE_KINECT, 0, 160, 14 * 100 / 9, "14.4 ticks are 14"),
        (Hardware.AZURE_KINECT, 0, -160, -14 * 100 / 9, "cut toward zero"),
        (Hardware.AZURE_KINECT, 160, 160, 28 * 100 / 9, "each delay is cut by itself"),
        (Hardware.AZURE_KINECT, 0, 100, 100, "multiples of 100 µs are whole ticks"),
        (Hardware.FEMTO, 7, 160, 167, "Orbbec's wrapper keeps microseconds"),
        (Hardware.FEMTO, 0, -160, 0, "a negative depth delay delays color instead"),
    ],
)
def test_centre_of_the_depth_exposure(hardware, sub_us, depth_us, centre_us, why):
    assert us(depth_centre(hardware, sub_us, depth_us)) == pytest.approx(centre_us), why


def check_two(delta: int, first: LaserPattern = SHORT, second: LaserPattern = SHORT, period: int = PERIOD):
    return check_lasers([Laser("a", first, 0), Laser("b", second, delta)], [("a", "b")], period)


@pytest.mark.parametrize(
    ("delta_us", "gap_us", "earlier", "why"),
    [
        (0, -125, "a", "the same moment: whole pulses overlap"),
        (100, -25, "a", "b starts 25 µs before a ends"),
        (-100, -25, "b", "and the other way round"),
        (125, 0, "a", "end to start: they touch and do not overlap"),
        (160, 35, "a", "the recommended step"),
        (1575, -125, "a", "one pitch further, eight pulses coincide"),
        (1575 - 160, 35, "b", "the next pulse of a comes 160 µs after b's"),
        (12_725 + 50, 50, "a", "after the whole train of a"),
        (-12_725 - 50, 50, "b", "before it"),
    ],
)
def test_gap_of_two_lasers(delta_us, gap_us, earlier, why):
    smallest = check_two(delta_us * UNITS_PER_US).smallest
    assert (smallest.gap_us, smallest.earlier) == (gap_us, earlier), why


def test_the_period_is_a_circle():
    delta = PERIOD - 12_725 * UNITS_PER_US - 70 * UNITS_PER_US
    smallest = check_two(delta).smallest
    assert (smallest.earlier, smallest.gap_us) == ("b", 70), "b's train ends 70 µs before a's next one"
    assert check_two(delta + 3 * PERIOD).smallest == smallest


def test_the_moment_is_where_the_earlier_pulse_ends():
    smallest = check_two(160 * UNITS_PER_US).smallest
    assert smallest.at_us == 62.5, "the pulse at the centre of a's exposure is the first to end in the period"


def test_all_collisions_are_told_the_worst_first():
    collisions = check_two(1575 * UNITS_PER_US + 40 * UNITS_PER_US).collisions
    assert [gap.gap_us for gap in collisions] == [-85] * 8
    assert len({gap.at for gap in collisions}) == 8


def test_only_pairs_that_see_the_same_volume_count():
    lasers = [Laser(name, SHORT, 0) for name in "abc"]
    check = check_lasers(lasers, [("a", "c")], PERIOD)
    assert {(gap.earlier, gap.later) for gap in check.collisions} == {("a", "c")}
    assert check_lasers(lasers, [], PERIOD).smallest is None


def brute_force(lasers, pairs, period) -> tuple[int | None, int]:
    """Paint every unit of the circle; return the smallest gap and the number of overlaps."""
    lit = {}
    for laser in lasers:
        lit[laser.device] = np.zeros(period, bool)
        for start in laser.pattern.starts:
            lit[laser.device][np.arange(laser.centre + start, laser.centre + start + 2250) % period] = True
    smallest, overlaps = [], 0
    for first, second in pairs:
        both = lit[first] & lit[second]
        runs = run_lengths(both)
        overlaps += len(runs)
        smallest.append(-max(runs) if runs else dark_between(lit[first], lit[second]))
    return min(smallest, default=None), overlaps


def run_lengths(mask) -> list[int]:
    if not mask.any():
        return []
    turned = np.roll(mask, -int(np.argmin(mask)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], turned.astype(np.int8), [0]])))
    return list(edges[1::2] - edges[::2])


def dark_between(first, second) -> int:
    label = first + 2 * second.astype(np.int8)
    places = np.flatnonzero(label)
    places = np.append(places, places[0] + len(label))
    changes = label[places[1:] % len(label)] != label[places[:-1]]
    return int((np.diff(places)[changes] - 1).min())


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([(30, False), (15, True)]))
def test_checker_agrees_with_painting_every_tick(data, rate):
    fps, long_too = rate
    period = capture_period(fps)
    patterns = st.sampled_from([SHORT, LONG] if long_too else [SHORT])
    count = data.draw(st.integers(2, 4))
    lasers = [
        Laser(f"d{n}", data.draw(patterns), data.draw(st.integers(-period // 200, 2 * period // 200)) * 200)
        for n in range(count)
    ]
    every = [(f"d{a}", f"d{b}") for a in range(count) for b in range(a + 1, count)]
    pairs = data.draw(st.lists(st.sampled_from(every), unique=True))
    check = check_lasers(lasers, pairs, period)
    smallest, overlaps = brute_force(lasers, pairs, period)
    assert (check.smallest.gap if check.smallest else None) == smallest
    assert len(check.collisions) == overlaps


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2999))
def test_checker_agrees_near_every_edge(tick):
    lasers = [Laser("a", SHORT, 0), Laser("b", SHORT, tick * TICK)]
    check = check_lasers(lasers, [("a", "b")], PERIOD)
    assert (check.smallest.gap, len(check.collisions)) == brute_force(lasers, [("a", "b")], PERIOD)


@pytest.mark.parametrize(
    ("overlaps", "expected", "why"),
    [
        ((), {(0, 1), (0, 2), (1, 2)}, "by default all see the same"),
        ((devices_of(0, 1), devices_of(2)), {(0, 1)}, "a group of one shares its view with none"),
        ((devices_of(0, 1), devices_of(1, 2)), {(0, 1), (1, 2)}, "groups may share a device"),
        ((devices_of(0, 1),), {(0, 1), (0, 2), (1, 2)}, "a forgotten device is kept from all"),
    ],
)
def test_who_sees_the_same_volume(overlaps, expected, why):
    pairs = overlapping_pairs(make_rig([NFOV] * 3, overlaps=overlaps))
    assert {(int(a[1]), int(b[1])) for a, b in pairs} == expected, why


@pytest.mark.parametrize(
    ("rig", "gap_us", "why"),
    [
        (make_rig([NFOV] * 2), -125, "no delays: both fire at once"),
        (make_rig([NFOV] * 2, delays={1: (0, 160)}), 30 + 5 / 9, "160 µs are 155.6"),
        (make_rig([NFOV] * 2, delays={1: (160, 0)}), 30 + 5 / 9, "color and depth together"),
        (
            make_rig([NFOV] * 2, delays={0: (0, -80), 1: (0, 80)}),
            30 + 5 / 9,
            "the SDK's green screen example",
        ),
        (
            make_rig([NFOV] * 10, delays={n: (0, 160 * n) for n in range(10)}),
            16 + 2 / 3,
            "the tenth comes round",
        ),
        (
            make_rig([NFOV] * 11, delays={n: (0, 160 * n) for n in range(11)}),
            -100,
            "the eleventh meets the first",
        ),
        (make_rig([NFOV, PASSIVE]), None, "passive IR fires nothing"),
        (make_rig([WFOV, NFOV], fps=15), -125, "two pitches, one centre"),
        (make_rig([NFOV], topology="standalone"), None, "standalone devices share no clock"),
    ],
)
def test_rigs_as_they_stand(rig, gap_us, why):
    smallest = check_rig(rig).smallest
    assert (smallest.gap_us if smallest else None) == (pytest.approx(gap_us) if smallest else gap_us), why
