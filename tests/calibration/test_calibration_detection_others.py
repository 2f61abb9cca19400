"""Aprilgrids and chessboards, and boards in IR images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.detection.detecting import detect
from kinect_sync.calibration.detection.infrared import to_gray
from kinect_sync.takes.mkv.reader import read_image, read_recording
from tests.calibration.rendering import Scene, facing, make_lens, pattern

REAL = Path(__file__).parents[3] / "shared" / "data" / "recording.mkv"
GRID = Board.from_id("aprilgrid-6x4-114.4-88-DICT_APRILTAG_36h11")
CHESS = Board.from_id("chessboard-9x6-60")
SMALL = make_lens(960, 540, 500.0)
CHARUCO = Board.from_id("charuco-5x4-110-77-DICT_4X4_50")


def off_by(scene: Scene) -> tuple[int, float]:
    """Return how many corners are found, and how far they are from the truth in pixels, rms per axis."""
    ids, pixels = detect(scene.render(), scene.board)
    return len(ids), float(np.sqrt(((pixels - scene.truth[ids]) ** 2).mean()))


def test_the_tags_of_an_aprilgrid_are_told_apart_whichever_side_is_up():
    for roll_deg in (10, 190):
        pose = facing(GRID, 0.8, tilt_deg=15, turn_deg=-20, roll_deg=roll_deg)
        count, off = off_by(Scene(GRID, pose, SMALL))
        assert count == 96
        assert off < 0.06


def test_the_first_tag_is_kalibrs_and_stands_as_it_does_there():
    """Kalibr's tag 0 has the code 0xd5d628584, whose first bit is at the print's upper left; 1 is white."""
    code, side = 0xD5D628584, GRID.marker_m / 10
    centres = (np.arange(6) + 2.5) * side
    across, down = np.meshgrid(centres, 3 * GRID.square_m + centres)
    bits = pattern(GRID)(across, down)
    assert "".join(str(int(bit)) for bit in bits.ravel()) == f"{code:036b}"


def test_a_chessboard_is_found_as_a_whole_and_counted_from_its_black_end():
    for roll_deg in (0, 90, 180, 270):
        pose = facing(CHESS, 1.1, tilt_deg=20, turn_deg=20, roll_deg=roll_deg)
        count, off = off_by(Scene(CHESS, pose, SMALL))
        assert count == 40
        assert off < 0.05
    partly = Scene(CHESS, facing(CHESS, 1.1), SMALL.model_copy(update={"cx": 50.0}))
    assert len(detect(partly.render(), CHESS)[0]) == 0


def test_an_ambiguous_chessboard_may_be_counted_from_its_other_end():
    board = Board.from_id("chessboard-8x6-60")
    scene = Scene(board, facing(board, 1.1, roll_deg=180), SMALL)
    ids, pixels = detect(scene.render(), board)
    either = [np.abs(pixels - truth).max() for truth in (scene.truth[ids], scene.truth[ids][::-1])]
    assert min(either) < 0.2
    assert max(either) > 100


@pytest.mark.parametrize("board", [GRID, CHESS])
def test_an_image_without_the_board_has_no_corners(board):
    assert len(detect(Scene(CHARUCO, facing(CHARUCO, 1.3), SMALL).render(), board)[0]) == 0


# -- IR --------------------------------------------------------------------------------------------------


def in_ir(scene: Scene, white: float, black: float, noise: float) -> np.ndarray:
    """The scene as an IR camera has it, whose lens and sensor are the scene's."""
    counts = black + (scene.render().astype(float) - 30) * (white - black) / 170
    noisy = counts + np.random.default_rng(3).normal(0, noise, counts.shape)
    return np.clip(noisy, 1, 65535).astype(np.uint16)


IR_SCENE = Scene(
    CHARUCO, facing(CHARUCO, 1.9, tilt_deg=10, turn_deg=25, roll_deg=5), make_lens(640, 576, 504.6), jpeg=None
)


def test_a_board_far_behind_something_bright_is_found_in_ir():
    ir = in_ir(IR_SCENE, white=300, black=75, noise=8)
    ir[400:, :300] = 65535
    ir[:100] = 0
    ids, pixels = detect(to_gray(ir), CHARUCO)
    assert len(ids) == 12
    assert np.sqrt(((pixels - IR_SCENE.truth[ids]) ** 2).mean()) < 0.15


def test_white_that_saturates_close_by_keeps_its_corners():
    near = replace(IR_SCENE, pose=facing(CHARUCO, 0.8))
    ids, pixels = detect(to_gray(in_ir(near, white=90000, black=9000, noise=200)), CHARUCO)
    assert len(ids) == 12
    assert np.sqrt(((pixels - near.truth[ids]) ** 2).mean()) < 0.1


def test_a_board_before_the_wall_of_a_real_room_is_found_in_ir():
    """A cup close by, which is 700 times as bright as the wall; this file has its images little-endian."""
    if not REAL.exists():
        pytest.skip(f"no real recording at {REAL}")
    room = np.frombuffer(read_image(read_recording(REAL), "IR", 0), "<u2").reshape(576, 640)
    board = in_ir(IR_SCENE, white=330, black=90, noise=12)
    x, y, width, height = cv2.boundingRect(IR_SCENE.truth.astype(np.float32))
    ir = room.copy()
    here = slice(y - 70, y + height + 70), slice(x - 70, x + width + 70)
    ir[here] = board[here]
    ids, _ = detect(to_gray(ir), CHARUCO)
    assert len(ids) > 9


def test_an_ir_image_of_nothing_is_black():
    assert not to_gray(np.zeros((576, 640), np.uint16)).any()
    assert to_gray(np.zeros((576, 640), ">u2")).dtype == np.uint8
