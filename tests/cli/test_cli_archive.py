"""`ksync archive` and `ksync restore` as an operator sees them."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from kinect_sync.takes.mkv.reader import read_recording
from tests.cli.commands import ksync, run_ksync, wait_until
from tests.cli.crowd import fresh_folders
from tests.cli.in_process import Run
from tests.review.small_takes import make_take


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=2)


def test_a_take_is_archived_beside_itself_and_restored_in_its_place(
    run: Run, take: Path, tmp_path: Path
) -> None:
    done = run("archive", take, "--codec", "png")
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"archive: {take}.archive"
    assert "and read back" in done.out
    assert run("archive", f"{take}.archive", "--verify").out.splitlines()[-2].startswith("whole: ")
    moved = Path(shutil.move(take, tmp_path / "moved"))
    done = run("restore", f"{take}.archive", "--json")
    assert (done.code, done.report["verdict"], done.report["directory"]) == (0, "restored", str(take))
    for path in moved.iterdir():
        assert (take / path.name).read_bytes() == path.read_bytes()


def test_a_damaged_archive_is_exit_1_and_names_device_pulse_and_image(
    run: Run, take: Path, tmp_path: Path
) -> None:
    assert run("archive", take, "-o", tmp_path / "a", "--codec", "png").code == 0
    path = tmp_path / "a" / "left.mkv"
    blocks = read_recording(path).tracks["DEPTH"]
    data = bytearray(path.read_bytes())
    data[int(blocks.offsets[1]) + 300] ^= 1
    path.write_bytes(data)
    done = run("archive", tmp_path / "a", "--verify", "--json")
    assert (done.code, done.report["verdict"]) == (1, "bad")
    (lost,) = done.report["lost"]
    assert (lost["device"], lost["pulse"], lost["track"]) == ("left", 1, "DEPTH")
    done = run("restore", tmp_path / "a", "-o", tmp_path / "b")
    assert done.code == 1
    assert "left: depth of pulse 1 is damaged" in done.err
    assert sorted(path.name for path in (tmp_path / "b").glob("*.mkv")) == [
        "front.mkv",
        "left.mkv",
        "right.mkv",
    ]


def test_options_that_exclude_each_other_are_exit_2(run: Run, take: Path, tmp_path: Path) -> None:
    done = run("archive", take, "--verify", "--remove-originals")
    assert (done.code, done.out) == (2, "")
    assert "--remove-originals" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX signal")
def test_killed_in_the_middle_it_leaves_whole_files_and_can_go_on(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=40)
    for out in fresh_folders(tmp_path):
        with ksync("archive", take, "-o", out, "--codec", "png") as command:
            wait_until((out / "front.mkv").exists, "the first recording is archived")
            os.kill(command.process.pid, signal.SIGKILL)
            command.process.wait()
        if not (out / "right.mkv").exists():
            break
    assert not (out / "right.mkv").exists(), "the archive was faster than the kill"
    done = run_ksync("archive", take, "-o", out, "--codec", "png", "--json")
    assert done.code == 0
    assert {file["name"]: file["state"] for file in done.report["files"]}["front.mkv"] == "kept"
    assert not list(out.glob(".*"))
