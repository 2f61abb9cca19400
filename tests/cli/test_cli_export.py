from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ksync, run_interrupted, run_ksync, wait_until
from tests.cli.crowd import fresh_folders
from tests.review.small_takes import make_take


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(
        tmp_path_factory.mktemp("takes") / "one", pulses=3, holes={"left": {1: "sensor_dropped"}}
    )


def test_json_is_all_of_stdout_and_counts_add_up(take: Path, tmp_path: Path) -> None:
    done = run_ksync("export", take, "-o", tmp_path / "out", "--json")
    assert done.code == 0
    assert done.err == ""
    assert done.report["rows"] == 2
    assert done.report["written"] == len(list((tmp_path / "out").rglob("0*")))
    assert done.report["devices"] == ["front", "left", "right"]


def test_the_line_for_people_says_what_was_made_and_what_was_kept(take: Path, tmp_path: Path) -> None:
    first = run_ksync("export", take, "-o", tmp_path / "out", "--what", "depth", "--devices", "front")
    assert first.out.startswith("3 pulses of 1 devices: 3 files written")
    again = run_ksync("export", take, "-o", tmp_path / "out", "--what", "depth", "--devices", "front")
    assert "0 files written (0.0 MB), 3 kept" in again.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--what", "colour"], "'colour' is not among color", id="a part that there is not"),
        pytest.param(["--devices", "rear"], "no device rear", id="a device that there is not"),
        pytest.param(["--every", "0"], "--every", id="every 0th"),
        pytest.param(["--start", "-1"], "--start", id="a pulse before the first"),
        pytest.param(["--start", "2", "--stop", "2"], "nothing to export", id="an end before the start"),
        pytest.param(["--devices", " ,"], "name at least one", id="no device"),
    ],
)
def test_what_can_not_be_done_is_exit_2_and_makes_nothing(
    take: Path, tmp_path: Path, arguments: list[str], told: str
) -> None:
    done = run_ksync("export", take, "-o", tmp_path / "out", *arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""
    assert not (tmp_path / "out").exists()


def test_a_folder_of_bare_recordings_names_the_command_that_helps(take: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "front.mkv").write_bytes((take / "front.mkv").read_bytes())
    done = run_ksync("export", tmp_path / "bare", "-o", tmp_path / "out")
    assert done.code == 2
    assert f"`ksync inspect {tmp_path / 'bare'} --rebuild`" in done.err


def files_of_killed(take: Path, out: Path) -> int:
    """Kill an export once it has begun; return how many images it has made."""
    with ksync("export", take, "-o", out, "--jobs", "2", "--what", "color,depth,ir") as command:
        wait_until(lambda: len(list(out.rglob("*.png"))) > 20, "the export has begun")
        os.kill(command.process.pid, 9)
        command.process.wait()
        wait_until(lambda: not command.processes(), "the processes of the export have ended")
    return sum(1 for path in out.rglob("0*") if path.suffix in (".png", ".jpg"))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX signal")
def test_killed_in_the_middle_it_leaves_whole_files_no_process_and_can_go_on(tmp_path: Path) -> None:
    take, whole = make_take(tmp_path / "take", pulses=60), tmp_path / "whole"
    for out in fresh_folders(tmp_path):
        if (there := files_of_killed(take, out)) < 60 * 9:
            break
    assert there < 60 * 9, "the export was faster than the kill"
    done = run_ksync("export", take, "-o", out, "--json", "--what", "color,depth,ir")
    assert done.code == 0
    assert done.report["kept"] == there
    assert done.report["kept"] + done.report["written"] == 60 * 9
    assert run_ksync("export", take, "-o", whole, "--what", "color,depth,ir").code == 0
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file()) == files
    assert [path for path in files if (out / path).read_bytes() != (whole / path).read_bytes()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a POSIX process group")
def test_ctrl_c_while_its_processes_begin_is_130_and_says_nothing(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=60)
    for out in fresh_folders(tmp_path):
        ended = run_interrupted("export", take, "-o", out, "--jobs", "2", "--quiet")
        if not ended.out:  # or else the export was faster
            break
    assert (ended.code, ended.out, ended.err, ended.left) == (130, "", "", [])


def test_the_take_stays_as_it_is(take: Path, tmp_path: Path) -> None:
    before = {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in take.iterdir()}
    run_ksync("export", take, "-o", tmp_path / "out")
    assert {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in take.iterdir()} == before
    assert json.loads((tmp_path / "out" / "export.json").read_text())["take"] == "one"
