"""Corners of an aprilgrid: the four of each tag, where it touches the small black squares around it."""

from __future__ import annotations

import numpy as np

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.detection.markers import TAG_BORDER, Gray, find_markers
from kinect_sync.calibration.detection.quads import UNIT, carry, plane_of, sides_px
from kinect_sync.calibration.detection.subpixel import is_crossing, refine
from kinect_sync.calibration.families import FAMILIES
from kinect_sync.geometry.poses import Numbers

_TURNED = [2, 3, 0, 1]
"""From OpenCV's corners of a tag to those of the print, where it stands upside down."""
_INWARD: Numbers = np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])


def detect_aprilgrid(image: Gray, board: Board) -> tuple[Ids, Numbers]:
    """Return the numbers and pixels of the corners that are seen, ascending."""
    seen = find_markers(image, board)
    if not len(seen.numbers):
        return np.empty(0, np.int64), np.empty((0, 2))
    quads = seen.quads[:, _TURNED]
    free = _free(board)
    white, black = _ways(quads, free / 2)
    guesses = quads.reshape(-1, 2)
    exact, found = refine(image, guesses, np.repeat(free * sides_px(quads).min(1), 4))
    found &= is_crossing(image, exact, white, black)
    columns, rows = board.marker_cells[seen.numbers].T
    ids = (4 * (rows * board.columns + columns)[:, None] + np.arange(4)).ravel()[found]
    order = np.argsort(ids)
    return ids[order], exact[found][order]


def _free(board: Board) -> float:
    """How far it is from a tag's corner to the next other edge, in sides of the tag."""
    border = TAG_BORDER / (FAMILIES[str(board.dictionary)].bits + 2 * TAG_BORDER)
    return min(board.gap_m / (board.marker_m or 1.0), border)


def _ways(quads: Numbers, reach: float) -> tuple[Numbers, Numbers]:
    """Return the ways from each corner into the two white gaps, and into the tag and the square outside."""
    inward = reach * _INWARD
    aside = inward[:, ::-1] * (1, -1)
    ends = np.stack((0 * inward, aside, -aside, inward, -inward), 1)
    points = (UNIT[:, None] + ends).reshape(1, -1, 2)
    told = carry(plane_of(quads), np.broadcast_to(points, (len(quads), *points.shape[1:])))
    told = told.reshape(-1, 5, 2)
    ways = told[:, 1:] - told[:, :1]
    return ways[:, :2], ways[:, 2:]
