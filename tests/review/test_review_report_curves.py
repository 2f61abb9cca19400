"""Points made few enough for a screen: no spike, no gap and no short life may get lost on the way."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.review.report.curves import COLUMNS, MOST_POINTS, Curve, CurveBuilder
from kinect_sync.review.report.lanes import MOST_RUNS, LaneBuilder
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import HOLES, NO_HOLE

ROWS = 1_080_000
"""Ten hours at 30 fps."""
LOST, LATE = HOLES.index(HoleReason.DEVICE_LOST), HOLES.index(HoleReason.LATE)


def curve_of(y: np.ndarray, at_once: int = 2000) -> Curve:
    builder = CurveBuilder(len(y))
    x = np.arange(len(y)) / 30
    for start in range(0, len(y), at_once):
        builder.add(start, x[start : start + at_once], y[start : start + at_once])
    return builder.curve()


def test_a_single_spike_within_ten_hours_is_as_tall_as_it_was() -> None:
    y = np.random.default_rng(1).normal(0, 8, ROWS)
    y[700_001] = 5000.0
    curve = curve_of(y)
    (band,) = curve.bands
    assert curve.limits == (y.min(), 5000.0)
    assert len(band.x) == COLUMNS + 2
    tall = np.flatnonzero(band.high == 5000.0)
    assert band.x[tall] == pytest.approx([700_001 / 30], abs=ROWS / COLUMNS / 30)
    assert (np.delete(band.high, tall) < 100).all()
    assert (band.low <= band.median).all()
    assert (band.median < 10).all()


def test_few_points_are_all_drawn_wherever_they_are() -> None:
    y = np.full(ROWS, np.nan)
    y[[5, 400_000, ROWS - 1]] = 1.0, 2.0, 3.0
    curve = curve_of(y)
    assert (curve.x.tolist(), curve.y.tolist()) == ([5 / 30, 400_000 / 30, (ROWS - 1) / 30], [1.0, 2.0, 3.0])
    assert curve.bands == ()


def test_a_device_that_died_in_the_first_minute_has_a_band_of_its_own_width() -> None:
    y = np.full(ROWS, np.nan)
    y[: MOST_POINTS + 1] = 4.0
    (band,) = curve_of(y).bands
    assert (band.x[0], band.x[-1]) == (0.0, MOST_POINTS / 30)


def test_a_gap_is_a_gap() -> None:
    y = np.zeros(ROWS)
    y[300_000:500_000] = np.nan
    first, second = curve_of(y).bands
    assert first.x[-1] == pytest.approx(299_999 / 30)
    assert second.x[0] == pytest.approx(500_000 / 30)


def test_nothing_at_all_is_no_curve() -> None:
    curve = curve_of(np.full(ROWS, np.nan))
    assert (len(curve.x), curve.bands, curve.limits) == (0, (), ())


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_holes_that_go_on_from_stretch_to_stretch_are_one_run(at_once: int) -> None:
    holes = np.full(1000, NO_HOLE, np.int8)
    holes[10:700], holes[700:703], holes[999] = LOST, LATE, LATE
    builder, pulses = LaneBuilder(len(holes)), np.arange(1000) + 50
    for start in range(0, len(holes), at_once):
        builder.add(start, pulses[start : start + at_once], holes[start : start + at_once])
    lane = builder.lane()
    assert lane.runs is not None
    assert [tuple(run) for run in lane.runs] == [
        (10, 700, LOST, 60, 749), (700, 703, LATE, 750, 752), (999, 1000, LATE, 1049, 1049)
    ]  # fmt: skip
    assert lane.by_reason() == {"device_lost": 690, "late": 4}
    assert lane.holes == 694


def test_more_holes_than_a_screen_parts_are_counted_by_column() -> None:
    holes = np.where(np.arange(2 * MOST_RUNS + 2) % 2, LOST, NO_HOLE).astype(np.int8)
    builder = LaneBuilder(len(holes))
    builder.add(0, np.arange(len(holes)), holes)
    lane = builder.lane()
    assert lane.runs is None
    assert lane.counts.sum() == MOST_RUNS + 1
