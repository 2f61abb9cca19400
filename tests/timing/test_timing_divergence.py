"""A device that runs by itself is found by its arrivals at the host, and one that follows is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.findings import Severity
from kinect_sync.rig.hardware import Hardware
from kinect_sync.timing.arrivals import MOST_POINTS, STRETCH, Arrivals
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.divergence import LEAST, TOLD_US, Track, find_divergence, steady_slope
from kinect_sync.timing.table import MISSING
from kinect_sync.timing.verification import Verification, judge
from kinect_sync.verdicts import Verdict
from tests.timing.arriving import ZERO_US, Arriving, arrive, verify

FEMTO = Hardware.FEMTO
BREAK_S = 60


def master(**changes: Any) -> Arriving:
    return Arriving("front", **{"subordinate": False, "seed": 1, **changes})


def left(**changes: Any) -> Arriving:
    return Arriving("left", **{"seed": 2, **changes})


# --- synchronized takes ---------------------------------------------------------------------------------

unusual = st.fixed_dictionaries(
    {
        "jitter_ms": st.sampled_from([0.3, 1.0, 3.0, 10.0, 20.0]),
        "steps": st.lists(st.tuples(st.floats(0, 1), st.floats(-10, 10)), max_size=3),
        "dropped": st.sampled_from([0.0, 0.01, 0.1, 0.3]),
        "halves": st.sampled_from([0.0, 0.05]),
        "outage": st.builds(range, st.integers(100, 900), st.integers(900, 2000)),
        "seed": st.integers(0, 10**6),
    }
)
apart = st.floats(5, 400) | st.floats(-400, -5)


@settings(max_examples=120, deadline=None)
@given(
    first=unusual,
    other=unusual,
    clock=st.floats(-400, 400),
    ppm=apart,
    ramp_ms=st.floats(0, 10),
    fps=st.sampled_from([30, 15, 5]),
    seconds=st.sampled_from([10, 60, 120, 300, 900]),
)
def test_a_device_that_follows_is_left_alone(
    first: dict, other: dict, clock: float, ppm: float, ramp_ms: float, fps: int, seconds: int
) -> None:
    """Steps of latency, latency that creeps up, jitter, drops and outages, whatever the clocks."""
    devices = [master(ppm=clock, **first), left(ppm=clock + ppm, ramp_ms=ramp_ms, **other)]
    assert [each.divergence for each in verify(arrive(devices, seconds, fps), fps)] == [None, None]


@settings(max_examples=40, deadline=None)
@given(first=unusual, other=unusual, trigger=st.floats(-400, 400), ppm=st.floats(-400, 400))
def test_devices_behind_a_trigger_are_left_alone(
    first: dict, other: dict, trigger: float, ppm: float
) -> None:
    devices = [master(subordinate=True, ppm=-100, **first), left(ppm=ppm, **other)]
    table = arrive(devices, 300, trigger_ppm=trigger)
    assert [each.divergence for each in verify(table)] == [None, None]


@pytest.mark.parametrize("ppm", [-400.0, 12.0, 400.0])
def test_an_hour_of_a_device_that_follows(ppm: float) -> None:
    devices = [master(), left(ppm=ppm, dropped=0.005, steps=[(0.3, 10.0), (0.6, -8.0)], jitter_ms=5.0)]
    verified = verify(arrive(devices, 3600))
    assert [each.divergence for each in verified] == [None, None]
    assert verified[1].drift_ppm == pytest.approx(ppm, abs=0.5)


def test_clocks_that_wander_with_temperature_are_left_alone() -> None:
    """The residual bends by milliseconds, latency creeps by as much, and neither is the other's image."""
    table = arrive([master(), left(ppm=60.0, ramp_ms=8.0, jitter_ms=1.0)], 3600)
    share = np.arange(len(table)) / len(table)
    table.residual_us[:, 1] += 20.0 * 3600 * share * (1 - share)
    assert verify(table)[1].divergence is None


@pytest.mark.parametrize("late", [1, 2])
def test_stairs_of_latency_are_no_line(late: int) -> None:
    """Five steps of 8 ms, two periods' half together, on either device."""
    stairs = {"steps": [(share / 6, 8.0) for share in range(1, 6)], "jitter_ms": 0.3}
    devices = [master(**(stairs if late == 1 else {})), left(ppm=0.0, **(stairs if late == 2 else {}))]
    assert verify(arrive(devices, 600))[1].divergence is None


def test_a_queue_that_fills_is_no_clock() -> None:
    """Captures that wait ever longer for a reader, 200 ms after a minute: 3300 ppm."""
    devices = [master(), left(ramp_ms=200.0, ppm=0.0)]
    assert verify(arrive(devices, 60))[1].divergence is None


@pytest.mark.parametrize("ppm", [-200.0, 3.0, 200.0])
def test_arrivals_made_from_timestamps_prove_nothing(ppm: float) -> None:
    """As in a recording that is played: a capture then comes when its own clock says so."""
    table = arrive([master(), left(ppm=ppm)], 3600)
    times_ns = table.color_us * 1000
    table.host_time_ns[:] = np.where(table.color_us == MISSING, MISSING, times_ns)
    assert verify(table)[1].divergence is None


@pytest.mark.parametrize(("begin", "ppm"), [(300, 10.0), (600, -20.0), (900, 50.0)])
def test_timestamps_that_bend_prove_nothing_where_arrivals_were_made_from_them(
    begin: int, ppm: float
) -> None:
    moments, chance = np.arange(1200.0), np.random.default_rng(3)
    residuals = np.maximum(moments - begin, 0) * ppm + chance.uniform(-5, 5, 1200)
    track = Track(moments, residuals + chance.uniform(-20, 20, 1200), residuals)
    assert find_divergence(track, 30, Hardware.AZURE_KINECT, on_pulse=True) is None


# --- devices that run by themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("fps", [30, 15, 5])
@pytest.mark.parametrize("ppm", [20.0, -50.0, 100.0, -200.0, 400.0])
@pytest.mark.parametrize("from_s", [0, BREAK_S])
def test_a_device_that_runs_by_itself_is_found(fps: int, ppm: float, from_s: int) -> None:
    """At the latest when half a period and a quarter of it have gone by: the images are of two pulses."""
    half_period_s = 1e6 / fps / 2 / abs(ppm)
    devices = [master(ppm=30.0), left(ppm=30.0 + ppm, free_from=max(1, from_s * fps))]
    verified = verify(arrive(devices, from_s + 1.25 * half_period_s, fps), fps)
    found = verified[1].divergence
    assert found is not None
    assert found.certain
    assert found.ppm == pytest.approx(-ppm, rel=0.15)
    assert found.us == pytest.approx(-ppm * 1.25 * half_period_s, rel=0.2)
    assert judge(verified) is Verdict.OUT_OF_SYNC
    assert verified[0].divergence is None


@settings(max_examples=25, deadline=None)
@given(
    first=unusual,
    other=unusual,
    ppm=st.floats(50, 400) | st.floats(-400, -50),
    begin=st.integers(0, 200),
)
def test_it_is_found_through_drops_and_load(first: dict, other: dict, ppm: float, begin: int) -> None:
    """A step of latency holds the proof up, until it is small against the whole."""
    steps = len(first["steps"]) + len(other["steps"])
    seconds = begin + 100 + (66_667 + 40_000 * steps) / abs(ppm)
    devices = [master(**first), left(ppm=ppm, free_from=1 + begin * 30, **other)]
    found = verify(arrive(devices, seconds))[1].divergence
    assert found is not None
    assert found.certain


def test_a_cable_that_is_pulled_is_proven_before_half_a_period() -> None:
    """The timestamps begin to run otherwise by as much as the arrivals do."""
    devices = [master(), left(ppm=100.0, free_from=BREAK_S * 30)]
    verified = verify(arrive(devices, BREAK_S + 90))
    found = verified[1].divergence
    assert found is not None
    assert found.certain
    assert -16_666 < found.us < -TOLD_US
    assert found.from_pulse == pytest.approx(BREAK_S * 30, abs=20 * 30)


def test_the_operator_is_warned_before_it_is_certain() -> None:
    """Free from the beginning, 9 ms by the end: latency might creep up so."""
    verified = verify(arrive([master(), left(ppm=-100.0, free_from=1)], 90))
    (warning,) = findings_of(verified)
    assert (warning.code, warning.device, warning.severity) == ("timing-diverges", "left", Severity.WARNING)
    assert "ever later" in warning.what
    assert warning.remedy
    assert judge(verified) is Verdict.IN_SYNC


def test_the_operator_is_told() -> None:
    verified = verify(arrive([master(), left(ppm=200.0, free_from=1)], 200))
    (error,) = findings_of(verified)
    assert (error.code, error.device, error.severity) == ("timing-free-running", "left", Severity.ERROR)
    assert "ever earlier" in error.what
    assert "ms in the end, 200" in error.what or "ms in the end, 199" in error.what
    assert error.remedy


def test_short_takes_say_nothing() -> None:
    assert verify(arrive([master(), left(ppm=800.0, free_from=1)], 23))[1].divergence is None


def test_timestamps_that_follow_two_clocks_keep_creeping_latency_a_warning() -> None:
    """A device of another clock than the master's that gives one capture per pulse follows its pulses."""
    verified = verify(arrive([master(), left(ppm=100.0, ramp_ms=40.0)], 1000))
    found = verified[1].divergence
    assert found is not None
    assert not found.certain
    assert judge(verified) is Verdict.IN_SYNC


def test_behind_a_trigger_timestamps_contradict_nothing() -> None:
    """There the reference's drift against the pulses too, so those of a device that runs by itself part."""
    devices = [master(subordinate=True, ppm=-100.0), left(ppm=60.0, free_from=1)]
    found = verify(arrive(devices, 900, trigger_ppm=0.0))[1].divergence
    assert found is not None
    assert found.certain
    assert found.ppm == pytest.approx(-60, abs=5)


def test_a_reference_that_runs_by_itself_shows_on_those_that_follow() -> None:
    devices = [master(subordinate=True, ppm=90.0, free_from=1), left(ppm=10.0)]
    found = verify(arrive(devices, 600, trigger_ppm=0.0))[1].divergence
    assert found is not None
    assert found.ppm == pytest.approx(90, abs=5)


@pytest.mark.parametrize(("ppm", "free_from"), [(20.0, None), (20.0, 1), (3000.0, 1)])
def test_a_femto(ppm: float, free_from: int | None) -> None:
    """Its clock is set to the host's every minute; its arrivals are as true as those of any device."""
    verified = verify(arrive([master(), left(ppm=ppm, free_from=free_from)], 1200, 30, FEMTO), 30, FEMTO)
    found = verified[1].divergence
    assert (found is not None) == (free_from is not None)
    assert found is None or (found.certain and found.ppm == pytest.approx(-ppm, rel=0.05))


# --- how it is measured ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_table_at_once_says_what_its_rows_say_one_by_one(seed: int) -> None:
    changes = {"dropped": 0.1, "halves": 0.1, "outage": range(500, 700), "seed": seed}
    table = arrive([master(dropped=0.05), left(ppm=150.0, free_from=900, **changes)], 170)
    at_once, one_by_one = (Verification(table.devices, 30, first_pulse_us=ZERO_US) for _ in range(2))
    for cut in (slice(0, 713), slice(713, 714), slice(714, len(table))):
        at_once.add_table(table.between(cut.start, cut.stop))
    for row in table.rows():
        one_by_one.add(row)
    quick, slow = (each.devices()[1].divergence for each in (at_once, one_by_one))
    assert quick is not None
    assert quick == slow


def test_without_host_times_nothing_is_told() -> None:
    table = arrive([master(), left(ppm=400.0, free_from=1)], 300)
    table.host_time_ns[:] = MISSING
    assert verify(table)[1].divergence is None


def test_rows_recovered_without_host_times_are_passed_over() -> None:
    """The end of a device that died is read from its file, which holds no times of arrival."""
    table = arrive([master(), left(ppm=400.0, free_from=1)], 300)
    table.host_time_ns[-200:, 1] = MISSING
    found = verify(table)[1].divergence
    assert found is not None
    assert found.us == pytest.approx(-400 * 293, rel=0.03)


def test_a_long_take_needs_no_more_memory() -> None:
    """Points are joined; a straight line stays one."""
    arrivals, table = Arrivals(30, 2), arrive([master(), left(ppm=50.0, free_from=1)], 300)
    rows = len(table) // STRETCH * STRETCH
    table = table.between(0, rows)
    for turn in range(20):
        pulses = np.arange(rows) + turn * rows
        table.host_time_ns[:, 0] = (pulses / 30 * 1e9).astype(np.int64)
        table.host_time_ns[:, 1] = (pulses / 30 * (1 - 50e-6) * 1e9).astype(np.int64) + 10**7
        arrivals.add_all(pulses, table)
    track = arrivals.track(1)
    assert MOST_POINTS <= len(track.moments_s) < 2 * MOST_POINTS
    slope = np.polyfit(track.moments_s, track.lags_us, 1)[0]
    assert slope == pytest.approx(-50, abs=0.01)
    assert len(arrivals.track(0).moments_s) == 0, "nothing is told of the reference itself"


@pytest.mark.parametrize(
    ("values", "straight"),
    [
        pytest.param(np.arange(80.0), True, id="a line"),
        pytest.param(np.arange(80.0) ** 1.2, True, id="a line that bends a little"),
        pytest.param(np.arange(80.0) ** 2, False, id="a parabola"),
        pytest.param(np.zeros(80), False, id="level"),
        pytest.param(np.repeat([0.0, 1.0], 40), False, id="one step"),
        pytest.param(np.floor(np.arange(80) * 4 / 80), False, id="three steps"),
        pytest.param(np.floor(np.arange(80) * 6 / 80), False, id="five steps"),
        pytest.param(np.floor((np.arange(80) + 15) / 20), False, id="four steps in the middle of parts"),
        pytest.param(np.where(np.arange(80) % 10 == 3, 1e6, np.arange(80.0)), True, id="wild stretches"),
        pytest.param(np.concatenate([np.zeros(30), np.arange(50.0)]), False, id="level, then a line"),
    ],
)
def test_what_a_straight_line_is(values: np.ndarray, straight: bool) -> None:
    moments = np.arange(80.0)
    assert (steady_slope(moments, values) is not None) is straight


def test_arrivals_on_a_busy_host_are_straight_enough() -> None:
    """Milliseconds, once a second: two simulated devices, 340 ppm apart, on a host with more to do."""
    lags_ms = """
        0.0 0.1 -2.5 -1.7 -2.6 -1.2 -1.3 -2.3 -1.4 -2.2 -2.4 -4.1 -3.4 -4.5 -4.5 -5.2 -6.1 -5.1 -6.1 -6.4 -5.6
        -6.5 -7.5 -6.7 -7.3 -7.8 -9.7 -9.3 -9.3 -10.3 -9.3 -10.4 -10.4 -11.4 -10.5 -12.1 -12.6 -12.8 -12.1
        -12.2 -13.1 -16.5 -13.2 -13.4 -15.5 -16.2 -16.2 -14.3 -14.7 -15.7 -15.7 -16.6 -15.3 -15.9 -18.7 -17.3
        -19.6 -18.8 -19.0 -19.4 -19.0 -22.3 -20.5 -19.0 -21.3 -22.2 -23.8 -23.9 -24.4 -24.6 -23.7
        -23.6 -23.8 -23.4 -22.4 -24.5 -24.8 -24.8 -26.9 -26.1 -26.5 -27.2 -27.0 -27.8 -28.5 -27.8 -29.1
        -30.3 -29.3
    """
    lags_us = np.array(lags_ms.split(), np.float64) * 1000
    moments_s = np.arange(len(lags_us)) + 0.5
    track = Track(moments_s, lags_us, np.full(len(lags_us), 100.0))
    found = find_divergence(track, 30, Hardware.AZURE_KINECT, on_pulse=True)
    assert found is not None
    assert found.certain
    assert found.ppm == pytest.approx(-332, abs=2)


def test_too_few_points_say_nothing() -> None:
    for count in range(LEAST):
        moments = np.arange(float(count))
        track = Track(moments, moments * 900.0, np.zeros(count))
        assert find_divergence(track, 30, Hardware.AZURE_KINECT, on_pulse=True) is None
