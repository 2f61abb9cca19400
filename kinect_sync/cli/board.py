"""`ksync board`: the board to calibrate with, for a printer."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.calibration.naming import change_board, name_board
from kinect_sync.calibration.printing.papers import Paper
from kinect_sync.calibration.printing.sheet import fitting_paper
from kinect_sync.calibration.printing.writing import BoardReport, PrintedBoard, list_boards, write_board
from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import Number, Whole, json_option, output_file_option
from kinect_sync.cli.saying import say

_MM = Number(min=0, min_open=True, max=2000)
_SQUARES = Whole(min=2, max=100)
_NAMES = [str(paper) for paper in Paper]


@click.command(epilog="Exit codes: 0 written or listed; 2 usage, no such board, or OpenCV is missing.")
@click.argument("board", metavar="[BOARD]", required=False)
@click.option("--list", "listed", is_flag=True, help="List the boards, and from how far they are read.")
@output_file_option("the board, a .pdf or .svg,", default="a .pdf named as the layout")
@click.option("--paper", type=click.Choice(_NAMES), help="Paper to put it on.",
              show_default="the smallest that it fits, or a page of its own size")  # fmt: skip
@click.option("--columns", metavar="N", type=_SQUARES, help="Squares in a row.")
@click.option("--rows", metavar="N", type=_SQUARES, help="Squares in a column.")
@click.option("--square", metavar="MM", type=_MM, help="Side of a square.")
@click.option("--marker", metavar="MM", type=_MM, help="Side of a marker.", show_default="in proportion")
@click.option("--dictionary", metavar="NAME", help="Family of the markers, by OpenCV's name.")
@json_option
def board(
    board: str | None, output: Path | None, paper: str | None, columns: int | None, rows: int | None,
    square: float | None, marker: float | None, dictionary: str | None, *, listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Draw BOARD, the board that is walked through a rig to calibrate it, at its true size.

    BOARD is a size of paper from A4 to A1, the id of a layout, or a file that describes one. Options change
    that layout. Print it at 100 %, without fitting to the page; the line below the board shows whether that
    went well. A file that exists is never replaced.
    """
    if (board is None) != listed:
        raise click.UsageError("Name a board, as `ksync board A3`, or ask for the --list.")

    def work() -> BoardReport:
        if board is None:
            return list_boards()
        layout = change_board(
            name_board(board), columns=columns, rows=rows, square_m=_metres(square), marker_m=_metres(marker),
            dictionary=dictionary,
        )  # fmt: skip
        on = Paper(paper) if paper else fitting_paper(layout)
        return write_board(layout, on, output or Path(f"{layout.id}.pdf"))

    answer(BoardReport, work, _show_list if listed else _show_written, as_json=as_json)


def _metres(millimetres: float | None) -> float | None:
    return None if millimetres is None else round(millimetres / 1000, 9)


def _show_written(report: BoardReport) -> None:
    (printed,) = report.boards
    width, height = (f"{each:g}" for each in printed.page_mm)
    page = f"{width} × {height} mm" + (f", {printed.paper}" if printed.paper else "")
    say(f"{report.file}: {printed.id} on {page}")
    say(f"print it at 100 %, and measure the line below the board: {report.ruler_mm:g} mm")
    if printed.reach:
        say("read up to " + ", ".join(f"{each.up_to_m:.1f} m in {each.mode}" for each in printed.reach))


def _show_list(report: BoardReport) -> None:
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    console = stdout_console()
    modes = [each.mode for each in report.boards[0].reach]
    show_rows(["paper", "layout", *modes], list(map(_row, report.boards)), console)
    say(_RULE)


def _row(printed: PrintedBoard) -> list[str]:
    return [str(printed.paper), printed.id, *(f"{each.up_to_m:.1f} m" for each in printed.reach)]


_RULE = (
    "Up to there nearly every marker of a board that faces the camera is read: in color 720p, a square\n"
    "takes 33 mm for each metre. Choose by the camera that sees the board smallest."
)
