"""Which pulses of a walk are solved on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from kinect_sync.calibration.solving.choosing import choose_pulses, measure_motion
from kinect_sync.calibration.views import BoardView, Camera
from tests.calibration.walks import film_arc

SIZES = {Camera.COLOR: (1280, 720), Camera.DEPTH: (640, 576)}
GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), -1).reshape(-1, 2)


def view(pulse: int, x: float, y: float = 200.0, device: str = "front", size: float = 20.0) -> BoardView:
    pixels = GRID * size + np.array((x, y))
    return BoardView(device, Camera.COLOR, pulse, pulse * 33_333.0, np.arange(len(pixels)), pixels)


def by_both(pulse: int, x: float, y: float = 200.0) -> list[BoardView]:
    return [view(pulse, x, y), view(pulse, x / 2 + 100, y, "left")]


def held(pulse: int, x: float, y: float = 200.0) -> list[BoardView]:
    """A board that is where it was at the pulse after."""
    return [*by_both(pulse, x, y), *by_both(pulse + 1, x, y)]


def together(parts: Sequence[Sequence[BoardView]]) -> list[BoardView]:
    return [each for part in parts for each in part]


def test_motion_is_that_of_the_camera_that_sees_most_of_it() -> None:
    views = together([by_both(0, 100), by_both(1, 104), by_both(6, 104.5)])
    assert measure_motion(views) == pytest.approx({0: 4.0, 1: 0.1, 6: 0.1})


def test_sights_that_are_far_apart_in_time_tell_no_motion() -> None:
    assert measure_motion([view(0, 100), view(30, 300)]) == {}


def test_still_pulses_are_taken_and_moving_ones_left() -> None:
    still = [by_both(hold * 30 + pulse, 100 + 200 * hold) for hold in range(4) for pulse in (0, 3)]
    moving = [
        by_both(hold * 30 + 10 + 3 * n, 130 + 200 * hold + 40 * n) for hold in range(3) for n in range(3)
    ]
    chosen = choose_pulses(together([*still, *moving]), SIZES, 4)
    assert len(chosen) == 4
    assert all(pulse % 30 in (0, 3) for pulse in chosen)


def test_slow_pulses_are_taken_where_nothing_is_still() -> None:
    slow = [by_both(5 * n, 100 + 5 * n) for n in range(5)]
    fast = [by_both(100 + 5 * n, 100 + 50 * n) for n in range(5)]
    assert choose_pulses(together([*slow, *fast]), SIZES) == [0, 5, 10, 15, 20]


def test_a_pulse_that_one_camera_alone_saw_says_nothing() -> None:
    assert choose_pulses([view(0, 100), view(1, 100), *held(60, 300)], SIZES) == [60]


def test_color_and_infrared_of_one_device_are_no_two_devices() -> None:
    color = [view(0, 100), view(1, 100)]
    infrared = [replace(each, camera=Camera.DEPTH) for each in color]
    assert choose_pulses([*color, *infrared, *held(60, 300)], SIZES) == [60]


@pytest.mark.parametrize("every", [7, 10, 30])
def test_a_board_whose_motion_nobody_can_tell_is_no_still_one(every: int) -> None:
    """Carried by two pixels from pulse to pulse, and looked at too seldom to tell."""
    carried = together([by_both(pulse, 100 + 2 * pulse) for pulse in range(0, 150, every)])
    assert choose_pulses(carried, SIZES) == []
    after = together([by_both(pulse + 1, 102 + 2 * pulse) for pulse in range(0, 150, every)])
    assert choose_pulses([*carried, *after, *held(300, 100)], SIZES) == [300]


def test_chosen_pulses_cover_the_images_and_the_pairs() -> None:
    """Of a hundred in one place and ten elsewhere, most of the ten are among the chosen."""
    same = [held(60 * n, 100 + 4.5 * (n % 2)) for n in range(100)]
    places = [held(10_000 + 60 * n, 30 + 110 * n, 30 + 50 * n) for n in range(10)]
    chosen = choose_pulses(together([*same, *places]), SIZES, 14)
    assert sum(pulse >= 10_000 for pulse in chosen) >= 8


def test_the_same_views_choose_the_same() -> None:
    views = film_arc(4, 60).views
    views += [replace(each, pulse=each.pulse + 1) for each in views]
    chosen = choose_pulses(views, SIZES, 30)
    assert len(chosen) == 30
    assert chosen == sorted(chosen)
    assert chosen == choose_pulses(list(reversed(views)), SIZES, 30)
