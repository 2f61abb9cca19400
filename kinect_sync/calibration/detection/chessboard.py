"""Corners of a chessboard: all of them or none, and from which end they are counted."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.detection.markers import Gray
from kinect_sync.calibration.detection.subpixel import refine
from kinect_sync.geometry.poses import Numbers

_FLAGS: Final = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
"""Without the check, an image that shows no chessboard takes ten times as long as one that does."""


def detect_chessboard(image: Gray, board: Board) -> tuple[Ids, Numbers]:
    """Return the numbers and pixels of all corners, or none.

    The first is at the black square of the board's upper left; where turning the board changes nothing
    (`Board.is_ambiguous`), it may be at the opposite one, and on a board as wide as high at any of the four.
    """
    nothing = np.empty(0, np.int64), np.empty((0, 2))
    across, down = board.columns - 1, board.rows - 1
    if min(across, down) < 2:
        return nothing
    seen, rough = cv2.findChessboardCorners(image, (across, down), flags=_FLAGS)
    if not seen:
        return nothing
    grid = _unmirrored(rough[:, 0].astype(np.float64).reshape(down, across, 2))
    exact, found = refine(image, grid.reshape(-1, 2), _free_px(grid))
    if not found.all():
        return nothing
    exact = _from_black(image, exact.reshape(down, across, 2), board)
    return np.arange(across * down), exact.reshape(-1, 2)


def _unmirrored(grid: Numbers) -> Numbers:
    """Return the rows from the left, seen from the front: OpenCV may count them from the right."""
    right, low = grid[0, -1] - grid[0, 0], grid[-1, 0] - grid[0, 0]
    return grid if right[0] * low[1] > right[1] * low[0] else grid[:, ::-1]


def _free_px(grid: Numbers) -> Numbers:
    """Return how far each corner is from the nearest next one."""
    nearest = np.full(grid.shape[:2], np.inf)
    for steps, one, other in (
        (np.diff(grid, axis=1), nearest[:, 1:], nearest[:, :-1]),
        (np.diff(grid, axis=0), nearest[1:], nearest[:-1]),
    ):
        for side in (one, other):
            np.minimum(side, np.linalg.norm(steps, axis=-1), out=side)
    return nearest.ravel()


def _from_black(image: Gray, grid: Numbers, board: Board) -> Numbers:
    """Turn the rows around where they begin at a white square and could begin at a black one."""
    if board.is_ambiguous:
        return grid
    x, y = np.rint((grid[1:, 1:] + grid[1:, :-1] + grid[:-1, 1:] + grid[:-1, :-1]) / 4).astype(int).T
    even = np.add.outer(np.arange(x.shape[0]), np.arange(x.shape[1])) % 2 == 0
    squares = image[y, x]
    turned: Numbers = grid if squares[even].mean() < squares[~even].mean() else grid[::-1, ::-1]
    return turned
