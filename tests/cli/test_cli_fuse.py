from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.commands import Ended, ksync, run_ksync, wait_until
from tests.cli.crowd import fresh_folders
from tests.cli.in_process import Run
from tests.review.exported import parse_ply
from tests.review.fused import STANDING, calibration_of, put_beside
from tests.review.small_takes import SERIALS, make_take

PULSES = 20
"""So many take longer than a kill."""


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    take = make_take(tmp_path_factory.mktemp("takes") / "one", pulses=PULSES)
    put_beside(take, calibration_of(dict.fromkeys(SERIALS, STANDING)))
    return take


def test_the_line_for_people_says_what_was_made_and_what_was_kept(
    take: Path, tmp_path: Path, run: Run
) -> None:
    arguments = ("fuse", take, "-o", tmp_path / "out", "--devices", "front", "--view", "front.depth",
                 "--stop", "2")  # fmt: skip
    assert "2 pulses of 1 devices: 6 files written" in run(*arguments).out
    assert "0 files written (0.0 MB, 0.0 M points), 6 kept" in run(*arguments).out


def test_where_nothing_could_be_fused_a_script_is_told(take: Path, tmp_path: Path, run: Run) -> None:
    done = run("fuse", take, "-o", tmp_path / "out", "--start", PULSES)
    assert (done.code, "no pulse was fused" in done.err) == (1, True), done


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--crop", "0,1,0,1,0"], "not six numbers", id="a box of five"),
        pytest.param(["--crop", "0,1,0,nan,0,1"], "not six numbers", id="a box of what is no number"),
        pytest.param(["--crop", "1,0,0,1,0,1"], "holds nothing", id="a box that is inside out"),
        pytest.param(["--voxel", "0"], "--voxel", id="cubes without a side"),
        pytest.param(["--grazing", "91"], "--grazing", id="more than grazing"),
        pytest.param(["--floor", "inf"], "--floor", id="a floor in the sky"),
        pytest.param(["--view", "front"], "names no camera", id="a device, and no camera of it"),
        pytest.param(["--view", "rear.color"], "no device rear", id="a camera of nobody"),
        pytest.param(["--clouds", "none"], "nothing to make", id="nothing at all"),
        pytest.param(["--start", "2", "--stop", "2"], "nothing to fuse", id="an end before the start"),
        pytest.param(["--calibration", "nowhere.json"], "nowhere.json", id="a calibration that is not there"),
    ],
)
def test_what_can_not_be_done_is_exit_2_and_makes_nothing(
    take: Path, tmp_path: Path, run: Run, arguments: list[str], told: str
) -> None:
    done = run("fuse", take, "-o", tmp_path / "out", *arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""
    assert not (tmp_path / "out").exists()


def clouds_of_killed(take: Path, out: Path) -> list[Path]:
    """Kill a fusion once it has begun; return the clouds that it has made."""
    with ksync("fuse", take, "-o", out, "--jobs", "2") as command:
        wait_until(lambda: len(list(out.rglob("*.ply"))) > 1, "the fusion has begun")
        os.kill(command.process.pid, 9)
        command.process.wait()
        wait_until(lambda: not command.processes(), "the processes of the fusion have ended")
    return list((out / "clouds").glob("0*.ply"))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX signal")
def test_killed_in_the_middle_it_leaves_whole_clouds_no_process_and_can_go_on(
    take: Path, tmp_path: Path
) -> None:
    for out in fresh_folders(tmp_path):
        if len(clouds := clouds_of_killed(take, out)) < PULSES:
            break
    assert len(clouds) < PULSES, "the fusion was faster than the kill"
    assert all(len(parse_ply(cloud.read_bytes())) > 100_000 for cloud in clouds)
    done = run_ksync("fuse", take, "-o", out, "--json")
    assert done.code == 0
    assert (done.report["kept"], done.report["written"]) == (len(clouds), PULSES - len(clouds))
    assert not list(out.rglob("*.part"))


def interrupted(take: Path, out: Path) -> Ended:
    """Interrupt a fusion once it has begun."""
    with ksync("fuse", take, "-o", out, "--jobs", "2", "--quiet", start_new_session=True) as command:
        wait_until(lambda: len(list(out.rglob("*.ply"))) > 1, "the fusion has begun")
        os.killpg(command.process.pid, signal.SIGINT)
        return command.finish()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a POSIX process group")
def test_ctrl_c_is_130_and_leaves_no_process(take: Path, tmp_path: Path) -> None:
    for out in fresh_folders(tmp_path):
        ended = interrupted(take, out)
        if not ended.out:  # or else the fusion was faster
            break
    assert (ended.code, ended.out, ended.err, ended.left) == (130, "", "", [])
    assert not list(out.rglob("*.part"))
