"""Sheets of paper, the board that goes well on each, and how far away it is read."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.families import FAMILIES

BIT_PX: Final = 15 / 7
"""Side of a bit from which on nearly every marker is read: of five bits and their border, 15 pixels."""
TAG_BIT_PX: Final = 4.0
"""The same of the tags of an aprilgrid, which run into the squares at their corners where it is blurred."""


class Paper(str, Enum):
    """A size of paper by its name."""

    A4 = "A4"
    A3 = "A3"
    A2 = "A2"
    A1 = "A1"

    def __str__(self) -> str:
        """Return the name as one says it."""
        return str(self.value)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height as it lies, ISO 216."""
        return _SIZES_MM[self]

    @property
    def board(self) -> Board:
        """The board that fills it: large squares, as what counts is how far away markers are read.

        A marker has 0.75 of its square: with more, its edges come too close to the corners.
        """
        return Board.from_id(f"charuco-{_LAYOUTS[self]}-DICT_5X5_100")


_SIZES_MM = {
    Paper.A4: (297.0, 210.0),
    Paper.A3: (420.0, 297.0),
    Paper.A2: (594.0, 420.0),
    Paper.A1: (841.0, 594.0),
}
_LAYOUTS = {
    Paper.A4: "6x4-45-33.75",
    Paper.A3: "6x4-66-49.5",
    Paper.A2: "6x4-95-71.25",
    Paper.A1: "8x5-100-75",
}
"""Squares in a row and in a column, their side and a marker's."""


class Sight(NamedTuple):
    """A camera in a mode, as far as it matters how large it sees a board."""

    name: str
    focal_px: float
    """Of the factory calibration of a real device; others are within 1 %."""


SIGHTS: Final = (
    Sight("color 720p", 612.0),
    Sight("color 1080p", 918.0),
    Sight("IR NFOV", 504.0),
    Sight("IR WFOV binned", 252.0),
)
"""The modes that `ksync board --list` has distances for; WFOV unbinned sees as large as NFOV."""


def reach_m(board: Board, sight: Sight) -> float | None:
    """Return up to which distance nearly every marker of a faced board is read; None without markers."""
    if board.marker_m is None or board.dictionary is None:
        return None
    tags = board.kind is BoardKind.APRILGRID
    bits = FAMILIES[board.dictionary].bits + (4 if tags else 2)
    return round(board.marker_m * sight.focal_px / (bits * (TAG_BIT_PX if tags else BIT_PX)), 2)
