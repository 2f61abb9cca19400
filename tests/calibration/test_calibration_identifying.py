"""What was carried instead of the board that was named."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.detection.identifying import identify
from tests.calibration.rendering import Scene, facing, make_lens

NAMED = Board.from_id("charuco-8x5-100-75-DICT_5X5_100")
LENS = make_lens(800, 600, 500.0)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("charuco-7x5-60-45-DICT_5X5_250", "charuco-7x5-100-75-DICT_5X5_100"),
        ("charuco-6x4-80-60-DICT_4X4_50", "charuco-6x4-100-75-DICT_4X4_50"),
        ("charuco-6x4-80-60-DICT_5X5_100-legacy", "charuco-6x4-100-75-DICT_5X5_100-legacy"),
        ("aprilgrid-5x4-100-80-DICT_APRILTAG_36h11", "aprilgrid-5x4-100-80-DICT_APRILTAG_36h11"),
    ],
)
def test_another_board_is_recognised_but_for_its_size(text, seen):
    board = Board.from_id(text)
    image = Scene(board, facing(board, 0.8, tilt_deg=10, turn_deg=15, roll_deg=8), LENS).render()
    (guess,) = identify([image, image], NAMED)
    assert (guess.images, guess.mirrored) == (2, False)
    marker_m = guess.board.marker_m
    assert marker_m == pytest.approx(board.marker_m / board.square_m * 0.1, abs=0.004)
    assert guess.board.model_copy(update={"marker_m": Board.from_id(seen).marker_m}).id == seen
    assert f"{board.columns} " in guess.told


def test_a_mirrored_print_is_told():
    image = Scene(NAMED, facing(NAMED, 1.2, turn_deg=20), LENS).render()
    (guess,) = identify([np.ascontiguousarray(image[:, ::-1])], NAMED)
    assert guess.mirrored
    assert "mirrored" in guess.told
    assert guess.board.columns == 8


def test_nothing_is_recognised_where_there_is_nothing():
    assert identify([np.random.default_rng(2).integers(0, 255, (600, 800), np.uint8)], NAMED) == ()
    assert identify([], NAMED) == ()
