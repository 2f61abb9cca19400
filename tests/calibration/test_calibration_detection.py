"""Corners of boards in rendered images, whose true pixels are known."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.detection import opencv
from kinect_sync.calibration.detection.detecting import detect
from kinect_sync.errors import UsageError
from tests.calibration.rendering import Scene, facing, make_lens, pattern

BOARD = Board.from_id("charuco-8x5-100-70-DICT_5X5_100")
NEAR = Scene(BOARD, facing(BOARD, 1.5, tilt_deg=20, turn_deg=-25, roll_deg=160))


def errors(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the corners that are found, and how far they are from the truth, in pixels."""
    ids, pixels = detect(scene.render(), scene.board)
    assert (np.diff(ids) > 0).all(), "ascending, and each once"
    return ids, pixels - scene.truth[ids]


def nothing(image: np.ndarray, board: Board) -> bool:
    ids, pixels = detect(image, board)
    return (len(ids), pixels.shape) == (0, (0, 2))


@pytest.mark.parametrize(
    ("text", "distance_m", "at_least", "rms_px"),
    [
        ("charuco-8x5-100-70-DICT_5X5_100", 1.5, 28, 0.06),
        ("charuco-8x5-100-70-DICT_5X5_100", 2.5, 28, 0.09),
        ("charuco-8x5-100-75-DICT_4X4_50", 3.0, 24, 0.10),
        ("charuco-6x4-135-94.5-DICT_4X4_50-legacy", 2.0, 15, 0.07),
    ],
)
def test_corners_are_found_to_some_hundredths_of_a_pixel(text, distance_m, at_least, rms_px):
    board = Board.from_id(text)
    scene = Scene(board, facing(board, distance_m, tilt_deg=15, turn_deg=20, roll_deg=-30))
    ids, off = errors(scene)
    assert len(ids) >= at_least
    assert np.sqrt((off**2).mean()) < rms_px
    assert np.abs(off.mean(0)).max() < 0.04, "no bias: OpenCV's own corners are 0.495 pixels off"


def test_a_perfect_image_gives_perfect_corners():
    _, off = errors(replace(NEAR, noise=0.0, jpeg=None))
    assert np.sqrt((off**2).mean()) < 0.035
    assert np.abs(off.mean(0)).max() < 0.01


@pytest.mark.parametrize("turn_deg", [50.0, -55.0])
def test_a_steep_board_is_found(turn_deg):
    ids, off = errors(Scene(BOARD, facing(BOARD, 1.2, turn_deg=turn_deg)))
    assert len(ids) > 20
    assert np.sqrt((off**2).mean()) < 0.12


def test_a_board_that_is_seen_too_steeply_is_none():
    assert nothing(Scene(BOARD, facing(BOARD, 1.2, turn_deg=68.0)).render(), BOARD)


def test_corners_are_left_out_where_they_are_seen_beyond_60_degrees():
    scene = Scene(BOARD, facing(BOARD, 1.5, turn_deg=60.0))
    ids, _ = errors(scene)
    rays = scene.pose.apply(BOARD.corners)
    cosines = np.abs(rays @ np.array(scene.pose.rotation)[:, 2]) / np.linalg.norm(rays, axis=1)
    angles = np.degrees(np.arccos(cosines))
    assert angles.max() > 63
    assert 55 < angles[ids].max() < 61


def test_corners_beside_markers_that_cannot_be_read_are_found_from_the_others():
    image = NEAR.render()
    for number in range(10, 20):
        column, row = BOARD.marker_cells[number]
        middle = np.array([(*((column + 0.5, row + 0.5) * np.array(BOARD.square_m)), 0.0)])
        x, y = NEAR.lens.project(NEAR.pose.apply(middle))[0][0].astype(int)
        image[y - 4 : y + 5, x - 4 : x + 5] = 200
    ids, pixels = detect(image, BOARD)
    assert len(ids) == 28
    assert np.abs(pixels - NEAR.truth[ids]).max() < 0.3


def test_a_board_that_is_partly_outside_tells_of_the_rest():
    lens = make_lens().model_copy(update={"cx": 90.0})
    ids, off = errors(replace(NEAR, lens=lens))
    assert 6 <= len(ids) < 28
    assert np.abs(off).max() < 0.3


def test_a_corner_that_is_covered_is_none():
    image, hidden = NEAR.render(), 9
    x, y = NEAR.truth[hidden].astype(int)
    image[y - 9 : y + 10, x - 9 : x + 10] = 190
    ids, pixels = detect(image, BOARD)
    assert hidden not in ids
    assert np.abs(pixels - NEAR.truth[ids]).max() < 0.3


def test_a_marker_of_the_family_elsewhere_in_the_room_changes_nothing():
    image = NEAR.render()
    other = Board.from_id("charuco-2x2-200-140-DICT_5X5_100")
    paint = replace(NEAR, board=other, pose=facing(other, 1.5), paint=pattern(other, shift=3)).render()
    image[:250, :250] = paint[235:485, 515:765]
    ids, pixels = detect(image, BOARD)
    assert len(ids) == 28
    assert np.abs(pixels - NEAR.truth[ids]).max() < 0.3


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("charuco-5x8-100-70-DICT_5X5_100", "columns and rows exchanged"),
        ("charuco-9x5-100-70-DICT_5X5_100", "a column more"),
        ("charuco-8x5-100-70-DICT_6X6_250", "another family"),
    ],
)
def test_a_board_of_another_layout_gives_no_corners(other, what):
    assert nothing(NEAR.render(), Board.from_id(other)), what


def test_the_layout_of_old_boards_is_another_one():
    old = Board.from_id("charuco-6x4-100-70-DICT_5X5_100-legacy")
    image = Scene(old, facing(old, 1.5)).render()
    assert len(detect(image, old)[0]) == 15
    assert nothing(image, old.model_copy(update={"legacy": False}))


def test_a_mirrored_print_is_no_board():
    assert nothing(np.ascontiguousarray(NEAR.render()[:, ::-1]), BOARD)


def test_an_image_without_a_board_is_soon_done():
    assert nothing(np.full((720, 1280), 90, np.uint8), BOARD)
    assert nothing(np.random.default_rng(1).integers(0, 255, (576, 640), np.uint8), BOARD)


def test_too_few_corners_and_corners_in_a_line_say_nothing_of_where_a_board_is():
    line = Board.from_id("charuco-8x2-100-70-DICT_5X5_100")
    assert nothing(Scene(line, facing(line, 1.5)).render(), line)
    few = Board.from_id("charuco-3x3-100-70-DICT_5X5_100")
    assert nothing(Scene(few, facing(few, 1.5)).render(), few)


def test_what_is_no_gray_image_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="two axes and 8 bits"):
        detect(np.zeros((720, 1280, 3), np.uint8), BOARD)


# -- OpenCV ----------------------------------------------------------------------------------------------


@pytest.fixture
def without_memory():
    opencv.require_opencv.cache_clear()
    yield
    opencv.require_opencv.cache_clear()


@pytest.mark.usefixtures("without_memory")
def test_without_opencv_a_finding_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError) as refused:
        detect(np.zeros((576, 640), np.uint8), BOARD)
    (finding,) = refused.value.findings
    assert (finding.code, finding.remedy) == ("opencv-missing", 'pip install "kinect-sync[calibrate]"')


@pytest.mark.usefixtures("without_memory")
@pytest.mark.parametrize("version", ["4.9.0", "4.6.0.66", "3.4.20", "unknown"])
def test_an_opencv_that_is_not_exact_is_refused(monkeypatch, version):
    monkeypatch.setattr("cv2.__version__", version)
    with pytest.raises(UsageError, match=version) as refused:
        opencv.require_opencv()
    assert refused.value.findings[0].code == "opencv-unusable"
