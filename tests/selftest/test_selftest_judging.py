"""What first captures say of a device: when its clock was set, how far it is off, and when it has settled."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.findings import Finding, Severity
from kinect_sync.selftest.judging import after_reset, faults_of, pulse_times, residuals, settling, told_range
from tests.selftest.invented import PERIOD_US, captures, device, found, run


def test_captures_from_before_the_clock_was_set_do_not_count() -> None:
    old = tuple(
        each.model_copy(update={"color_us": (each.color_us or 0) + 7_200_000_000})
        for each in captures(count=3)
    )
    assert after_reset((*old, *captures(count=5))) == list(captures(count=5))
    assert after_reset(captures(count=5)) == list(captures(count=5))


def test_a_capture_without_images_has_no_time() -> None:
    blank = captures(count=1)[0].model_copy(update={"color_us": None, "depth_us": None})
    assert after_reset((blank, *captures(count=2))) == list(captures(count=2))


def test_pulse_times_are_without_delays() -> None:
    left = device("left")
    delayed = left.settings.model_copy(update={"subordinate_delay_off_master_usec": 400})
    assert (
        pulse_times(captures(count=1), left.settings)[0] - pulse_times(captures(count=1), delayed)[0] == 400
    )


def test_residuals_are_of_the_same_pulses_whatever_is_missing() -> None:
    settings = device("left").settings
    reference = pulse_times(captures(), settings)
    own = pulse_times(captures(lambda _: 40.0, skipped=2), settings)
    times, apart = residuals(own, reference[np.arange(60) != 7], 30)
    assert len(times) == 60 - 2 - 1
    assert np.abs(apart - 40).max() <= 1


def test_nothing_is_compared_with_nothing() -> None:
    times, apart = residuals(np.empty(0), np.arange(3.0), 30)
    assert (len(times), len(apart)) == (0, 0)
    assert settling(times, apart, 110) is None


@pytest.mark.parametrize(
    ("late", "after"),
    [
        (lambda n: 0.0, 0),
        (lambda n: 400.0 if n < 8 else 0.0, 8),
        (lambda n: 1730.0, 0),
        (lambda n: 400.0 * np.exp(-n / 4), 6),
        (lambda n: 400.0 * (-1) ** n, None),
    ],
    ids=["steady", "late at first", "a constant bias", "approaching", "never"],
)
def test_it_settles_when_all_that_follow_are_on_the_trend(late, after) -> None:
    times = 219_566 + np.arange(60) * PERIOD_US
    apart = np.array([late(number) for number in range(60)]) + 200e-6 * times  # two clocks, 200 ppm apart
    seen = settling(times, apart, 110.0)
    assert seen is not None
    assert seen.after == after


def test_the_bias_is_told_of_when_the_clocks_were_set() -> None:
    times = 219_566 + np.arange(60) * PERIOD_US
    seen = settling(times, 55.0 - 300e-6 * times, 110.0)
    assert seen is not None
    assert seen.bias_us == pytest.approx(55.0)


def test_what_several_runs_found_alike_is_told_once_and_how_often() -> None:
    again = [run(f"start {number}", findings=(found("device-silent", "left"),)) for number in (1, 2)]
    (told,) = faults_of([run("start 0"), *again])
    assert (told.device, told.what) == ("left", "start 1 and 1 more: it is as it is")


def test_firmware_that_differs_is_told_by_no_run() -> None:
    told = Finding(code="firmware-differs", severity=Severity.WARNING, what="one is older")
    assert faults_of([run("start 1", findings=(told,))]) == ()


@pytest.mark.parametrize(
    ("values", "told"), [([1.23], "1.2 s"), ([1.21, 1.24], "1.2 s"), ([2, 1], "1.0 to 2.0 s")]
)
def test_a_range_is_written_as_short_as_it_is(values: list[float], told: str) -> None:
    assert told_range(values, "s") == told
