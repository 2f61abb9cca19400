"""A board laid out on a sheet: where it is black, in millimetres from the sheet's upper left corner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.detection.marker_bits import marker_bits
from kinect_sync.calibration.printing.papers import Paper
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import BOARD_TOO_LARGE

MARGIN_MM: Final = 9.0
"""Beside and above the pattern: printers leave 4 to 6 mm white, and markers at the edge need some."""
FOOTER_MM: Final = 17.0
"""Below the pattern, for what is written there."""
RULER_MM: Final = 100.0
TEXT_MM: Final = 3.2
"""Size of the letters."""


class Box(NamedTuple):
    """A black rectangle in millimetres."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A line of text; its letters stand on `y`."""

    x: float
    y: float
    text: str


class Sheet(NamedTuple):
    """What a printer prints."""

    board: Board
    size_mm: tuple[float, float]
    boxes: tuple[Box, ...]
    """All that is black, the board and the ruler; they touch, and do not overlap."""
    lines: tuple[Line, ...]


def lay_out(board: Board, paper: Paper | None) -> Sheet:
    """Lay a board out on paper, or on a sheet of its own size.

    Raises UsageError where it does not fit, or without a usable OpenCV.
    """
    left, top, width, height = _outline(board)
    needed = width + 2 * MARGIN_MM, height + MARGIN_MM + FOOTER_MM
    if paper is not None and not _fits(needed, paper):
        raise UsageError(_too_large(board, paper, (width, height)))
    size = needed if paper is None else _turned(paper, needed)
    x, y = (size[0] - width) / 2, MARGIN_MM + (size[1] - needed[1]) / 2
    pattern = [Box(x - left + box.x, y - top + box.y, box.width, box.height) for box in _black(board)]
    ruler, lines = _footer(board, min(x, 2 * MARGIN_MM), y + height)
    return Sheet(board, size, (*pattern, *ruler), (*lines, Line(x, y - 3.0, "this side up")))


def _footer(board: Board, x: float, below: float) -> tuple[tuple[Box, ...], tuple[Line, ...]]:
    """Return the line that shows whether the print is of true size, and what is written beside it."""
    ruler = Box(x, below + 9.0, RULER_MM, 0.4)
    ticks = (Box(x, below + 7.0, 0.2, 2.0), Box(x + RULER_MM - 0.2, below + 7.0, 0.2, 2.0))
    told = Line(
        x, below + 13.5, f"Print at 100 %, and measure this line on the print: it has {RULER_MM:g} mm."
    )
    return (ruler, *ticks), (Line(x + RULER_MM + 6, below + 9.4, board.id), told)


def fitting_paper(board: Board) -> Paper | None:
    """Return the smallest paper that a board fits; None where it fits none."""
    _, _, width, height = _outline(board)
    needed = width + 2 * MARGIN_MM, height + MARGIN_MM + FOOTER_MM
    return next((paper for paper in Paper if _fits(needed, paper)), None)


def _fits(needed_mm: tuple[float, float], paper: Paper) -> bool:
    return all(each <= room + 1e-6 for each, room in zip(needed_mm, _turned(paper, needed_mm), strict=True))


def _turned(paper: Paper, needed_mm: tuple[float, float]) -> tuple[float, float]:
    """Return the size of the paper as it has to lie: upright where what it is needed for is."""
    width, height = paper.size_mm
    return (height, width) if needed_mm[1] > needed_mm[0] else (width, height)


def _outline(board: Board) -> tuple[float, float, float, float]:
    """Return where the pattern begins in the board's frame, and its size."""
    width, height = (1000 * each for each in board.size_m)
    gap = 1000 * board.gap_m if board.kind is BoardKind.APRILGRID else 0.0
    return -gap, -gap, width + gap, height + gap


def _black(board: Board) -> Iterator[Box]:
    """Return all that is black in the board's frame, in millimetres."""
    square = 1000 * board.square_m
    if board.kind is BoardKind.APRILGRID:
        gap = 1000 * board.gap_m
        for row in range(board.rows + 1):
            for column in range(board.columns + 1):
                yield Box(column * square - gap, row * square - gap, gap, gap)
    else:
        for row in range(board.rows):
            for column in range(board.columns):
                if board.is_black(column, row):
                    yield Box(column * square, row * square, square, square)
    if board.marker_m is not None:
        yield from _markers(board, 1000 * board.marker_m)


def _markers(board: Board, side: float) -> Iterator[Box]:
    """Return the black runs of the rows of each marker."""
    edge = 0.0 if board.kind is BoardKind.APRILGRID else 1000 * board.gap_m
    bits = marker_bits(board)
    step = side / bits.shape[1]
    for (column, row), marker in zip(board.marker_cells.tolist(), bits.tolist(), strict=True):
        x, y = 1000 * board.square_m * column + edge, 1000 * board.square_m * row + edge
        for number, cells in enumerate(marker):
            for first, last in _runs(cells):
                yield Box(x + first * step, y + number * step, (last - first) * step, step)


def _runs(cells: list[bool]) -> Iterator[tuple[int, int]]:
    """Return where runs of black begin and end."""
    first: int | None = None
    for at, white in enumerate([*cells, True]):
        if not white and first is None:
            first = at
        elif white and first is not None:
            yield first, at
            first = None


def _too_large(board: Board, paper: Paper, size: tuple[float, float]) -> Finding:
    width, height = _turned(paper, size)
    room = f"{width - 2 * MARGIN_MM:.0f} × {height - MARGIN_MM - FOOTER_MM:.0f} mm"
    what = f"{board.id} is {size[0]:.0f} × {size[1]:.0f} mm, and {paper} has room for {room}"
    return BOARD_TOO_LARGE.found(what)
