"""Where exactly a corner is: the point at which two black squares touch, to a few hundredths of a pixel."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.poses import Numbers

Gray = NDArray[np.uint8]

SHARE: Final = 0.75
"""How far the window reaches to the next other edge: an edge within pulls by 0.3 pixels."""
SMALLEST: Final = 2
LARGEST: Final = 6
"""Half the window in pixels."""
CLOSEST: Final = 1.5
"""Pixels to the next other edge below which a corner is none: at two its error begins to grow."""
_ENOUGH: Final = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-3)
_ASIDE: Final = 0.123
"""Pixels from a guess to where the search begins, so that no good guess is taken for one that led nowhere."""
_FLAT: Final = 8.0
"""Gray levels between black and white below which noise decides."""


def refine(image: Gray, guesses: Numbers, free_px: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return corners exactly, and which of them were found within their windows.

    `guesses` have the shape (n, 2); `free_px` has (n,): how far it is from each to the next other edge, right
    or left or up or down, as windows are upright. A corner that left its window, or whose window leaves the
    image, is none, nor one too close to an edge.
    """
    halves = np.clip(np.rint(SHARE * free_px), SMALLEST, LARGEST).astype(int)
    room = np.array(image.shape[::-1]) - 1 - halves[:, None]
    inside = ((guesses >= halves[:, None]) & (guesses <= room)).all(1)
    inside &= free_px >= CLOSEST
    exact = guesses.copy()
    for half in np.unique(halves[inside]):
        which = inside & (halves == half)
        start = (guesses[which] + _ASIDE).astype(np.float32).reshape(-1, 1, 2)
        moved = cv2.cornerSubPix(image, start.copy(), (int(half), int(half)), (-1, -1), _ENOUGH)
        exact[which] = moved[:, 0]
        inside[which] &= (moved != start).any((1, 2))  # what strays is put back to where it began
    return exact, inside


def is_crossing(image: Gray, corners: Numbers, white: Numbers, black: Numbers) -> NDArray[np.bool_]:
    """Tell at which corners black and white stand as they should; not where a hand covers one.

    `white` and `black` have the shape (n, 2, 2): from each corner into its two squares of that colour.
    """
    bright, dark = (_gray_at(image, corners[:, None] + ways) for ways in (white, black))
    step = bright.mean(1) - dark.mean(1)
    clear = bright.min(1) - dark.max(1)
    told: NDArray[np.bool_] = (step > _FLAT) & (clear > 0.3 * step)
    return told


def _gray_at(image: Gray, pixels: Numbers) -> Numbers:
    """Return the image between its pixels, shape (n, k), from places of shape (n, k, 2)."""
    places = pixels.astype(np.float32)
    read = cv2.remap(image, places[..., 0], places[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    return read.astype(np.float64)
