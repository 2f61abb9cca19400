"""The corners of a board in one image, whatever its pattern."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind, Ids
from kinect_sync.calibration.detection.opencv import require_opencv
from kinect_sync.geometry.poses import Numbers

FEWEST: Final = 6
"""Corners from which on a view says where the board is; with fewer, a wrong one would not be noticed."""


def detect(image: NDArray[np.uint8], board: Board) -> tuple[Ids, Numbers]:
    """Return the corners of a board that are seen in a gray image, shape (height, width).

    These are their numbers, shape (n,), ascending, and their pixels, shape (n, 2); the centre of the first
    pixel is (0, 0). Where fewer than six are seen, or all of them in one line, there are none. Of a board
    that `is_ambiguous`, the first corner may be the last one.

    Raises UsageError without a usable OpenCV; ValueError where the image is none.
    """
    require_opencv()
    if image.ndim != 2 or image.dtype != np.uint8:
        raise ValueError(f"a gray image has two axes and 8 bits; this one is {image.dtype} {image.shape}")
    ids, pixels = _detect(np.ascontiguousarray(image), board)
    if len(ids) < FEWEST or _in_line(board.corners[ids]):
        return np.empty(0, np.int64), np.empty((0, 2))
    return ids, pixels


def _detect(image: NDArray[np.uint8], board: Board) -> tuple[Ids, Numbers]:
    if board.kind is BoardKind.CHESSBOARD:
        from kinect_sync.calibration.detection.chessboard import detect_chessboard

        return detect_chessboard(image, board)
    from kinect_sync.calibration.detection.aprilgrid import guess_aprilgrid
    from kinect_sync.calibration.detection.charuco import guess_charuco
    from kinect_sync.calibration.detection.crossings import find_crossings
    from kinect_sync.calibration.detection.markers import find_markers

    guess = guess_charuco if board.kind is BoardKind.CHARUCO else guess_aprilgrid
    return find_crossings(image, board, *guess(find_markers(image, board), board))


def _in_line(points: Numbers) -> bool:
    spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
    return bool(spread[1] < 1e-3 * spread[0])
