"""Corners of a charuco board: each is predicted by the markers beside it, and then looked for.

OpenCV's own `CharucoDetector` does the same and puts its corners 0.495 pixels too far right and down, in
every version that works with NumPy 1; it also drops corners of steep boards where it is given a camera.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.detection.markers import Gray, Markers, find_markers
from kinect_sync.calibration.detection.quads import UNIT, carry, plane_of, sides_px
from kinect_sync.calibration.detection.subpixel import is_crossing, refine
from kinect_sync.geometry.poses import Numbers

Seen = tuple[Ids, Numbers]


_DIAGONALS: Numbers = np.array([(-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)])
"""From a corner into the squares around it: those at the upper left and lower right, then the others."""


def detect_charuco(image: Gray, board: Board) -> Seen:
    """Return the numbers and pixels of the corners that are seen, ascending."""
    seen = find_markers(image, board)
    if not len(seen.numbers):
        return np.empty(0, np.int64), np.empty((0, 2))
    guess = _guess(seen, board)
    exact, found = refine(image, guess.pixels, guess.free_px)
    found &= is_crossing(image, exact, *_colours(guess, board))
    return guess.ids[found], exact[found]


class _Guess(NamedTuple):
    """Where corners should be, by the markers beside them."""

    ids: Ids
    """Shape (n,), ascending."""
    pixels: Numbers
    """Shape (n, 2)."""
    around: Numbers
    """From there into the four squares around, half-way to what is printed in them; shape (n, 4, 2)."""
    free_px: Numbers
    """From there to the next other edge, shape (n,)."""


def _guess(seen: Markers, board: Board) -> _Guess:
    """Each marker tells of the corners of its square; where two tell of one, it is between."""
    gap = board.gap_m / (board.marker_m or 1.0)
    places = UNIT * (1 + 2 * gap) - gap
    points = (places[:, None] + np.vstack([np.zeros((1, 2)), gap / 2 * _DIAGONALS])).reshape(1, -1, 2)
    told = carry(plane_of(seen.quads), np.broadcast_to(points, (len(seen.quads), *points.shape[1:])))
    told = told.reshape(-1, 5, 2)
    free_px = np.repeat(gap * sides_px(seen.quads).min(1), 4)
    crossings = board.marker_cells[seen.numbers][:, None] + UNIT.astype(np.int64) - 1
    ids, inner = _numbers(crossings.reshape(-1, 2), board)
    return _merged(ids, told[inner], free_px[inner])


def _numbers(crossings: Ids, board: Board) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the numbers of the corners at crossings of lines within the board, and which are."""
    across, down = board.columns - 1, board.rows - 1
    inner = ((crossings >= 0) & (crossings < (across, down))).all(1)
    return (crossings[:, 1] * across + crossings[:, 0])[inner], inner


def _merged(ids: Ids, told: Numbers, free_px: Numbers) -> _Guess:
    different, of = np.unique(ids, return_inverse=True)
    total = np.zeros((len(different), 5, 2))
    np.add.at(total, of, told)
    mean = total / np.bincount(of, minlength=len(different))[:, None, None]
    smallest = np.full(len(different), np.inf)
    np.minimum.at(smallest, of, free_px)
    return _Guess(different, mean[:, 0], mean[:, 1:] - mean[:, :1], smallest)


def _colours(guess: _Guess, board: Board) -> tuple[Numbers, Numbers]:
    """Return the ways into the white and the black squares around each corner."""
    across = board.columns - 1
    black = np.array([board.is_black(each % across, each // across) for each in guess.ids.tolist()], bool)
    one, other = guess.around[:, :2], guess.around[:, 2:]
    first = black[:, None, None]
    return np.where(first, other, one), np.where(first, one, other)
