"""`ksync inspect` as a command: output, exit codes, and takes of `ksync start` over virtual Kinects."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import reduce
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from kinect_sync.cli.inspection_summary import show_inspection
from kinect_sync.cli.main import run
from kinect_sync.findings import Finding
from kinect_sync.review.inspection.examining import Examination, examine
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.mkv.reader import read_image
from kinect_sync.takes.names import INDEX, MANIFEST
from kinect_sync.timing.alignment import HoleReason
from tests.cli.commands import ALL, BUSY, CONFIGS, PATIENCE_S, ROOT, run_ksync
from tests.marking import read_color_mark
from tests.review.sdk_sets import check_against_the_log
from tests.review.sets import LEFT, MASTER, RIGHT, write_set
from tests.review.small_takes import make_take
from tests.virtual_k4a.bench import VirtualDevice, chain
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


@pytest.mark.parametrize("columns", [60, 80])
def test_on_a_narrow_terminal_lines_break_between_words(tmp_path: Path, columns: int) -> None:
    folder = write_set(tmp_path, [MASTER, replace(LEFT, drop=(3, 7, 10, 11)), RIGHT])
    inspection, out = examine([folder]).inspection, StringIO()
    console = Console(file=out, force_terminal=True, width=columns, color_system=None, highlight=False)
    show_inspection(inspection, console)
    whole = StringIO()
    show_inspection(inspection, Console(file=whole, force_terminal=True, width=1000, color_system=None))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    words = {word for line in lines for word in line.split()}
    assert {"captures", "longest", "bias"} <= {word.rstrip(",") for word in words}
    assert words >= {word for line in whole.getvalue().splitlines()[5:] for word in line.split()}


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
    manifest = read_manifest(folder)
    assert manifest.rig_fields is not None
    assert (len(index), manifest.reference, manifest.rig_fields.name) == (58, "front", "studio-a")
    assert index.devices["left"].holes() == {HoleReason.NOT_RECORDED: 1}
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


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_index_that_is_being_rebuilt_is_not_missed(
    tmp_path: Path, capsys: Printed, options: tuple[str, ...]
) -> None:
    folder = make_take(tmp_path / "take")
    (folder / INDEX).unlink()
    assert run(["inspect", str(folder), "--rebuild", *options]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("note: alignment.csv in ")
    assert "bring it back" not in out + err
    assert len(read_index(folder / INDEX)) == 6


def test_what_was_found_out_is_shown_where_nothing_can_be_rebuilt(tmp_path: Path, capsys: Printed) -> None:
    folder = make_take(tmp_path / "take")
    assert run(["inspect", str(folder), "--rebuild"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("in sync: 6 of 6 pulses complete")
    assert err.count("is never overwritten") == err.count("\n") == 1
    assert run(["inspect", str(folder), "--rebuild", "--json"]) == 2
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["verdict"], report["complete"], report["findings"][-1]["code"]) == (
        "refused",
        6,
        "index-exists",
    )
    assert err.count("is never overwritten") == err.count("\n") == 1


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take of one second by simulated devices."""
    arguments = ["start", CONFIGS / "daisy_chain_3.yaml", "--simulate", "--captures", 30]
    arguments += ["--name", "a", "-o", tmp_path, "--quiet", "--max-drop-percent", ALL]
    assert run_ksync(*arguments).code == 0
    return tmp_path / "a"


@pytest.mark.realtime
def test_a_take_tells_what_disagrees_with_it(take: Path) -> None:
    def told() -> list[Finding]:
        findings = examine([take], max_drop_percent=ALL).inspection.findings
        return [each for each in findings if each.code not in BUSY]

    assert told() == []
    manifest = json.loads((take / MANIFEST).read_text())
    manifest["devices"][1]["settings"]["depth_delay_off_color_usec"] = 480
    manifest["devices"][2]["settings"]["serial"] = "000999999912"
    manifest["report"]["devices"][0]["captures"] = 31
    (take / MANIFEST).write_text(json.dumps(manifest))
    assert [(each.code, each.device, each.field) for each in told()] == [
        ("captures-disagree", "front", None),
        ("manifest-disagrees", "left", "depth_delay_off_color_usec"),
        ("manifest-disagrees", "right", "serial"),
    ]
    (take / "right.mkv").rename(take / "copy of right.mkv")
    assert {"recording-missing", "recording-unexpected"} <= {each.code for each in told()}
    (take / MANIFEST).write_text("{}")
    inspection = examine([take]).inspection
    assert "take-broken" in [each.code for each in inspection.findings]
    assert len(inspection.devices) == 3


@pytest.mark.realtime
def test_a_clock_that_another_pulse_set_is_tied_by_arrivals_on_request(tmp_path: Path) -> None:
    fault = CONFIGS / "faults" / "pulses-missed.yaml"
    options = ["--simulate", fault, "--captures", 60, "--name", "a", "-o", tmp_path, "--quiet"]
    command = [sys.executable, "-c", CARELESS, "start", CONFIGS / "daisy_chain_3.yaml", *options]
    subprocess.run(list(map(str, command)), cwd=ROOT, timeout=PATIENCE_S, capture_output=True)
    take = tmp_path / "a"
    assert apart(examine([take]), "right") == {0}
    inspection = examine([take], max_drop_percent=ALL).inspection
    assert [(each.code, each.device) for each in inspection.findings if each.severity == "error"] == [
        ("clock-unrelated", "left")
    ]
    assert (inspection.verdict, [each.aligned for each in inspection.devices]) == (
        "out_of_sync",
        [True, False, True],
    )
    assert run(["inspect", str(take), "--align-by-host"]) == 1
    tied = examine([take], by_host=True)
    assert (tied.inspection.aligned_by, tied.inspection.verdict) == ("host_time", "out_of_sync")
    labels = [each for each in tied.inspection.findings if each.code == "aligned-by-host"]
    assert [each.device for each in labels] == ["left"]
    assert "good to a pulse or two" in labels[0].what
    (off,) = apart(tied, "left")
    assert abs(off) <= 2, "it had missed seven"
    assert apart(tied, "right") == {0}


CARELESS = """
from kinect_sync.director import start_sequence
from kinect_sync.cli.main import main
start_sequence.unrelated_clocks = lambda *_, **__: ()  # `ksync start` refuses such a rig
main()
"""
"""A recorder that does not look whether the clocks are related."""


def apart(examination: Examination, name: str) -> set[int]:
    """By how many pulses a device's images are off the master's in their rows, by the marks in them."""
    assert examination.table is not None
    names = [each.name for each in examination.table.devices]
    members = {each.name: each.recording for each in examination.members}
    pairs = examination.table.captures[:, [names.index("front"), names.index(name)]].tolist()
    whole = [pair for pair in pairs if min(pair) >= 0]
    assert len(whole) > 20
    marks = [
        [read_color_mark(read_image(members[each], "COLOR", at))
         for each, at in zip(("front", name), pair, strict=True)]
        for pair in whole
    ]  # fmt: skip
    return {second[1] - first[1] for first, second in marks if first and second}


@dataclass(frozen=True)
class Case:
    """A bench to record from, and what an inspection says of the take."""

    name: str
    verdict: str
    codes: set[str]
    devices: tuple[VirtualDevice, ...] = tuple(chain(*SERIALS))
    femto: bool = False


BOLTS = ("CL8K14101E1", "CL8K14101E2", "CL8K14101E3")
FRONT, LEFT_SIDE, RIGHT_SIDE = chain(*SERIALS)
TAKES = (
    Case("good", "in_sync", set()),
    Case("drops, half captures and drift at once", "incomplete",
         {"captures-sensor-dropped", "captures-half-capture"},
         (replace(FRONT, drift_ppm=400, drop=(35,)),
          replace(LEFT_SIDE, drift_ppm=-400, drop=tuple(range(22, 90, 11))),
          replace(RIGHT_SIDE, no_depth=tuple(range(25, 90, 11))))),
    Case("a device lost", "incomplete", {"captures-device-lost"},
         (FRONT, LEFT_SIDE, replace(RIGHT_SIDE, drift_ppm=-400, error_after=30))),
    Case("late by 1.7 ms, always", "out_of_sync", {"constant-bias"},
         (FRONT, LEFT_SIDE, replace(RIGHT_SIDE, bias_us=1700))),
    Case("minutes after the clocks' zero", "in_sync", {"offset-beyond-sdk", "bias-untold"},
         tuple(replace(each, clock_us=4_400_000_000) for each in chain(*SERIALS))),
    Case("Femtos", "in_sync", {"femto-clock"},
         tuple(VirtualDevice(serial, femto=True, fed_by=BOLTS[0] if place else "", skip_first=place,
                             drift_ppm=100 * place, set_every=20)
               for place, serial in enumerate(BOLTS)), femto=True),
)  # fmt: skip


@pytest.mark.realtime
@pytest.mark.parametrize("case", TAKES, ids=lambda case: case.name)
def test_a_take_of_ksync_lines_up_as_the_devices_say(
    case: Case, tmp_path: Path, virtual_k4a: MakeBench
) -> None:
    bench = virtual_k4a(case.devices)
    rig = (CONFIGS / "daisy_chain_3.yaml").read_text()
    if case.femto:
        rig = reduce(lambda text, pair: text.replace(*pair), zip(SERIALS, BOLTS, strict=True), rig)
        rig = rig.replace("topology: daisy_chain", "hardware: femto\ntopology: star").replace("8330", "8300")
    rig = rig.replace("  fps: 30\n", "  fps: 30\n  synchronized_images_only: false\n")
    (tmp_path / "rig.yaml").write_text(rig)
    allowed = 1.0 if case.verdict == "incomplete" else ALL
    ended = run_ksync("start", tmp_path / "rig.yaml", "--captures", 40, "--name", "a", "-o", tmp_path,
                      "--json", "--quiet", "--max-drop-percent", allowed,
                      environment=bench.environment())  # fmt: skip
    take, names = tmp_path / "a", ("front", "left", "right")
    for paths in ([take], [take / f"{name}.mkv" for name in names]):
        examination = examine(paths, max_drop_percent=allowed)
        check_against_the_log(bench, examination, names)
    inspection = examine([take], max_drop_percent=allowed).inspection
    assert inspection.verdict == ended.report["verdict"] == case.verdict, ended.err
    assert {each.code for each in inspection.findings} - BUSY == case.codes - BUSY


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_a_real_recording(capsys: Printed) -> None:
    assert run(["inspect", "--json", str(REAL)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["pulses"], report["findings"]) == ("complete", 1, [])
    assert report["devices"][0]["images"] == {"COLOR": 1, "DEPTH": 1, "IR": 1, "IMU": 1}
