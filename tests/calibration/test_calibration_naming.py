"""Boards by what an operator calls them."""

from __future__ import annotations

import json

import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.naming import change_board, name_board
from kinect_sync.calibration.printing.papers import Paper
from kinect_sync.errors import UsageError

OWN = Board.from_id("charuco-14x9-40-30-DICT_5X5_250")


def test_a_board_is_named_by_paper_by_id_and_by_file(tmp_path):
    assert name_board("a3") == Paper.A3.board
    assert name_board(OWN.id) == OWN
    for name, text in (
        ("board.json", OWN.model_dump_json()),
        (
            "board.yaml",
            "kind: charuco\ncolumns: 14\nrows: 9\nsquare_m: .04\nmarker_m: .03\ndictionary: dict_5x5_250\n",
        ),
        ("id.yml", f"id: {OWN.id}\n"),
        ("id.JSON", json.dumps({"id": OWN.id})),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert name_board(str(tmp_path / name)) == OWN, name


def test_targets_of_kalibr_are_understood(tmp_path):
    grid, chess = tmp_path / "april.yaml", tmp_path / "chess.yaml"
    grid.write_text("target_type: 'aprilgrid'\ntagCols: 6\ntagRows: 5\ntagSize: 0.088\ntagSpacing: 0.3\n")
    chess.write_text(
        "target_type: checkerboard\ntargetCols: 8\ntargetRows: 5\n"
        "rowSpacingMeters: 0.06\ncolSpacingMeters: 0.06\n"
    )
    assert name_board(str(grid)).id == "aprilgrid-6x5-114.4-88-DICT_APRILTAG_36h11"
    assert name_board(str(chess)).id == "chessboard-9x6-60"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("none.json", None, "No such file"),
        ("no.yaml", "a: [", "neither JSON nor YAML"),
        ("list.json", "[1, 2]", "describes no board"),
        ("odd.json", '{"kind": "charuco", "columns": 5}', "rows: Field required"),
        ("more.yaml", "kind: chessboard\ncolumns: 9\nrows: 6\nsquare_m: 0.03\ncolour: red\n", "colour"),
        ("circle.yaml", "target_type: circlegrid\n", "not circlegrid"),
        ("april.yaml", "target_type: aprilgrid\ntagCols: 6\n", "lacks 'tagSize'"),
        ("wide.yaml", "target_type: checkerboard\ntargetCols: 6\ntargetRows: 5\n"
         "rowSpacingMeters: 0.05\ncolSpacingMeters: 0.06\n", "as wide as high"),
        ("latin.yaml", "kind: \udcff", "not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_board_is_refused_with_its_reason(tmp_path, name, text, why):
    path = tmp_path / name
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=why) as refused:
        name_board(str(path))
    assert refused.value.findings[0].code == "board-unknown"


def test_a_changed_board_keeps_its_proportions():
    changed = change_board(Paper.A4.board, square_m=0.06, columns=7)
    assert changed.id == "charuco-7x4-60-45-DICT_5X5_100"
    assert change_board(changed, square_m=0.05, marker_m=0.03).marker_m == 0.03
    with pytest.raises(UsageError, match="needs 200 markers"):
        change_board(changed, columns=20, rows=20)
