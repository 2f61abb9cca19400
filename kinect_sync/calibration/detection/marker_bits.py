"""What is printed in the markers of a board."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.detection.opencv import require_opencv
from kinect_sync.calibration.families import FAMILIES


def marker_bits(board: Board) -> NDArray[np.bool_]:
    """Return the squares that each marker is made of, its black border with them; True is white.

    The shape is (markers, side, side), by the marker's number, as it stands on the print. Raises UsageError
    without a usable OpenCV.
    """
    require_opencv()
    from kinect_sync.calibration.detection.markers import TAG_BORDER, dictionary_of

    name = str(board.dictionary)
    border, turns = (TAG_BORDER, 2) if board.kind is BoardKind.APRILGRID else (1, 0)
    side = FAMILIES[name].bits + 2 * border
    family = dictionary_of(name)
    images = [
        family.generateImageMarker(each, side, borderBits=border) for each in range(len(board.marker_cells))
    ]
    return np.stack([np.rot90(np.asarray(image) > 127, turns) for image in images])
