"""`ksync repair` as a command, and the whole way: record, kill, inspect, repair, read back."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.cli.main import run
from tests.cli.commands import CONFIGS, count_rows, ksync, run_ksync, wait_until
from tests.review.sets import LEFT, MASTER, write_set
from tests.takes.recorded import play

Printed = pytest.CaptureFixture[str]


def test_a_line_per_file_and_the_exit_code(tmp_path: Path, capsys: Printed) -> None:
    folder = write_set(tmp_path, [MASTER, replace(LEFT, unfinished=True)])
    assert run(["repair", str(folder)]) == 0
    out, err = capsys.readouterr()
    result = folder / "left.repaired.mkv"
    assert out == (
        f"front: whole already\nleft: repaired; it lacked size, index, duration; 60 COLOR in {result}\n"
    )
    assert err == ""
    assert run(["inspect", str(folder)]) == 0
    assert capsys.readouterr().err == ""
    before = result.read_bytes()
    assert run(["repair", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["findings"]) == ("whole", [])
    assert [each["result"] for each in report["files"]] == [None, str(result)]
    assert result.read_bytes() == before
    assert run(["repair", str(folder / "left.mkv"), "--in-place"]) == 0
    assert run(["repair", str(tmp_path / "missing.mkv")]) == 2
    (tmp_path / "empty.mkv").touch()
    assert run(["repair", str(tmp_path / "empty.mkv")]) == 2


@pytest.mark.realtime
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is told by its POSIX signal")
def test_killed_inspected_repaired_it_gives_back_every_image(tmp_path: Path) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    arguments = [
        "start",
        CONFIGS / "daisy_chain_3.yaml",
        "--simulate",
        "--name",
        "a",
        "-o",
        tmp_path,
        "--quiet",
    ]
    take = tmp_path / "a"
    with ksync(*arguments) as command:
        wait_until(lambda: count_rows(take) >= 20, "it records")
        for worker in command.workers():
            os.kill(worker.pid, 9)
        command.process.kill()
    before = run_ksync("inspect", take, "--json")
    found = before.report
    assert {each["code"] for each in found["findings"]} >= {"file-unfinished"}
    assert found["complete"] > 10
    original = {name: play(take / f"{name}.mkv").images for name in ("front", "left", "right")}
    repaired = run_ksync("repair", take)
    assert repaired.code == 0, repaired.err
    for name, images in original.items():
        assert play(take / f"{name}.repaired.mkv").images == images
    after = run_ksync("inspect", take, "--json").report
    assert (after["pulses"], after["complete"]) == (found["pulses"], found["complete"])
    assert all(each["complete"] for each in after["devices"])
