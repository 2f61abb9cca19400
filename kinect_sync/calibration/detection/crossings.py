"""Corners as crossings of black and white: where markers say that they are, and from there on to the next.

A marker that is too small or half covered to be read has corners that are as sharp as others. The plane of
those that were found tells where they are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind, Ids
from kinect_sync.calibration.detection.markers import TAG_BORDER, Gray
from kinect_sync.calibration.detection.subpixel import is_crossing, refine
from kinect_sync.calibration.families import FAMILIES
from kinect_sync.geometry.poses import Numbers

Seen = tuple[Ids, Numbers]

FLATTEST: Final = 0.5
"""A square that is seen shorter than this part of its width is too steep: by 60° where it is straight ahead.

Of corners in rendered color images, 95 % are within 0.24 px at 59°, 0.38 at 61°, 0.8 at 62° and 1.4 at 64°.
"""
_STEPS: Final = 8
_NEXT: Final = 1.5
"""Squares from a corner that was found to those that are looked for from there."""
_BESIDE: Numbers = np.array([
    (x * across, y * down)
    for across, down in ((1.0, 1.0), (1.0, 1.5), (1.5, 1.0), (1.0, 2.0), (2.0, 1.0))
    for x in (-1, 1) for y in (-1, 1)
])  # fmt: skip
"""The corner of what is printed in each square, and its edges from there on."""
_AHEAD: Numbers = np.array([(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])
"""The ends of the small squares of an aprilgrid."""
_DIAGONALS: Numbers = np.array([(-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)])


class _Layout(NamedTuple):
    """What is printed around each corner of a board."""

    points: Numbers
    """Where it is on the board in metres, shape (n, 2)."""
    black_first: NDArray[np.bool_]
    """Whether black is at the upper left and lower right of it."""
    free_m: float
    """From the lines that cross at a corner to the next other edges."""
    edges: Numbers
    """From a corner to places on those edges, shape (k, 2), in parts of `free_m`."""


def find_crossings(image: Gray, board: Board, ids: Ids, guesses: Numbers) -> Seen:
    """Return the numbers and pixels of all corners that are found from guesses of some, ascending."""
    layout = _layout(board)
    plane = _plane(layout, ids, guesses)
    found = _look(image, layout, plane, ids, guesses)
    for _ in range(_STEPS):
        plane = _plane(layout, *found)
        more = _look(image, layout, plane, *_next(board, layout, plane, found))
        if not len(more[0]):
            break
        both = np.concatenate((found[0], more[0])), np.concatenate((found[1], more[1]))
        order = np.argsort(both[0])
        found = both[0][order], both[1][order]
    return found


@lru_cache(maxsize=8)
def _layout(board: Board) -> _Layout:
    points = board.corners[:, :2]
    numbers = np.arange(len(points))
    if board.kind is BoardKind.APRILGRID:
        border = TAG_BORDER / (FAMILIES[str(board.dictionary)].bits + 2 * TAG_BORDER)
        free_m = min(board.gap_m, border * (board.marker_m or 0.0))
        return _Layout(points, numbers % 2 == 0, free_m, np.vstack((_BESIDE, _AHEAD)))
    across = board.columns - 1
    black = [board.is_black(each % across, each // across) for each in numbers.tolist()]
    return _Layout(points, np.array(black), board.gap_m, _BESIDE)


def _plane(layout: _Layout, ids: Ids, pixels: Numbers) -> Numbers | None:
    """Return the homography from the board to the image; None of too few corners."""
    if len(ids) < 4:
        return None
    plane, _ = cv2.findHomography(layout.points[ids], pixels, 0)
    return None if plane is None else np.asarray(plane)


def _at(plane: Numbers, points: Numbers) -> Numbers:
    """Return where points of the board are in the image, shape (..., 2)."""
    moved = points @ plane[:, :2].T + plane[:, 2]
    flat: Numbers = moved[..., :2] / moved[..., 2:]
    return flat


def _look(image: Gray, layout: _Layout, plane: Numbers | None, ids: Ids, guesses: Numbers) -> Seen:
    """Return those corners that are where they are guessed, exactly."""
    if plane is None or not len(ids):
        return np.empty(0, np.int64), np.empty((0, 2))
    points, free_m = layout.points[ids][:, None], layout.free_m
    here = _at(plane, points)
    sides = _at(plane, points + free_m * np.eye(2)) - here
    edges = _at(plane, points + free_m * layout.edges) - here
    exact, found = refine(image, guesses, np.abs(edges).max(-1).min(1))
    around = _at(plane, points + free_m / 2 * _DIAGONALS) - here
    one, other, first = around[:, :2], around[:, 2:], layout.black_first[ids][:, None, None]
    found &= is_crossing(image, exact, np.where(first, other, one), np.where(first, one, other))
    found &= _flatness(sides) > FLATTEST
    return ids[found], exact[found]


def _flatness(sides: Numbers) -> Numbers:
    """Return how short a circle is seen as a part of how long, from how the sides of a square are seen."""
    stretches = np.linalg.svd(sides, compute_uv=False)
    flatness: Numbers = stretches[:, 1] / np.maximum(stretches[:, 0], 1e-12)
    return flatness


def _next(board: Board, layout: _Layout, plane: Numbers | None, found: Seen) -> Seen:
    """Return guesses of the corners beside those that were found: a lens bends neighbours alike."""
    missing = np.setdiff1d(np.arange(len(layout.points)), found[0])
    if plane is None or not len(missing):
        return np.empty(0, np.int64), np.empty((0, 2))
    away = np.linalg.norm(layout.points[missing][:, None] - layout.points[found[0]], axis=-1)
    beside = away < _NEXT * board.square_m
    near = beside.any(1)
    weight = beside[near] / np.maximum(away[near], 1e-9)
    bent = found[1] - _at(plane, layout.points[found[0]])
    shift = weight @ bent / weight.sum(1, keepdims=True)
    return missing[near], _at(plane, layout.points[missing[near]]) + shift
