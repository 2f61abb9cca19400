"""`ksync inspect` as a command: output, exit codes, and sets that libk4arecord made over virtual Kinects."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.cli.main import run
from kinect_sync.review.examining import examine
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.manifest import INDEX, MANIFEST, Manifest
from tests.cli.commands import CONFIGS, ROOT, run_ksync
from tests.review.sets import LEFT, MASTER, RIGHT, write_set
from tests.virtual_k4a.bench import VirtualBench, chain
from tests.virtual_k4a.fixtures import MakeBench

REAL = ROOT.parent / "shared" / "data" / "recording.mkv"
SERIALS = ("000123456712", "000234567812", "000345678912")
Printed = pytest.CaptureFixture[str]


def test_results_go_to_stdout_and_findings_to_stderr(tmp_path: Path, capsys: Printed) -> None:
    folder = write_set(tmp_path, [MASTER, replace(LEFT, drop=(10, 11)), replace(RIGHT, calibrated=False)])
    assert run(["inspect", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("incomplete: 58 of 60 pulses complete, 2.0 s at 30 per second\n")
    assert "left lacks pulse 10 to 11 at 0.3 s (not recorded)" in out
    assert "error: left: 2 of 60 captures are not in the file" in err
    assert "warning: right: it holds no calibration" in err


def test_json_is_one_report_and_nothing_else(tmp_path: Path, capsys: Printed) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    assert run(["inspect", "--json", str(folder / "front.mkv"), str(folder / "left.mkv")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["take"], report["aligned_by"]) == ("in_sync", None, "device_clock")
    assert [device["captures"] for device in report["devices"]] == [60, 60]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["missing"], "there is nothing at"), (["empty"], "no MKV file"), ([], "Missing argument"),
     (["front.mkv", "--rebuild"], "writes into a folder")],
)  # fmt: skip
def test_what_can_not_be_inspected_is_2(
    tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    write_set(tmp_path, [MASTER])
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["inspect", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_more_drops_may_be_allowed(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [MASTER, replace(LEFT, drop=(10, 11))])
    assert run(["inspect", str(folder)]) == 1
    assert run(["inspect", str(folder), "--max-drop-percent", "5"]) == 0


def test_a_folder_of_recordings_becomes_a_take(tmp_path: Path, capsys: Printed) -> None:
    folder = write_set(tmp_path / "studio a", [MASTER, replace(LEFT, first=2, drop=(30,))])
    assert run(["inspect", str(folder), "--rebuild"]) == 1
    index = read_index(folder / INDEX)
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    assert (len(index), manifest.reference, manifest.rig["name"]) == (58, "front", "studio-a")
    assert index.devices["left"].hole.count("not_recorded") == 1
    assert index.devices["front"].capture.tolist() == list(range(2, 60))
    assert index.devices["left"].color_us[0] == LEFT.time_us(2)
    before = examine([folder / "front.mkv", folder / "left.mkv"]).inspection
    again = examine([folder]).inspection
    assert again.aligned_by == "take"
    assert (again.pulses, again.complete) == (before.pulses, before.complete)
    capsys.readouterr()
    assert run(["inspect", str(folder), "--rebuild"]) == 2
    assert "is never overwritten" in capsys.readouterr().err
    assert read_index(folder / INDEX).pulses.tolist() == index.pulses.tolist()


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take of two seconds by simulated devices."""
    arguments = [
        "start",
        CONFIGS / "daisy_chain_3.yaml",
        "--simulate",
        "--captures",
        "30",
        "--name",
        "a",
        "-o",
    ]
    assert run_ksync(*arguments, tmp_path, "--quiet").code == 0
    return tmp_path / "a"


@pytest.mark.realtime
def test_a_take_tells_what_disagrees_with_it(take: Path) -> None:
    assert examine([take]).inspection.findings == ()
    manifest = json.loads((take / MANIFEST).read_text())
    manifest["devices"][1]["settings"]["depth_delay_off_color_usec"] = 480
    manifest["devices"][2]["settings"]["serial"] = "000999999912"
    manifest["report"]["devices"][0]["captures"] = 31
    (take / MANIFEST).write_text(json.dumps(manifest))
    found = [(each.code, each.device, each.field) for each in examine([take]).inspection.findings]
    assert found == [
        ("captures-disagree", "front", None),
        ("manifest-disagrees", "left", "depth_delay_off_color_usec"),
        ("manifest-disagrees", "right", "serial"),
    ]
    (take / "right.mkv").rename(take / "copy of right.mkv")
    codes = {each.code for each in examine([take]).inspection.findings}
    assert {"recording-missing", "recording-unexpected"} <= codes
    (take / MANIFEST).write_text("{}")
    inspection = examine([take]).inspection
    assert "take-broken" in [each.code for each in inspection.findings]
    assert len(inspection.devices) == 3


@pytest.mark.realtime
def test_the_index_gives_reasons_and_a_clock_of_its_own_away(take: Path) -> None:
    lines = (take / INDEX).read_text().splitlines()
    cells = [line.split(",") for line in lines]
    host = 1 + 6 + 3  # of the second device
    late_ns = 5_000_000_000
    late = [[*row[:host], str(int(row[host]) + late_ns), *row[host + 1 :]] for row in cells[1:]]
    (take / INDEX).write_text("\n".join([lines[0], *map(",".join, late), ""]))
    inspection = examine([take]).inspection
    assert [each.code for each in inspection.findings] == ["clock-unrelated"]
    assert (inspection.verdict, [each.aligned for each in inspection.devices]) == (
        "out_of_sync",
        [True, False, True],
    )
    tied = examine([take], by_host=True).inspection
    assert (tied.aligned_by, "aligned-by-host") == ("host_time", tied.findings[0].code)


@pytest.mark.realtime
def test_sets_of_the_sdks_recorder_line_up_as_the_devices_say(tmp_path: Path, virtual_k4a: MakeBench) -> None:
    devices = [
        replace(each, drift_ppm=drift) for each, drift in zip(chain(*SERIALS), (30, 60, -40), strict=True)
    ]
    devices[1] = replace(devices[1], drop=(20, 21))
    bench = virtual_k4a(devices)
    files = record_as_k4arecorder_does(bench, tmp_path / "sdk", order=(1, 2, 0))
    inspection = examine(files).inspection
    assert inspection.reference == "device-0"
    check_against_the_log(bench, inspection, files)
    entry = inspection.devices[1]
    assert (entry.dropped, entry.hole_runs[0].pulses) == (2, 2)
    assert entry.writer.startswith("k4arecord")
    assert [each.drift_ppm for each in inspection.devices[1:]] == pytest.approx([30, -70], abs=8)


@pytest.mark.realtime
def test_a_take_of_ksync_lines_up_as_the_devices_say(tmp_path: Path, virtual_k4a: MakeBench) -> None:
    bench = virtual_k4a(chain(*SERIALS))
    rig = CONFIGS / "daisy_chain_3.yaml"
    ended = run_ksync("start", rig, "--captures", 40, "--name", "a", "-o", tmp_path, "--quiet",
                      environment=bench.environment())  # fmt: skip
    assert ended.code == 0, ended.err
    for files in ([tmp_path / "a"], sorted((tmp_path / "a").glob("*.mkv"))):
        inspection = examine(files).inspection
        assert (inspection.verdict, inspection.pulses) == ("in_sync", 40)
        check_against_the_log(bench, inspection, files)


def record_as_k4arecorder_does(bench: VirtualBench, folder: Path, order: tuple[int, ...]) -> list[Path]:
    """Record every device in a process of its own, started in this order."""
    folder.mkdir()
    files = [folder / f"device-{index}.mkv" for index in range(len(bench.devices))]
    with ExitStack() as stack:
        processes = []
        for index in order:
            role = "subordinate" if index else "master"
            plan = {"index": index, "target": str(files[index]), "captures": 45, "role": role}
            command = [sys.executable, "-m", "tests.review.sdk_recorder", json.dumps(plan)]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            process = stack.enter_context(
                subprocess.Popen(command, cwd=ROOT, env=bench.environment(), **pipes)
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            processes.append(process)
        for process in processes:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err.decode()
    return files


def check_against_the_log(bench: VirtualBench, inspection: Any, paths: list[Path]) -> None:
    """Every row of the alignment holds the captures that the virtual devices delivered for one pulse."""
    table = examine(paths).table
    assert table is not None
    names = {each.serial: place for place, each in enumerate(inspection.devices)}
    pulses: dict[str, dict[int, int]] = {}
    for serial in names:
        pulses[serial] = {each.color_usec: each.number for each in bench.log(serial)}
    for row in range(len(table)):
        numbers = {
            pulses[serial][int(table.color_us[row, place])]
            for serial, place in names.items()
            if table.captures[row, place] >= 0
        }
        assert len(numbers) == 1, row


def test_a_subordinate_that_was_started_after_the_master_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    data = bytearray((folder / "left.mkv").read_bytes().replace(b"ksync-0.1.0", b"k4arecorder"))
    at = data.index(b"\x44\x61\x88") + 3  # DateUTC
    made_ns = int.from_bytes(data[at : at + 8], "big") + 12_000_000_000
    data[at : at + 8] = made_ns.to_bytes(8, "big")
    (folder / "left.mkv").write_bytes(data)
    inspection = examine([folder]).inspection
    assert [each.code for each in inspection.findings] == ["subordinate-started-late"]
    assert inspection.verdict == "unsynchronized"


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_a_real_recording(capsys: Printed) -> None:
    assert run(["inspect", "--json", str(REAL)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["pulses"], report["findings"]) == ("complete", 1, [])
    assert report["devices"][0]["images"] == {"COLOR": 1, "DEPTH": 1, "IR": 1, "IMU": 1}
