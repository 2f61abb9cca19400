"""Layouts of boards: their corners, their markers, and the id that stands on the print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.families import FAMILIES

CHARUCO = Board.from_id("charuco-5x4-80-60-DICT_5X5_100")
GRID = Board.from_id("aprilgrid-6x4-71.5-55-DICT_APRILTAG_36h11")


@pytest.mark.parametrize(
    "text",
    [
        "charuco-5x4-80-60-DICT_5X5_100",
        "charuco-14x9-40-30-DICT_5X5_250",
        "charuco-6x4-12.5-9.375-DICT_4X4_50-legacy",
        "aprilgrid-6x6-114.4-88-DICT_APRILTAG_36h11",
        "chessboard-9x6-25",
    ],
)
def test_an_id_is_a_layout_and_back(text):
    assert Board.from_id(text).id == text


def test_an_id_says_sizes_in_millimetres():
    assert (CHARUCO.kind, CHARUCO.columns, CHARUCO.rows) == (BoardKind.CHARUCO, 5, 4)
    assert (CHARUCO.square_m, CHARUCO.marker_m, CHARUCO.dictionary) == (0.08, 0.06, "DICT_5X5_100")
    assert Board.from_id("aprilgrid-2x2-50-40-dict_apriltag_36H11").dictionary == "DICT_APRILTAG_36h11"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("charuco-5x4-80", "has no markers; other boards"),
        ("chessboard-9x6-25-20-DICT_4X4_50", "has no markers"),
        ("charuco-5x4-80-80-DICT_5X5_100", "smaller than its square"),
        ("charuco-5x4-80-60-DICT_5X5", "no family of markers is called DICT_5X5;"),
        ("charuco-14x9-40-30-DICT_4X4_50", "needs 63 markers"),
        ("chessboard-9x6-25-legacy", "only a charuco board"),
        ("charuco-5-4-80-60-DICT_5X5_100", "no id"),
        ("charuco-1x4-80-60-DICT_5X5_100", "greater than or equal to 2"),
    ],
)
def test_what_is_no_layout_is_refused_with_its_reason(text, why):
    with pytest.raises(ValueError, match=why):
        Board.from_id(text)


def test_families_are_as_large_as_opencv_has_them():
    for name, family in FAMILIES.items():
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
        assert (dictionary.markerSize, len(dictionary.bytesList)) == family, name


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("columns", [5, 6])
@pytest.mark.parametrize("rows", [4, 7])
def test_corners_and_markers_are_where_opencv_has_them(columns, rows, legacy):
    board = CHARUCO.model_copy(update={"columns": columns, "rows": rows, "legacy": legacy})
    theirs = cv2.aruco.CharucoBoard(
        (columns, rows), 0.08, 0.06, cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    )
    theirs.setLegacyPattern(legacy)
    np.testing.assert_allclose(board.corners, theirs.getChessboardCorners(), atol=1e-6)
    first = np.array([marker[0] for marker in theirs.getObjPoints()])[:, :2]
    np.testing.assert_allclose(board.marker_cells * 0.08 + board.gap_m, first, atol=1e-6)


def test_tags_are_counted_from_the_lower_left_and_their_corners_from_the_upper_left():
    assert GRID.marker_cells[[0, 1, 6, 23]].tolist() == [[0, 3], [1, 3], [0, 2], [5, 0]]
    np.testing.assert_allclose(GRID.corners[:4, :2], [(0, 0), (0.055, 0), (0.055, 0.055), (0, 0.055)])
    np.testing.assert_allclose(GRID.corners[4 * 7, :2], (0.0715, 0.0715))
    assert GRID.gap_m == pytest.approx(0.0165)


@pytest.mark.parametrize(
    ("text", "same"), [("chessboard-9x6-25", False), ("chessboard-9x7-25", True), ("chessboard-8x6-25", True)]
)
def test_a_chessboard_is_turned_unseen_unless_one_number_is_even_and_one_odd(text, same):
    assert Board.from_id(text).is_ambiguous is same
    assert not CHARUCO.is_ambiguous
