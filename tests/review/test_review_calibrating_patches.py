"""Tests of where depth of the board is taken: on its paper, and on nothing that is before it."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.geometry.poses import Numbers
from kinect_sync.review.calibrating.patches import find_patch
from tests.review.fused import small_geometry

CHARUCO = Board(
    kind=BoardKind.CHARUCO, columns=8, rows=5, square_m=0.1, marker_m=0.075, dictionary="DICT_5X5_100"
)
APRILGRID = Board(
    kind=BoardKind.APRILGRID, columns=6, rows=4, square_m=0.13, marker_m=0.1, dictionary="DICT_APRILTAG_36h11"
)
AWAY_M, HEAD_M = 1.5, 1.2


def seen_corners(board: Board) -> Numbers:
    """Return where the depth camera sees the corners of a board that faces it, 1.5 m away."""
    lens = small_geometry().depth
    assert lens is not None
    pixels, valid = lens.project(board.corners - (*(side / 2 for side in board.size_m), -AWAY_M))
    assert valid.all()
    return pixels


@pytest.mark.parametrize("board", [CHARUCO, APRILGRID], ids=["charuco", "aprilgrid"])
def test_a_bright_head_before_the_board_is_not_taken_for_its_paper(board: Board) -> None:
    lens = small_geometry().depth
    assert lens is not None
    shape = lens.height, lens.width
    depth, infrared = np.full(shape, round(1000 * AWAY_M), np.uint16), np.full(shape, 900, np.uint16)
    pixels = seen_corners(board)
    middle, high, low = np.median(pixels[:, 0]), pixels[:, 1].min(), pixels[:, 1].max()
    head = (
        slice(round(high + 0.3 * (low - high)), round(low - 0.2 * (low - high))),
        slice(round(middle), None),
    )
    depth[head], infrared[head] = round(1000 * HEAD_M), 3000
    ids = np.flatnonzero(depth[tuple(np.round(pixels).astype(int).T[::-1])] > 1000 * HEAD_M)
    assert len(ids) < len(pixels)
    found = find_patch(depth, infrared, lens, board, ids, pixels[ids])
    assert found is not None
    assert np.unique(found[1]).tolist() == [AWAY_M]
