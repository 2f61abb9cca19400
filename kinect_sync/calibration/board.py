"""The board that is walked through a rig: a flat target whose corners are at known places."""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from kinect_sync.calibration.families import FAMILIES, family_name
from kinect_sync.geometry.poses import Numbers
from kinect_sync.values import Value

Ids = NDArray[np.int64]

_ID = re.compile(
    r"(?P<kind>charuco|aprilgrid|chessboard)-(?P<columns>\d{1,3})x(?P<rows>\d{1,3})-(?P<square>\d+(\.\d+)?)"
    r"(-(?P<marker>\d+(\.\d+)?)-(?P<dictionary>\w+))?(?P<legacy>-legacy)?",
    re.ASCII,
)


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
    """The pattern that is printed on it."""
    columns: int = Field(ge=2, le=100)
    """Squares in a row; tags in a row of an `aprilgrid`."""
    rows: int = Field(ge=2, le=100)
    """Squares in a column; tags in a column of an `aprilgrid`."""
    square_m: float = Field(gt=0, lt=2)
    """Side of a square in metres; of an `aprilgrid` from one tag's edge to the next one's same edge."""
    marker_m: float | None = Field(default=None, gt=0, lt=2)
    """Side of a marker or tag in metres, its black border included; None where there is none."""
    dictionary: Annotated[str, AfterValidator(family_name)] | None = None
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
        if self.legacy and self.kind is not BoardKind.CHARUCO:
            raise ValueError("only a charuco board has a layout of before OpenCV 4.6")
        if self.dictionary is not None and len(self.marker_cells) > FAMILIES[self.dictionary].markers:
            raise ValueError(f"it needs {len(self.marker_cells)} markers, and {self.dictionary} has fewer")
        return self

    @classmethod
    def from_id(cls, text: str) -> Board:
        """Return the layout with this id; ValueError where it is none, with the reason."""
        match = _ID.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text} is no id of a board such as charuco-5x4-80-60-DICT_5X5_100")
        marker = match["marker"]
        return cls(
            kind=BoardKind(match["kind"]),
            columns=int(match["columns"]),
            rows=int(match["rows"]),
            square_m=_metres(match["square"]),
            marker_m=None if marker is None else _metres(marker),
            dictionary=match["dictionary"],
            legacy=match["legacy"] is not None,
        )

    @property
    def id(self) -> str:
        """What stands on the print and names the layout everywhere; sizes are in millimetres."""
        parts = [self.kind.value, f"{self.columns}x{self.rows}", _millimetres(self.square_m)]
        if self.marker_m is not None and self.dictionary is not None:
            parts += [_millimetres(self.marker_m), self.dictionary]
        return "-".join([*parts, *(["legacy"] if self.legacy else [])])

    @property
    def gap_m(self) -> float:
        """From a marker to the edge of its square, or from tag to tag; 0 where there are no markers."""
        if self.marker_m is None:
            return 0.0
        both = self.square_m - self.marker_m
        return both if self.kind is BoardKind.APRILGRID else both / 2

    @property
    def is_ambiguous(self) -> bool:
        """Whether the board looks the same when it is turned, so that nobody can tell which corner is first.

        A chessboard does, unless one of its two numbers of squares is even and the other odd: then a half
        turn exchanges black and white.
        """
        return self.kind is BoardKind.CHESSBOARD and (self.columns + self.rows) % 2 == 0

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
    def marker_cells(self) -> Ids:
        """Column and row of each marker by its number, shape (markers, 2), the first square's being (0, 0).

        OpenCV counts the white squares of a charuco board along rows, and Kalibr tags from the lower left.
        """
        if self.kind is BoardKind.APRILGRID:
            tags = [(column, row) for row in reversed(range(self.rows)) for column in range(self.columns)]
            return np.array(tags)
        white = [
            (column, row)
            for row in range(self.rows)
            for column in range(self.columns)
            if not self.is_black(column, row)
        ]
        return np.array(white if self.kind is BoardKind.CHARUCO else []).reshape(-1, 2)

    def is_black(self, column: int, row: int) -> bool:
        """Tell whether a square is black; the first is, but on old boards with an even number of rows."""
        return (column + row) % 2 == int(self.legacy and self.rows % 2 == 0)

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the pattern in metres."""
        return self.columns * self.square_m, self.rows * self.square_m


def _metres(millimetres: str) -> float:
    return round(float(millimetres) / 1000, 9)


def _millimetres(metres: float) -> str:
    return f"{metres * 1000:.3f}".rstrip("0").rstrip(".")
