"""The square markers of a board in an image: which there are, and where their four corners are, roughly."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind, Ids
from kinect_sync.calibration.detection.quads import sides_px
from kinect_sync.geometry.poses import Numbers

Gray = NDArray[np.uint8]

SMALLEST_PX: Final = 10.0
"""Side of the smallest marker that is looked for; below, hardly one is read. Of 15 pixels nearly all are."""
FINEST: Final = 1 / 200
"""Side of the smallest marker that is looked for in a large image, as a part of its longer side."""
MAJORITY: Final = 0.6
"""Of the markers have to lie as the layout says: of a board of another layout, some do by chance."""
TAG_BORDER: Final = 2
"""Bits of black around the tags of an aprilgrid: Kalibr's, where others have one."""


class Markers(NamedTuple):
    """Markers that were seen."""

    numbers: Ids
    """Shape (n,)."""
    quads: Numbers
    """Their corners in pixels, shape (n, 4, 2): clockwise from the marker's own upper left."""


def find_markers(image: Gray, board: Board) -> Markers:
    """Return the board's markers in an image that are large enough and lie on one plane as they should."""
    border = TAG_BORDER if board.kind is BoardKind.APRILGRID else 1
    seen = read_markers(image, str(board.dictionary), border)
    cells = board.marker_cells
    seen = _chosen(seen, (seen.numbers < len(cells)) & (sides_px(seen.quads).mean(1) >= SMALLEST_PX))
    if not len(seen.numbers):
        return seen
    seen = _chosen(seen, _in_place(seen, board))
    _, of, times = np.unique(seen.numbers, return_inverse=True, return_counts=True)
    return _chosen(seen, times[of] == 1)


def read_markers(image: Gray, dictionary: str, border: int = 1) -> Markers:
    """Return whatever looks like a marker of a family, also where another has the same number."""
    quads, numbers, _ = _detector(dictionary, border, max(image.shape)).detectMarkers(image)
    if numbers is None or not len(numbers):
        return Markers(np.empty(0, np.int64), np.empty((0, 4, 2)))
    return Markers(np.asarray(numbers, np.int64).ravel(), np.concatenate(quads).astype(np.float64))


@lru_cache(maxsize=32)
def _detector(dictionary: str, border: int, side_px: int) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.markerBorderBits = border
    if border == TAG_BORDER:  # a tag runs into the squares at its corners unless black is told strictly
        parameters.adaptiveThreshConstant = 15
    # OpenCV's own limit is 3 %: in a 4K image that leaves out markers of 30 pixels.
    parameters.minMarkerPerimeterRate = 4 * max(SMALLEST_PX / side_px, FINEST)
    return cv2.aruco.ArucoDetector(dictionary_of(dictionary), parameters)


def dictionary_of(name: str) -> cv2.aruco.Dictionary:
    """Return a family of markers by its name."""
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))


def _in_place(seen: Markers, board: Board) -> NDArray[np.bool_]:
    """Tell which markers lie where the others say; half a square is more than a lens bends a board."""
    centres = (board.marker_cells[seen.numbers] + 0.5).astype(np.float64)
    half = (board.marker_m or 0.0) / board.square_m / 2
    around = half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    if board.kind is BoardKind.APRILGRID:
        around = -around  # OpenCV has AprilTags upside down
    places = (centres[:, None] + around).reshape(-1, 2)
    square_px = float(np.median(sides_px(seen.quads))) / (2 * half)
    _, agree = cv2.findHomography(places, seen.quads.reshape(-1, 2), cv2.RANSAC, 0.5 * square_px)
    if agree is None:
        return np.zeros(len(seen.numbers), bool)
    fits: NDArray[np.bool_] = np.asarray(agree, bool).reshape(-1, 4).all(1)
    return fits if fits.mean() > MAJORITY else np.zeros(len(fits), bool)


def _chosen(seen: Markers, which: NDArray[np.bool_]) -> Markers:
    return Markers(seen.numbers[which], seen.quads[which])
