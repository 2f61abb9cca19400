"""The board that is walked through a rig: a flat target whose corners are at known places."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from kinect_sync.geometry.poses import Numbers
from kinect_sync.values import Value

Ids = NDArray[np.int64]


class BoardKind(str, Enum):
    """The pattern that is printed on a board."""

    CHARUCO = "charuco"
    """A chessboard with a marker in each white square: every corner has its number, parts of it suffice."""
    APRILGRID = "aprilgrid"
    """A grid of AprilTags with small black squares between them (Kalibr's)."""
    CHESSBOARD = "chessboard"
    """Black and white squares alone: only the whole board is found, and it may look the same upside down."""


class Board(Value):
    """The layout of a board, as it is meant to be printed."""

    kind: BoardKind
    columns: int = Field(ge=2, le=100)
    """Squares in a row; tags in a row of an `aprilgrid`."""
    rows: int = Field(ge=2, le=100)
    """Squares in a column; tags in a column of an `aprilgrid`."""
    square_m: float = Field(gt=0, lt=2)
    """Side of a square in metres; of an `aprilgrid` from one tag's edge to the next one's same edge."""
    marker_m: float | None = Field(default=None, gt=0, lt=2)
    """Side of a marker or tag in metres, its black border included; None where there is none."""
    dictionary: str | None = None
    """The markers' family by OpenCV's name, such as `DICT_5X5_100`."""
    legacy: bool = False
    """The layout of OpenCV before 4.6, which differs where the number of rows is even."""

    @model_validator(mode="after")
    def _has_markers_where_it_needs_them(self) -> Board:
        plain = self.kind is BoardKind.CHESSBOARD
        if plain != (self.marker_m is None) or plain != (self.dictionary is None):
            raise ValueError("a chessboard has no markers; other boards have a size and a family of them")
        if self.marker_m is not None and self.marker_m >= self.square_m:
            raise ValueError("a marker is smaller than its square")
        return self

    @property
    def corners(self) -> Numbers:
        """Where each corner is in the board's frame, in metres; shape (corners, 3), z = 0, by its number.

        x runs along a row and y down a column as one looks at the print, z into the board: OpenCV's frame,
        whose origin is the outer corner of the first square. Corners are counted along rows.
        """
        if self.kind is BoardKind.APRILGRID:
            return self._tag_corners()
        across, down = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        flat = np.stack((across.ravel(), down.ravel()), -1) * self.square_m
        return np.column_stack((flat, np.zeros(len(flat))))

    def _tag_corners(self) -> Numbers:
        """Four corners of each tag, clockwise from its upper left, tag by tag along rows."""
        side = self.marker_m or 0.0
        around = np.array([(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)])
        across, down = np.meshgrid(np.arange(self.columns), np.arange(self.rows))
        tags = np.stack((across.ravel(), down.ravel()), -1) * self.square_m
        flat = (tags[:, None] + around).reshape(-1, 2)
        return np.column_stack((flat, np.zeros(len(flat))))

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the pattern in metres."""
        return self.columns * self.square_m, self.rows * self.square_m
