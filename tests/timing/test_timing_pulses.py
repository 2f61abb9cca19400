"""Numbers of pulses from device timestamps alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.rig.model import RigFields
from kinect_sync.timing.pulses import (
    JUMPED,
    REPEATED,
    TOLERANCE_US,
    Offsets,
    PulseCounter,
    is_pulse,
    period_us,
    pulse_time_us,
)
from tests.timing.drifting import Drifting

P = 1_000_000 / 30


@pytest.mark.parametrize(("fps", "tolerance_us"), [(30, 110), (15, 220), (5, 660)])
def test_the_tolerance_is_a_three_hundredth_of_the_period(fps: int, tolerance_us: int) -> None:
    assert TOLERANCE_US[fps] == tolerance_us == round(period_us(fps) * 0.0033)


@pytest.mark.parametrize(
    ("hardware", "sub", "depth", "expected"),
    [
        pytest.param("azure_kinect", 160, -80, (155.556, -77.778), id="Azure: cut to ticks"),
        pytest.param("femto", 160, 80, (160, 80), id="Femto: no ticks"),
        pytest.param("femto", 0, -160, (160, -160), id="Femto: a negative depth delay delays color instead"),
    ],
)
def test_offsets_follow_the_hardware(
    hardware: str, sub: int, depth: int, expected: tuple[float, float]
) -> None:
    spec = {
        "name": "left",
        "serial": "000000000001",
        "role": "subordinate",
        "subordinate_delay_off_master_usec": sub,
        "depth_delay_off_color_usec": depth,
    }
    rig = RigFields(name="r", topology="standalone", hardware=hardware, devices=(spec,))
    offsets = Offsets.of(rig.settings_of(rig.devices[0]))
    assert (offsets.subordinate_delay_us, offsets.depth_delay_us) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("color_us", "depth_us", "expected_us"),
    [
        pytest.param(1000, 1150, 800, id="color decides"),
        pytest.param(None, 1150, 900, id="depth alone, with both delays taken off"),
        pytest.param(0, None, -200, id="a timestamp of zero is a timestamp"),
    ],
)
def test_pulse_time(color_us: int | None, depth_us: int | None, expected_us: float) -> None:
    assert pulse_time_us(color_us, depth_us, Offsets(200.0, 50.0)) == expected_us


def test_a_capture_without_timestamps_belongs_to_no_pulse() -> None:
    with pytest.raises(ValueError, match="no pulse"):
        pulse_time_us(None, None, Offsets())


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([0, 1, 2, 3], [0, 1, 2, 3], id="one after the other"),
        pytest.param([0, 1, 4, 5], [0, 1, 4, 5], id="two dropped"),
        pytest.param([2, 3], [2, 3], id="the anchor itself was dropped"),
        pytest.param([-2, -1, 0, 1], [-2, -1, 0, 1], id="captures before the anchor"),
        pytest.param([-2.1, -2, 0.1, 1], [-2, REPEATED, 0, 1], id="a repeated capture before the anchor"),
        pytest.param([-2, -3, 0, 1], [-2, JUMPED, 0, 1], id="a step back before the anchor"),
        pytest.param([0.49, 1.4, 2.5], [0, 1, 2], id="a phase of nearly half a period is kept"),
        pytest.param([0, 1, 1.1, 2], [0, 1, REPEATED, 2], id="a second capture for one pulse"),
        pytest.param([0, 1, 1, 1, 2], [0, 1, REPEATED, REPEATED, 2], id="the same timestamp three times"),
        pytest.param([0, 1, 0.9, 2], [0, 1, REPEATED, 2], id="repeated a little earlier"),
        pytest.param([0, 5, 2, 6, 7], [0, 5, JUMPED, 6, 7], id="one stray timestamp in the past"),
        pytest.param([0, 1, 1e9, 2, 3], [0, 1, JUMPED, 2, 3], id="one stray timestamp in the future"),
        pytest.param(
            [100, 101, 0, 1, 2, 100, 101, 102, 103],
            [100, 101] + [JUMPED] * 7,
            id="a clock that was zeroed stays without numbers, also once it passes the old time",
        ),
        pytest.param(
            [0, 1, 5000, 5001, 5002], [0, 1] + [JUMPED] * 3, id="a leap too far to be counted across"
        ),
        pytest.param([0, 9, 3, 9, 10], [0, 9, JUMPED, REPEATED, 10], id="back, and again where it was"),
        pytest.param([], [], id="no captures"),
    ],
)
@pytest.mark.parametrize("anchor_us", [0.0, 246_233.0, 1.7e15], ids=["zero", "kinect", "femto-epoch"])
@pytest.mark.parametrize("one_by_one", [True, False], ids=["one-by-one", "at-once"])
def test_numbers(times: list[float], expected: list[int], anchor_us: float, one_by_one: bool) -> None:
    counter = PulseCounter(30, anchor_us)
    moments = anchor_us + np.array(times, dtype=np.float64) * P
    if one_by_one:
        numbers = [counter.number_next(moment) for moment in moments.tolist()]
    else:
        numbers = counter.number(moments).tolist()
    assert numbers == expected
    assert counter.repeated == expected.count(REPEATED)
    assert counter.jumped == expected.count(JUMPED)


def test_a_lost_clock_says_so_after_the_second_jump() -> None:
    counter = PulseCounter(30, 0.0)
    lost = []
    for time in (50, 51, 0, 1):
        counter.number(np.array([time * P]))
        lost.append(counter.clock_lost)
    assert lost == [False, False, False, True]


def test_numbers_are_told_from_marks() -> None:
    assert is_pulse(-5)
    assert not is_pulse(REPEATED)
    assert not is_pulse(JUMPED)
    marks = np.array([3, REPEATED, -(10**9), JUMPED])
    assert is_pulse(marks).tolist() == [True, False, True, False]


@pytest.mark.parametrize("ppm", [-500, -400, 0, 400, 500])
@pytest.mark.parametrize("fps", [5, 15, 30])
def test_a_minute_of_silence_slips_no_pulse(fps: int, ppm: float) -> None:
    """Nominal periods would slip at 500 ppm after 33 s at 30 fps; the measured one does not."""
    silent = frozenset(range(60, 60 + 61 * fps))
    device = Drifting("left", fps=fps, pulses=100 * fps, ppm=ppm, jitter_us=100, dropped=silent)
    numbers = PulseCounter(fps, device.zero_us).number(device.pulse_times())
    assert numbers.tolist() == device.truth.tolist()


@pytest.mark.parametrize("ppm", [-500, 500])
def test_a_gap_right_at_the_start_is_counted_or_refused_but_never_guessed(ppm: float) -> None:
    for seconds in (1, 10, 25, 30, 40, 60):
        device = Drifting(
            "left", pulses=70 * 30, ppm=ppm, jitter_us=100, dropped=frozenset(range(2, seconds * 30))
        )
        numbers = PulseCounter(30, device.zero_us).number(device.pulse_times())
        counted = is_pulse(numbers)
        assert (numbers[counted] == device.truth[counted]).all()
        assert counted.all() == (seconds <= 25)


def test_a_real_rate_off_by_half_a_percent_is_learned() -> None:
    """A Femto delivers up to 30.14 fps at 30; a gap of 20 s then holds nearly three pulses more."""
    times = np.arange(3000) * (1e6 / 30.14)
    kept = np.r_[0:300, 900:3000]
    assert PulseCounter(30, 0.0).number(times[kept]).tolist() == kept.tolist()


def test_a_femto_whose_clock_is_set_every_minute_is_counted() -> None:
    pulse = np.arange(30 * 600)
    seconds = pulse / 30
    times = 1.7e15 + seconds * 1e6 + (seconds % 60) * 80  # 80 ppm fast, set back by 4.8 ms each minute
    assert PulseCounter(30, times[0]).number(times).tolist() == pulse.tolist()


@settings(max_examples=60, deadline=None)
@given(
    fps=st.sampled_from([5, 15, 30]),
    ppm=st.floats(-500, 500),
    jitter_us=st.floats(0, 100),
    dropped=st.sets(st.integers(1, 1999), max_size=600),
    cuts=st.lists(st.integers(0, 2000), max_size=20),
    seed=st.integers(0, 2**32 - 1),
)
def test_numbers_do_not_depend_on_how_captures_are_cut(
    fps: int, ppm: float, jitter_us: float, dropped: set[int], cuts: list[int], seed: int
) -> None:
    device = Drifting(
        "left", fps=fps, pulses=2000, ppm=ppm, jitter_us=jitter_us, dropped=frozenset(dropped), seed=seed
    )
    times = device.pulse_times()
    counter = PulseCounter(fps, device.zero_us)
    parts = np.concatenate([counter.number(part) for part in np.split(times, sorted(cuts))])
    assert parts.tolist() == device.truth.tolist()
    assert PulseCounter(fps, device.zero_us).number(times).tolist() == device.truth.tolist()
    one_by_one = PulseCounter(fps, device.zero_us)
    assert [one_by_one.number_next(time) for time in times.tolist()] == device.truth.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e3, 1e12), max_size=60), st.lists(st.integers(0, 60), max_size=10))
def test_whatever_comes_numbers_rise_and_cuts_do_not_matter(times: list[float], cuts: list[int]) -> None:
    moments = np.array(times)
    at_once = PulseCounter(30, 0.0).number(moments)
    counter = PulseCounter(30, 0.0)
    parts = [counter.number(part) for part in np.split(moments, sorted(cuts))]
    assert np.concatenate(parts).tolist() == at_once.tolist()
    one_by_one = PulseCounter(30, 0.0)
    assert [one_by_one.number_next(time) for time in times] == at_once.tolist()
    assert (np.diff(at_once[is_pulse(at_once)]) > 0).all()
