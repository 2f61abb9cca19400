"""Bias, jitter and drift: each measured, none mixed into another."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.timing.statistics import BLOCK, SyncStatistics
from kinect_sync.timing.trend import RunningLine


def measured(residuals: np.ndarray, fps: int = 30, pulses: np.ndarray | None = None) -> SyncStatistics:
    statistics = SyncStatistics(fps)
    numbers = np.arange(len(residuals)) if pulses is None else pulses
    for pulse, residual in zip(numbers.tolist(), residuals.tolist(), strict=True):
        statistics.add(pulse, residual)
    return statistics


def noise(count: int, sigma_us: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sigma_us, count)


@settings(max_examples=50, deadline=None)
@given(
    bias=st.floats(-5000, 5000),
    ppm=st.floats(-500, 500),
    sigma=st.floats(0, 25),
    count=st.integers(3, 4 * BLOCK),
    seed=st.integers(0, 1000),
)
def test_bias_jitter_and_drift_are_those_of_polyfit(
    bias: float, ppm: float, sigma: float, count: int, seed: int
) -> None:
    seconds = np.arange(count) / 30
    residuals = bias + ppm * seconds + np.clip(noise(count, sigma, seed), -75, 75)
    statistics = measured(residuals)
    slope, _ = np.polyfit(seconds, residuals, 1)
    assert statistics.drift_ppm == pytest.approx(slope, abs=1e-6)
    first = slice(count if count < BLOCK else BLOCK)
    begin_slope, intercept = np.polyfit(seconds[first], residuals[first], 1)
    assert statistics.bias_us == pytest.approx(intercept, abs=1e-5)
    if count <= BLOCK:
        around = residuals - np.polyval([begin_slope, intercept], seconds)
        assert statistics.jitter_us == pytest.approx(np.sqrt(around @ around / (count - 2)), abs=1e-3)
    assert statistics.count == count


@pytest.mark.parametrize("fps", [5, 15, 30])
@pytest.mark.parametrize(("bias", "ppm", "sigma"), [(1700, 0, 10), (0, 400, 10), (-300, -500, 40), (0, 0, 0)])
def test_an_hour(fps: int, bias: float, ppm: float, sigma: float) -> None:
    count = 3600 * fps
    seconds = np.arange(count) / fps
    residuals = np.floor((bias + ppm * seconds + noise(count, sigma)) * 0.09) / 0.09
    statistics = measured(residuals, fps)
    assert statistics.bias_us == pytest.approx(bias, abs=5.6 + sigma / 3)
    assert statistics.drift_ppm == pytest.approx(ppm, abs=0.01)
    assert statistics.jitter_us == pytest.approx(np.hypot(sigma, 11.11 / 12**0.5), abs=4)
    assert statistics.step_us == 0


def test_a_drift_that_changes_with_temperature_is_no_jitter() -> None:
    """10 ppm within the hour bend the line by 4.5 ms; around one straight line that would be jitter."""
    seconds = np.arange(108_000) / 30
    residuals = 100 * seconds + 0.5 * (10 / 3600) * seconds**2 + noise(108_000, 8)
    statistics = measured(residuals)
    assert statistics.jitter_us == pytest.approx(8, abs=0.2)
    assert statistics.bias_us == pytest.approx(0, abs=3)
    assert statistics.drift_ppm == pytest.approx(105, abs=0.1)
    assert statistics.outliers == 0
    assert statistics.step_us == 0


@pytest.mark.parametrize("count", [100, 5000], ids=["short", "long"])
def test_spikes_are_counted_and_change_nothing_else(count: int) -> None:
    residuals = 50 * np.arange(count) / 30 + noise(count, 10)
    spikes = np.random.default_rng(2).choice(count, count // 50, replace=False)
    clean = measured(residuals)
    residuals[spikes] += 8000
    dirty = measured(residuals)
    assert dirty.outliers == len(spikes)
    assert dirty.jitter_us == pytest.approx(clean.jitter_us, rel=0.05)
    assert dirty.bias_us == pytest.approx(clean.bias_us, abs=2)
    assert dirty.drift_ppm == pytest.approx(clean.drift_ppm, abs=1)


def test_jitter_beyond_the_tolerance_is_not_cut_off() -> None:
    statistics = measured(noise(3000, 400))
    assert statistics.jitter_us == pytest.approx(400, rel=0.05)
    assert statistics.outliers > 2000


@pytest.mark.parametrize("at", [BLOCK, 1000, 1010, 1195, 1205], ids=str)
@pytest.mark.parametrize("step_us", [-1000, 250, 1000])
def test_a_change_that_stays_is_a_step_and_no_jitter(at: int, step_us: float) -> None:
    residuals = 200 * np.arange(3000) / 30 + noise(3000, 10)
    residuals[at:] += step_us
    statistics = measured(residuals)
    assert statistics.step_us == pytest.approx(step_us, abs=0.1 * abs(step_us) + 15)
    assert statistics.outliers <= 15
    assert statistics.jitter_us == pytest.approx(10, abs=12)
    assert statistics.bias_us == pytest.approx(0, abs=4)


@pytest.mark.parametrize(
    ("residuals", "bias", "jitter", "drift"),
    [
        pytest.param([], None, None, None, id="nothing to measure"),
        pytest.param([7.0], 7.0, None, None, id="one residual is a bias"),
        pytest.param([7.0, 9.0], 8.0, None, None, id="two have no spread around a line"),
        pytest.param([1.0, 2.0, 3.0], 1.0, 0.0, 30.0, id="three are a line"),
    ],
)
def test_few_residuals(
    residuals: list[float], bias: float | None, jitter: float | None, drift: float | None
) -> None:
    statistics = measured(np.array(residuals))
    assert statistics.bias_us == (bias if bias is None else pytest.approx(bias))
    assert statistics.jitter_us == (jitter if jitter is None else pytest.approx(jitter, abs=1e-6))
    assert statistics.drift_ppm == (drift if drift is None else pytest.approx(drift))


def test_rows_without_a_residual_are_nothing_to_measure() -> None:
    statistics = SyncStatistics(30)
    statistics.add(0, None)
    assert statistics.count == 0


def test_a_bias_far_from_the_start_is_not_made_up() -> None:
    late = np.arange(BLOCK * 10, BLOCK * 12)
    assert measured(noise(len(late), 10), pulses=late).bias_us is None


def test_looking_changes_nothing() -> None:
    residuals = 300 * np.arange(1000) / 30 + noise(1000, 20)
    watched = SyncStatistics(30)
    for pulse, residual in enumerate(residuals.tolist()):
        watched.add(pulse, residual)
        if pulse % 7 == 0:
            watched.summary()
    assert watched.summary() == measured(residuals).summary()


def test_memory_is_bounded() -> None:
    statistics, sizes = SyncStatistics(30), []
    for pulse in range(0, 50_000, 3):
        statistics.add(pulse, 0.0)
        if pulse % 21 == 0:
            sizes.append(len(pickle.dumps(statistics)))
    early, late = sizes[: len(sizes) // 10], sizes[len(sizes) // 10 :]
    assert max(late) < max(early) + 100


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)),
        min_size=3,
        max_size=50,
        unique_by=lambda p: round(p[0]),
    ),
    st.integers(0, 50),
)
def test_a_running_line_is_the_line_of_polyfit(points: list[tuple[float, float]], cut: int) -> None:
    x, y = np.array(points).T
    line, rest = RunningLine(), RunningLine()
    line.add_all(x[:cut], y[:cut])
    for point in points[cut:]:
        rest.add(*point)
    line.merge(rest)
    slope, intercept = np.polyfit(x, y, 1)
    assert line.slope == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert line.at(0.0) == pytest.approx(intercept, rel=1e-6, abs=1e-4)
    around = y - (slope * x + intercept)
    assert line.squares == pytest.approx(around @ around, rel=1e-5, abs=1e-4)


def test_a_running_line_stays_precise_far_from_zero() -> None:
    """Sums of squares of epoch timestamps cancel completely in float64; centred moments do not."""
    line = RunningLine()
    for start in range(0, 100_000, 1000):
        x = 1.7e9 + np.arange(start, start + 1000) / 30
        line.add_all(x, 1e6 + 400e-6 * (x - 1.7e9))
    assert line.slope == pytest.approx(400e-6, rel=1e-6)
