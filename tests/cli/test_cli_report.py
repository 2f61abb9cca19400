from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.commands import run_ksync
from tests.review.small_takes import make_take


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {1: "sensor_dropped"}, "right": {2: "half_capture"}}
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=5, holes=holes)


def test_the_page_is_written_beside_the_recordings_or_where_it_is_wanted(take: Path, tmp_path: Path) -> None:
    done = run_ksync("report", take)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"report: {take / 'report.html'}\n"
    page = tmp_path / "page.html"
    assert run_ksync("report", take, "-o", page).code == 0
    page.write_text(page.read_text(encoding="utf-8")[:200], encoding="utf-8")
    assert run_ksync("report", take, "-o", page).code == 0
    assert page.read_text(encoding="utf-8").endswith("</html>\n")


@pytest.mark.parametrize("name", ["front.mkv", "take.json", "alignment.csv", "notes.html"])
def test_what_is_no_report_is_never_overwritten(take: Path, name: str) -> None:
    path = take / name
    if not path.exists():
        path.write_text("what I saw")
    before = path.read_bytes()
    done = run_ksync("report", take, "-o", path)
    assert done.code == 2
    assert f"error: {path} exists, and is no report; give another name with -o" in done.err
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="a device is a POSIX path")
def test_a_page_may_go_to_a_device(take: Path) -> None:
    done = run_ksync("report", take, "-o", "/dev/stdout")
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert Path("/dev/stdout").exists()


def test_what_is_no_take_is_exit_2(tmp_path: Path) -> None:
    done = run_ksync("report", tmp_path, "-o", tmp_path / "page.html")
    assert done.code == 2
    assert "is not the folder of a take" in done.err
    assert not (tmp_path / "page.html").exists()


def test_a_folder_that_is_not_there_is_exit_2(take: Path, tmp_path: Path) -> None:
    done = run_ksync("report", take, "-o", tmp_path / "nowhere" / "page.html")
    assert done.code == 2
    assert "cannot be written" in done.err
