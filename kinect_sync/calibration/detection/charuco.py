"""Corners of a charuco board: the markers beside each say where it is, roughly.

OpenCV's own `CharucoDetector` does the same and puts its corners 0.495 pixels too far right and down, in
every version that works with NumPy 1; it also drops corners of steep boards where it is given a camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.detection.markers import Markers
from kinect_sync.calibration.detection.quads import UNIT, carry, plane_of
from kinect_sync.geometry.poses import Numbers


def guess_charuco(seen: Markers, board: Board) -> tuple[Ids, Numbers]:
    """Return the numbers and rough pixels of the corners that markers tell of, ascending.

    Each marker tells of the corners of its square; where two tell of one, it is between.
    """
    gap = board.gap_m / (board.marker_m or 1.0)
    places = np.broadcast_to(UNIT * (1 + 2 * gap) - gap, (len(seen.quads), 4, 2))
    told = carry(plane_of(seen.quads), places).reshape(-1, 2)
    crossings = board.marker_cells[seen.numbers][:, None] + UNIT.astype(np.int64) - 1
    ids, inner = _numbers(crossings.reshape(-1, 2), board)
    different, of = np.unique(ids, return_inverse=True)
    total = np.zeros((len(different), 2))
    np.add.at(total, of, told[inner])
    return different, total / np.bincount(of, minlength=len(different))[:, None]


def _numbers(crossings: Ids, board: Board) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the numbers of the corners at crossings of lines within the board, and which are."""
    across, down = board.columns - 1, board.rows - 1
    inner = ((crossings >= 0) & (crossings < (across, down))).all(1)
    return (crossings[:, 1] * across + crossings[:, 0])[inner], inner
