"""Rigs run by programs: simulated, in real time, in processes that are killed, stopped or interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync as ks
from kinect_sync.findings.bench import DEVICE_MISSING
from kinect_sync.findings.recording import TAKE_EXISTS, TAKE_NAME_UNUSABLE
from kinect_sync.timing.alignment import Row
from tests.cli.commands import ALL, CONFIGS, Ended, run_ksync, wait_until
from tests.library.programs import program, run_file, run_program
from tests.review.exported import gray
from tests.review.small_takes import small_rig
from tests.timing.laser_rigs import laser_rig_text

pytestmark = pytest.mark.realtime

RIG = CONFIGS / "daisy_chain_3.yaml"
ALONE = """
name: alone
topology: standalone
camera: {color_resolution: 720p, depth_mode: nfov_2x2binned, fps: 30}
devices:
  - {name: front, serial: "000123456712", role: standalone}
"""
"""A rig that starts at once."""

RECORD = """
import json, sys
import kinect_sync as ks

class Watcher(ks.Observer):
    def __init__(self):
        self.phases, self.pulses, self.ends = set(), [], 0
    def on_change(self, snapshot):
        self.phases.update((device.name, device.phase.value) for device in snapshot.devices)
    def on_rows(self, rows):
        self.pulses += [row.pulse for row in rows]
    def on_end(self, snapshot):
        self.ends += 1

watcher = Watcher()
report = ks.record(ks.load_rig(sys.argv[1]), sys.argv[2], bench=ks.simulated(), name="take", captures=30,
                   max_drop_percent=100.0, observer=watcher)
row = next(ks.open_take(report).rows())
assert all(capture.depth.any() and capture.color_jpeg for capture in row.values())
told = {"report": json.loads(report.model_dump_json()), "pulses": watcher.pulses, "ends": watcher.ends,
        "phases": sorted(watcher.phases), "modules": sorted(sys.modules)}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("takes")


@pytest.fixture(scope="module")
def recorded(folder: Path) -> Ended:
    """A program that records a simulated rig with an observer, and reads a row."""
    return run_program(RECORD, RIG, folder)


def test_a_program_records_and_only_it_speaks(recorded: Ended) -> None:
    assert (recorded.code, recorded.err, recorded.left) == (0, "", [])
    assert recorded.report["report"]["verdict"] == "in_sync"
    assert recorded.out.count("\n") == 1


def test_the_report_is_that_of_the_take(recorded: Ended, folder: Path) -> None:
    manifest = json.loads((folder / "take" / "take.json").read_bytes())
    assert recorded.report["report"] == {"report": "take", "format": 1, **manifest["report"]}
    assert recorded.report["report"]["take"] == str(folder / "take")


def test_the_observer_is_told_of_every_device_row_and_end(recorded: Ended) -> None:
    told = recorded.report
    assert told["pulses"] == list(range(30))
    assert told["ends"] == 1
    assert {name for name, phase in told["phases"] if phase == "finished"} == {"front", "left", "right"}


def test_nothing_of_the_command_line_is_loaded(recorded: Ended) -> None:
    rooms = {module for module in recorded.report["modules"] if module.startswith("kinect_sync")}
    assert "kinect_sync.library.running" in rooms
    assert not {module for module in rooms if module.startswith("kinect_sync.cli")}
    assert {"click", "rich", "pyk4a", "k4a_module", "matplotlib"}.isdisjoint(recorded.report["modules"])


def test_rows_are_what_the_command_exports_bit_for_bit(recorded: Ended, folder: Path, tmp_path: Path) -> None:
    take = ks.open_take(folder / "take")
    ended = run_ksync("export", take.path, "-o", tmp_path, "--json", "--quiet", "--every", 10)
    rows = list(take.rows(every=10))
    assert (ended.code, ended.report["rows"]) == (0, len(rows))
    assert rows
    for row in rows:
        for name, capture in row.items():
            files = {part: tmp_path / name / part for part in ("color", "depth", "ir")}
            assert capture.color_jpeg == (files["color"] / f"{row.pulse:06d}.jpg").read_bytes()
            assert np.array_equal(capture.depth, gray(files["depth"] / f"{row.pulse:06d}.png"))
            assert np.array_equal(capture.ir, gray(files["ir"] / f"{row.pulse:06d}.png"))


def test_an_inspection_is_that_of_the_command(recorded: Ended, folder: Path) -> None:
    ended = run_ksync("inspect", folder / "take", "--json", "--max-drop-percent", ALL)
    assert recorded.left == []
    inspection = ks.inspect(folder / "take", max_drop_percent=ALL)
    assert json.loads(inspection.model_dump_json()) == ended.report


def test_recordings_are_played_as_fast_as_they_can_be_read(
    recorded: Ended, folder: Path, tmp_path: Path
) -> None:
    rig, played = ks.load_rig(RIG), ks.playback(folder / "take", fast=True)
    report = ks.record(rig, tmp_path, bench=played, name="again", max_drop_percent=ALL)
    assert report.verdict == recorded.report["report"]["verdict"]
    again, before = ks.open_take(tmp_path / "again"), ks.open_take(folder / "take")
    both = zip(again.rows(), before.rows(), strict=True)
    assert all(one["left"].color_jpeg == other["left"].color_jpeg for one, other in both)


# --- ends -------------------------------------------------------------------------------------------------


class Stopper(ks.Observer):
    """Asks for the end once some rows are there."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def on_rows(self, rows: Sequence[Row]) -> None:
        if any(row.pulse >= 5 for row in rows):
            self.asked.set()


def test_a_thread_may_record_until_another_says_stop(tmp_path: Path) -> None:
    stopper, reports = Stopper(), []

    def work() -> None:
        reports.append(
            ks.record(
                ks.parse_rig(ALONE),
                tmp_path,
                bench=ks.simulated(),
                max_drop_percent=ALL,
                observer=stopper,
                stopping=stopper.asked.is_set,
            )
        )

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (report,) = reports
    assert (report.verdict, report.pulses > 5) == ("in_sync", True)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_end_before_anything_was_recorded_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ks.Interrupted):
        ks.record(ks.parse_rig(ALONE), tmp_path, bench=ks.simulated(), name="take", stopping=lambda: True)
    assert list(tmp_path.iterdir()) == []


class Interrupting(ks.Observer):
    """A Ctrl-C in the middle of a take."""

    def on_rows(self, rows: Sequence[Row]) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_leaves_nothing_open_and_what_was_recorded(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        ks.record(ks.parse_rig(ALONE), tmp_path, bench=ks.simulated(), name="take", observer=Interrupting())
    assert {thread.name for thread in threading.enumerate() if "front" in thread.name} == set()
    inspection = ks.inspect(tmp_path / "take", max_drop_percent=100.0)
    assert inspection.devices[0].complete
    assert inspection.pulses > 0


INTERRUPTED = """
import gc, sys
import kinect_sync as ks

class Telling(ks.Observer):
    def on_rows(self, rows):
        print("rows", flush=True)

try:
    ks.record(ks.load_rig(sys.argv[1]), sys.argv[2], bench=ks.simulated(), observer=Telling())
except KeyboardInterrupt:
    gc.collect()
    print("interrupted", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C for one process is known to POSIX alone")
def test_ctrl_c_is_the_programs_own_and_no_process_is_left(tmp_path: Path) -> None:
    with program(INTERRUPTED, RIG, tmp_path, stdin=subprocess.PIPE) as command:
        told = command.process.stdout
        assert told is not None
        assert told.readline() == b"rows\n"
        command.process.send_signal(signal.SIGINT)
        while (line := told.readline()) == b"rows\n":
            continue
        assert line == b"interrupted\n"
        wait_until(lambda: not command.processes(), "the workers have left")
        ended = command.finish(b"")
    assert (ended.code, ended.err) == (0, "")


SPAWNED = """
import multiprocessing, sys
import kinect_sync as ks

def work(rig, directory):
    report = ks.record(ks.load_rig(rig), directory, bench=ks.simulated(), captures=10, max_drop_percent=100.0)
    print(report.verdict, flush=True)

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=work, args=sys.argv[1:])
    process.start()
    process.join()
"""


def test_a_spawned_process_may_record(tmp_path: Path) -> None:
    rig, source = tmp_path / "alone.yaml", tmp_path / "spawning.py"
    rig.write_text(ALONE)
    source.write_text(SPAWNED)
    ended = run_file(source, rig, tmp_path)
    assert (ended.out, ended.err, ended.left) == ("in_sync\n", "", [])


# --- what is refused, and what comes out otherwise --------------------------------------------------------


def test_what_cannot_be_recorded_is_told_as_findings(tmp_path: Path) -> None:
    rig = ks.parse_rig(ALONE)
    (tmp_path / "there").mkdir()
    for wrong, kind in ({"name": "there"}, TAKE_EXISTS), ({"name": "a/b"}, TAKE_NAME_UNUSABLE):
        with pytest.raises(ks.UsageError) as refused:
            ks.record(rig, tmp_path, bench=ks.simulated(), captures=1, **wrong)
        assert [finding.kind for finding in refused.value.findings] == [kind]
    with pytest.raises(ks.UsageError):
        ks.record(rig, tmp_path, bench=ks.playback(tmp_path / "nothing"))
    with pytest.raises(ks.RigError):
        ks.record(rig, tmp_path, bench=ks.simulated(tmp_path / "nothing.yaml"))
    with pytest.raises(ks.RigError):
        ks.record(small_rig(topology="standalone"), tmp_path, bench=ks.simulated())


def test_what_a_take_is_warned_of_before_is_kept_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def record_take(*_: object, **options: Any) -> None:
        asked.append(options)

    monkeypatch.setattr("kinect_sync.library.running.record_take", record_take)
    rig = ks.parse_rig(laser_rig_text(3).replace("gain: 128", "exposure_us: auto"))
    ks.record(rig, tmp_path, bench=ks.simulated())
    warned = [finding.code for finding in asked[0]["warned"]]
    assert warned == [*(each.code for each in rig.remarks()), "laser-conflict"]
    assert len(warned) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_s": 0},
        {"duration_s": float("inf")},
        {"duration_s": float("nan")},
        {"duration_s": 1e308},
        {"captures": 0},
        {"max_drop_percent": float("nan")},
        {"trigger_timeout_s": float("nan")},
    ],
    ids=str,
)
def test_a_length_that_is_none_is_a_mistake_of_the_program(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"duration_s|captures|max_drop_percent|trigger_s"):
        ks.record(ks.parse_rig(ALONE), tmp_path, bench=ks.simulated(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="both say how long"):
        ks.record(ks.parse_rig(ALONE), tmp_path, bench=ks.simulated(), duration_s=1, captures=1)


def test_a_share_that_is_no_number_switches_no_check_off(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_drop_percent"):
        ks.inspect(tmp_path, max_drop_percent=float("nan"))


def test_a_rig_is_verified_and_says_what_is_wrong_with_it() -> None:
    good = ks.verify(ks.parse_rig(ALONE), bench=ks.simulated(), duration_s=0.5)
    assert good.devices[0].captures > 0
    faults = CONFIGS / "faults" / "device-missing.yaml"
    report = ks.verify(ks.load_rig(RIG), bench=ks.simulated(faults), duration_s=0.5)
    assert DEVICE_MISSING in [finding.kind for finding in report.findings]
    assert report.verdict == "bad"
