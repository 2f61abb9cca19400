"""Whether clocks share a zero, and the first pulse that all devices have."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.timing.clocks import common_anchors, first_common_pulse, unrelated_clocks

Sample = tuple[float, int]


def samples(
    fps: int = 30,
    *,
    zero_us: float = 0.0,
    latency_us: float = 40_000.0,
    pulses: range = range(7, 17),
    ppm: float = 0,
) -> list[Sample]:
    """Captures of a clock zeroed `zero_us` after the reference's; latency differs from capture to capture."""
    chance = np.random.default_rng(3)
    moments = [pulse * 1e6 / fps for pulse in pulses]
    return [
        (
            (moment - zero_us) * (1 + ppm * 1e-6),
            int(1e12 + (moment + latency_us + chance.exponential(8000)) * 1000),
        )
        for moment in moments
    ]


@pytest.mark.parametrize("fps", [5, 15, 30])
@pytest.mark.parametrize(
    ("periods", "latency_us", "unrelated"),
    [
        pytest.param(0, 40_000, False, id="the same zero"),
        pytest.param(0, 90_000, False, id="the same zero, 50 ms more latency"),
        pytest.param(0, 5_000, False, id="the same zero, 35 ms less latency"),
        pytest.param(4, 40_000, True, id="zeroed four pulses late"),
        pytest.param(4, 5_000, True, id="zeroed late, and latency hides a part of it"),
        pytest.param(300, 40_000, True, id="armed seconds after the master"),
        pytest.param(-300, 40_000, True, id="not zeroed at all: counts from an earlier start"),
    ],
)
def test_related_clocks(fps: int, periods: int, latency_us: float, unrelated: bool) -> None:
    found = {
        "master": samples(fps),
        "left": samples(fps, latency_us=60_000),
        "right": samples(fps, zero_us=periods * 1e6 / fps, latency_us=latency_us, ppm=400),
    }
    assert unrelated_clocks(found, "master", fps) == (("right",) if unrelated else ())


@pytest.mark.parametrize("periods", [2, 3, 10])
@pytest.mark.parametrize("spread_us", [-60_000, 0, 60_000])
def test_two_periods_and_the_latency_spread_are_always_found(periods: int, spread_us: float) -> None:
    late_us = periods * 1e6 / 30 + 61_000
    found = {
        "master": samples(latency_us=70_000),
        "left": samples(zero_us=late_us, latency_us=70_000 + spread_us),
    }
    assert unrelated_clocks(found, "master", 30) == ("left",)


def test_one_slow_capture_does_not_make_a_clock_unrelated() -> None:
    slow = [(device_us, host_ns + 400_000_000) for device_us, host_ns in samples()[:9]] + samples()[9:]
    assert unrelated_clocks({"master": samples(), "left": slow}, "master", 30) == ()


def test_nothing_is_said_of_a_device_without_samples() -> None:
    assert unrelated_clocks({"master": samples(), "left": []}, "master", 30) == ()


@pytest.mark.parametrize(
    ("pulses", "first"),
    [
        pytest.param({"a": [3, 4, 6], "b": [4, 5, 6]}, 4, id="the first in all"),
        pytest.param({"a": [3, 5], "b": [4, 6]}, None, id="none in common"),
        pytest.param({"a": [3], "b": []}, None, id="a device without captures"),
        pytest.param({"a": [-2, 0], "b": [-2]}, -2, id="numbers may be negative"),
        pytest.param({}, None, id="no devices"),
    ],
)
def test_the_first_common_pulse(pulses: dict[str, list[int]], first: int | None) -> None:
    assert first_common_pulse(pulses) == first


def test_anchors_are_one_pulse_on_each_clock() -> None:
    found = {
        "master": samples(pulses=range(7, 20)),
        "left": samples(pulses=range(3, 20), ppm=400),
        "right": samples(pulses=range(9, 20), ppm=-400),
    }
    anchors = common_anchors(found, "master", 30)
    assert anchors == {
        "master": pytest.approx(3e5),
        "left": pytest.approx(3e5 * 1.0004),
        "right": pytest.approx(3e5 * 0.9996),
    }


@pytest.mark.parametrize(
    "left", [[], samples(pulses=range(30, 33))], ids=["nothing held yet", "nothing in common yet"]
)
def test_no_anchors_yet(left: list[Sample]) -> None:
    assert common_anchors({"master": samples(), "left": left}, "master", 30) is None
