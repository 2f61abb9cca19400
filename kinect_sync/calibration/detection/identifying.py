"""What was carried instead, where the board that was named is in no image: markers tell of their layout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind, Ids
from kinect_sync.calibration.detection.markers import TAG_BORDER, Markers, read_markers
from kinect_sync.calibration.detection.quads import UNIT, carry, plane_of, sides_px
from kinect_sync.calibration.families import FAMILIES

Gray = NDArray[np.uint8]

_LARGEST: Final = (
    *((f"DICT_{bits}X{bits}_1000", 1) for bits in (5, 4, 6, 7)),
    ("DICT_ARUCO_ORIGINAL", 1),
    ("DICT_ARUCO_MIP_36h12", 1),
    *((f"DICT_APRILTAG_{tag}", border) for tag in ("36h11", "25h9", "16h5") for border in (1, TAG_BORDER)),
)
"""Families that begin with the markers of all others of their kind, and their bits of border."""
_ENOUGH: Final = 6
"""Markers in an image, and on one plane as a layout says, from which on that layout is believed."""
_WIDEST: Final = 30
_CLOSE: Final = 0.15
"""Of a square, how far a marker's corners may be from where they belong: lenses bend, and edges are rough."""


@dataclass(frozen=True)
class Guess:
    """A board that was seen."""

    board: Board
    """Its layout, as far as it was seen: there may be more rows. Sizes can't be told but by their ratio: a
    square is as large as that of the board that was named."""
    images: int
    """How many images it was recognised in."""
    mirrored: bool
    """Whether it was seen in a mirror, or printed the wrong way round."""

    @property
    def told(self) -> str:
        """Say in words what was seen."""
        board, markers = self.board, "tags" if self.board.kind is BoardKind.APRILGRID else "squares"
        share = (board.marker_m or 0.0) / board.square_m
        old = " in the layout of before OpenCV 4.6" if board.legacy else ""
        turned = ", mirrored" if self.mirrored else ""
        return (
            f"{board.kind.value} with {board.columns} {markers} in a row and {board.rows} in a column or more"
            f"{old}, markers of {board.dictionary} and {share:.2f} of their distance{turned}"
        )


def identify(images: Iterable[Gray], named: Board) -> tuple[Guess, ...]:
    """Return the boards with markers that are in gray images, those seen most often first.

    That takes ten times as long as to look for one board: some images are enough. Chessboards are not
    recognised. Raises nothing where there is nothing.
    """
    votes: dict[tuple[str, int, int, bool, bool], list[_Fit]] = defaultdict(list)
    for image in images:
        fit = _best(image)
        if fit is not None:
            votes[fit.family, fit.border, fit.columns, fit.legacy, fit.mirrored].append(fit)
    ranked = sorted(votes.values(), key=len, reverse=True)
    return tuple(_guess(fits, named) for fits in ranked)


@dataclass(frozen=True)
class _Fit:
    """A layout that markers of one image lie in."""

    family: str
    border: int
    columns: int
    legacy: bool
    mirrored: bool
    agreeing: int
    highest: int
    rows: int
    share: float
    """Of a marker's side in the distance from one to the next."""


def _best(image: Gray) -> _Fit | None:
    """Return the layout that most markers of the first family agree with of which there are any."""
    for mirrored in (False, True):
        shown = np.ascontiguousarray(image[:, ::-1]) if mirrored else image
        for family, border in _LARGEST:
            fits = list(_fits(shown, family, border, mirrored=mirrored))
            if fits:
                return max(fits, key=lambda fit: fit.agreeing)
    return None


def _fits(image: Gray, family: str, border: int, *, mirrored: bool) -> Iterator[_Fit]:
    seen = read_markers(image, family, border)
    if len(seen.numbers) < _ENOUGH:
        return
    for columns in range(2, _WIDEST + 1):
        for legacy in (False, True) if border == 1 else (False,):
            cells = _cells(seen.numbers, columns, border, legacy=legacy)
            fit = _agreeing(seen, cells, -1 if border == TAG_BORDER else 1)
            if fit is not None:
                which, share = fit
                highest, rows = int(seen.numbers[which].max()), int(np.abs(cells[which, 1]).max()) + 1
                yield _Fit(family, border, columns, legacy, mirrored, int(which.sum()), highest, rows, share)


def _cells(numbers: Ids, columns: int, border: int, *, legacy: bool) -> Ids:
    """Return column and row of markers on a board that is so wide; of tags, rows count upwards."""
    if border == TAG_BORDER:
        return np.stack((numbers % columns, -(numbers // columns)), -1)
    rows = np.arange(2 * int(numbers.max()) // columns + 3)
    row, column = np.nonzero((rows[:, None] + np.arange(columns)) % 2 != int(legacy))
    return np.stack((column, row), -1)[numbers]


def _agreeing(seen: Markers, cells: Ids, up: int) -> tuple[NDArray[np.bool_], float] | None:
    """Return which markers are upright squares of one size in their cells, and that size; None of too few.

    The middles alone would not do: those of two rows of markers lie on some plane in any layout.
    """
    middles = carry(plane_of(seen.quads), np.full((len(cells), 1, 2), 0.5))[:, 0]
    near_px = 0.3 * float(np.median(sides_px(seen.quads)))
    plane, _ = cv2.findHomography(cells.astype(np.float64), middles, cv2.RANSAC, near_px)
    if plane is None or abs(np.linalg.det(plane)) < 1e-12:
        return None
    back = np.broadcast_to(np.linalg.inv(plane), (len(cells), 3, 3))
    around = carry(back, seen.quads) - cells[:, None]
    share = float(np.median(np.linalg.norm(around[:, 0] - around[:, 2], axis=-1)) / np.sqrt(2))
    off = np.abs(around - up * share * (UNIT - 0.5)).max((1, 2))
    which = off < _CLOSE
    return (which, share) if which.sum() >= max(_ENOUGH, 0.6 * len(cells)) and share < 1 else None


def _guess(fits: list[_Fit], named: Board) -> Guess:
    first, rows = fits[0], max(fit.rows for fit in fits)
    share = round(float(np.median([fit.share for fit in fits])), 2)
    board = Board(
        kind=BoardKind.APRILGRID if first.border == TAG_BORDER else BoardKind.CHARUCO,
        columns=first.columns,
        rows=max(2, rows + rows % 2 if first.legacy else rows),
        square_m=named.square_m,
        marker_m=round(share * named.square_m, 6),
        dictionary=_smallest(first.family, max(fit.highest for fit in fits), str(named.dictionary)),
        legacy=first.legacy,
    )
    return Guess(board, len(fits), first.mirrored)


def _smallest(family: str, highest: int, named: str) -> str:
    """Return the named family if the markers may be of it, or else the smallest."""
    stem = family.rpartition("_")[0]
    those = [
        name for name in FAMILIES if name.rpartition("_")[0] == stem and FAMILIES[name].markers > highest
    ]
    same_bits = [name for name in those if FAMILIES[name].bits == FAMILIES[family].bits]
    return named if named in same_bits else min(same_bits, key=lambda name: FAMILIES[name].markers)
