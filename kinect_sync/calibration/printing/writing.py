"""Write a board for the printer, and say which there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.printing.papers import SIGHTS, Paper, reach_m
from kinect_sync.calibration.printing.pdf import draw_pdf
from kinect_sync.calibration.printing.sheet import RULER_MM, lay_out
from kinect_sync.calibration.printing.svg import draw_svg
from kinect_sync.errors import UsageError
from kinect_sync.files import create_file
from kinect_sync.findings.output import FILE_EXISTS, FILE_NOT_WRITTEN, NOT_A_FIGURE
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words

_DRAWN: Final = {".pdf": draw_pdf, ".svg": draw_svg}


class Reach(Value):
    """How far away a board is read in one mode."""

    mode: str
    """The camera and its mode."""
    up_to_m: float
    """Distance up to which nearly every marker of a board that faces the camera is read."""


class PrintedBoard(Value):
    """A board that can be printed."""

    paper: Paper | None
    """null where the page has the board's own size."""
    id: str
    """The id of its layout, as it stands on the print; `--board` takes it."""
    layout: Board
    """The same in its parts."""
    page_mm: tuple[float, float]
    """Width and height of the page."""
    pattern_mm: tuple[float, float]
    """Width and height of the squares."""
    reach: tuple[Reach, ...]
    """How far away it is read; empty where it has no markers."""


class BoardReport(Report):
    """What `ksync board --json` prints."""

    report: Literal["board"] = "board"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: the board was written, or there was only something to list."""
    boards: tuple[PrintedBoard, ...] = ()
    """The board that was written, or all that have a paper of their own."""
    file: str | None = None
    """The file that was written; null for a list."""
    ruler_mm: float = RULER_MM
    """Length of the line below the board, which is to be measured on the print."""


def list_boards() -> BoardReport:
    """Return the boards that have a paper of their own, and how far each reaches."""
    boards = tuple(_printed(paper.board, paper, paper.size_mm) for paper in Paper)
    return BoardReport(verdict=Verdict.GOOD, findings=(), boards=boards)


def write_board(board: Board, paper: Paper | None, output: Path) -> BoardReport:
    """Write a board as `.pdf` or `.svg`.

    Raises UsageError where the file exists, has another ending or can't be written, where the board does not
    fit the paper, or without a usable OpenCV.
    """
    draw = _DRAWN.get(output.suffix.lower())
    if draw is None:
        remedy = f"let it end in {' or '.join(_DRAWN)}"
        raise UsageError(NOT_A_FIGURE.found(f"{output} is not the name of a sheet to print", remedy=remedy))
    sheet = lay_out(board, paper)
    try:
        create_file(output, draw(sheet))
    except FileExistsError:
        raise UsageError(FILE_EXISTS.found(f"{output} exists", remedy="choose another name")) from None
    except OSError as error:
        what = f"{output} cannot be written: {error.strerror or error}"
        raise UsageError(FILE_NOT_WRITTEN.found(what)) from error
    printed = _printed(board, paper, sheet.size_mm)
    return BoardReport(verdict=Verdict.GOOD, findings=(), boards=(printed,), file=str(output))


def _printed(board: Board, paper: Paper | None, page_mm: tuple[float, float]) -> PrintedBoard:
    width, height = board.size_m
    told = ((sight.name, reach_m(board, sight)) for sight in SIGHTS)
    return PrintedBoard(
        paper=paper,
        id=board.id,
        layout=board,
        page_mm=(round(page_mm[0], 3), round(page_mm[1], 3)),
        pattern_mm=(round(1000 * width, 3), round(1000 * height, 3)),
        reach=tuple(Reach(mode=name, up_to_m=up_to) for name, up_to in told if up_to is not None),
    )
