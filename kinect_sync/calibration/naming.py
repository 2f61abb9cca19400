"""The board that an operator names: by its id, by the paper it was printed on, or by a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.printing.papers import Paper
from kinect_sync.errors import UsageError
from kinect_sync.files import read_named
from kinect_sync.findings.calibration import BOARD_UNKNOWN
from kinect_sync.values import first_mistake

MOST_NBYTES = 1 << 20
"""Of a file; what describes a board has some lines."""


def name_board(text: str) -> Board:
    """Return the board that is meant by an id, a size of paper, or the path of a JSON or YAML file.

    A file has the fields of a board, or one field `id`; also Kalibr's own target files are understood. Raises
    UsageError where there is no such board, with the reason.
    """
    paper = text.strip().upper()
    if paper in Paper.__members__:
        return Paper[paper].board
    try:
        if Path(text).suffix.lower() in (".json", ".yaml", ".yml"):
            return _described(_read(Path(text)))
        return Board.from_id(text)
    except (ValueError, OSError) as error:
        raise UsageError(BOARD_UNKNOWN.found(f"{text}: {_reason(error)}")) from error


def change_board(board: Board, **changes: Any) -> Board:
    """Return a board with some fields changed; a marker follows its square, unless it is given.

    What is None stays. Raises UsageError where that is no board.
    """
    wanted = {name: value for name, value in changes.items() if value is not None}
    if "square_m" in wanted and board.marker_m is not None:
        wanted.setdefault("marker_m", round(board.marker_m / board.square_m * wanted["square_m"], 9))
    try:
        return Board.model_validate({**board.model_dump(), **wanted})
    except ValueError as error:
        raise UsageError(BOARD_UNKNOWN.found(f"a board as asked for is none: {_reason(error)}")) from error


def _read(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(read_named(path, MOST_NBYTES).decode())
    except (YAMLError, RecursionError) as error:
        raise ValueError("the file is neither JSON nor YAML") from error


def _described(content: Any) -> Board:
    if not isinstance(content, dict):
        raise ValueError("the file describes no board")
    if set(content) == {"id"}:
        return Board.from_id(str(content["id"]))
    if "target_type" in content:
        return _of_kalibr(content)
    return Board.model_validate(content)


def _of_kalibr(content: dict[str, Any]) -> Board:
    """Read a target of Kalibr: sizes in metres, spacing in sides of a tag, chessboards by inner corners."""
    try:
        if content["target_type"] == "aprilgrid":
            side, spacing = float(content["tagSize"]), float(content["tagSpacing"])
            return Board(
                kind=BoardKind.APRILGRID, columns=content["tagCols"], rows=content["tagRows"],
                square_m=round(side * (1 + spacing), 9), marker_m=side, dictionary="DICT_APRILTAG_36h11",
            )  # fmt: skip
        if content["target_type"] == "checkerboard":
            square, other = content["colSpacingMeters"], content["rowSpacingMeters"]
            if square != other:
                raise ValueError("the squares of a chessboard are as wide as high")
            columns, rows = content["targetCols"] + 1, content["targetRows"] + 1
            return Board(kind=BoardKind.CHESSBOARD, columns=columns, rows=rows, square_m=square)
    except (KeyError, TypeError) as error:
        raise ValueError(f"the target of Kalibr lacks {error}, or it is no number") from error
    raise ValueError(
        f"targets of Kalibr that are known are aprilgrid and checkerboard, not {content['target_type']}"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        place, reason = first_mistake(error)
        return f"{place}: {reason}" if place else reason
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8"
    return str(getattr(error, "strerror", None) or error)
