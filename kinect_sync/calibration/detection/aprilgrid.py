"""Corners of an aprilgrid: the four of each tag, where it touches the small black squares around it."""

from __future__ import annotations

import numpy as np

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.detection.markers import Markers
from kinect_sync.geometry.poses import Numbers

_TURNED = [2, 3, 0, 1]
"""From OpenCV's corners of a tag to those of the print, where it stands upside down."""


def guess_aprilgrid(seen: Markers, board: Board) -> tuple[Ids, Numbers]:
    """Return the numbers and rough pixels of the corners of tags, ascending."""
    columns, rows = board.marker_cells[seen.numbers].T
    ids = (4 * (rows * board.columns + columns)[:, None] + np.arange(4)).ravel()
    order = np.argsort(ids)
    return ids[order], seen.quads[:, _TURNED].reshape(-1, 2)[order]
