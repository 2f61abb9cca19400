"""`ksync board`: what is written, and what is refused."""

from __future__ import annotations

import json
import sys

import pytest

from kinect_sync.calibration.detection.opencv import require_opencv
from kinect_sync.cli import main
from kinect_sync.cli.exit_codes import ExitCode


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main.run(["board", *arguments])
    return code, *capsys.readouterr()


def test_a_board_is_written_under_the_name_of_its_layout(capsys, folder):
    code, out, err = run(capsys, "A3")
    assert (code, err) == (ExitCode.YES, "")
    (written,) = folder.iterdir()
    assert written.name == "charuco-6x4-66-49.5-DICT_5X5_100.pdf"
    assert written.read_bytes().startswith(b"%PDF-1.4")
    assert "420 × 297 mm, A3" in out
    assert "100 %" in out
    assert "2.0 m in color 720p" in out


def test_options_change_the_layout_and_it_goes_on_the_smallest_paper(capsys, folder):
    code, out, _ = run(capsys, "A3", "--columns", "7", "--rows", "5", "--square", "36", "--marker", "27",
                       "--dictionary", "DICT_5X5_100", "-o", "own.svg", "--json")  # fmt: skip
    report = json.loads(out)
    assert (code, report["verdict"], report["file"]) == (ExitCode.YES, "good", "own.svg")
    assert [(each["id"], each["paper"]) for each in report["boards"]] == [
        ("charuco-7x5-36-27-DICT_5X5_100", "A4")
    ]
    assert b'width="297mm" height="210mm"' in (folder / "own.svg").read_bytes()


def test_a_file_that_exists_stays(capsys, folder):
    (folder / "board.pdf").write_text("mine")
    code, out, err = run(capsys, "A4", "-o", "board.pdf")
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "board.pdf exists" in err
    assert (folder / "board.pdf").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        (["A5"], "A5 is no id of a board"),
        (["A4", "-o", "board.png"], ".pdf or .svg"),
        (["A4", "-o", "no/such/board.pdf"], "cannot be written"),
        (["A2", "--paper", "A4"], "A4 has room for 279 × 184 mm"),
        (["A4", "--marker", "60"], "a marker is smaller than its square"),
        (["A4", "--dictionary", "DICT_9X9"], "no family of markers"),
        (["A4", "--columns", "1"], "1 is not in the range"),
        ([], "Name a board"),
        (["A4", "--list"], "Name a board"),
    ],
)
def test_what_cannot_be_printed_is_code_2(capsys, folder, arguments, piece):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert piece in err
    assert not list(folder.iterdir())


def test_the_list_says_which_board_for_which_distance(capsys):
    code, out, _ = run(capsys, "--list")
    assert code == ExitCode.YES
    assert [line.split()[:2] for line in out.splitlines()[1:5]] == [
        ["A4", "charuco-6x4-45-33.75-DICT_5X5_100"],
        ["A3", "charuco-6x4-66-49.5-DICT_5X5_100"],
        ["A2", "charuco-6x4-95-71.25-DICT_5X5_100"],
        ["A1", "charuco-8x5-100-75-DICT_5X5_100"],
    ]
    assert "3.1 m" in out.splitlines()[4]
    reports = json.loads(run(capsys, "--list", "--json")[1])
    assert (len(reports["boards"]), reports["file"]) == (4, None)


def test_without_opencv_there_is_a_list_and_no_drawing(capsys, monkeypatch):
    require_opencv.cache_clear()
    monkeypatch.setitem(sys.modules, "cv2", None)
    code, _, err = run(capsys, "A4")
    require_opencv.cache_clear()
    assert code == ExitCode.REFUSED
    assert 'pip install "kinect-sync[calibrate]"' in err
    assert run(capsys, "--list")[0] == ExitCode.YES
