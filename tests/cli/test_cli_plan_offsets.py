"""`ksync plan-offsets`, and the laser conflicts that the other commands tell."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from kinect_sync.cli import main
from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.plan_figure import draw_plan
from kinect_sync.cli.timeline import show_plan
from kinect_sync.rig.loading import load_rig
from kinect_sync.timing.lasers.plan import PlanRequest, Spacing, Strategy, plan_offsets
from kinect_sync.timing.lasers.remarks import laser_findings
from kinect_sync.timing.lasers.report import report_plan
from tests.cli.commands import PATIENCE_S
from tests.timing.laser_rigs import NFOV, PASSIVE, WFOV, devices_of, laser_rig_text, make_rig


@pytest.fixture
def rig_file(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(laser_rig_text(3), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    code = main.run(["plan-offsets", *map(str, args)])
    return code, *capsys.readouterr()


def test_a_pipe_carries_the_rig_with_offsets_and_nothing_else(capsys, rig_file):
    code, out, err = run(capsys, rig_file)
    assert code == ExitCode.YES
    added = [line for line in out.splitlines() if line not in laser_rig_text(3).splitlines()]
    assert added == ["    depth_delay_off_color_usec: 160", "    depth_delay_off_color_usec: 320"]
    assert [line for line in out.splitlines() if line not in added] == laser_rig_text(3).splitlines()
    assert "smallest gap is 30.6 µs, from cam-0 to cam-1" in err


def test_the_plan_of_a_plan_is_the_same(capsys, rig_file):
    once = run(capsys, rig_file)[1]
    rig_file.write_text(once, encoding="utf-8")
    code, out, err = run(capsys, rig_file)
    assert (code, out) == (ExitCode.YES, once)
    assert "fixes the delays of cam-1, cam-2" in err
    assert "--replan" in err
    assert run(capsys, rig_file, "--replan", "--spacing", "even")[1] != once


def test_json_is_the_plan(capsys, rig_file):
    code, out, _ = run(capsys, rig_file, "--json")
    plan = json.loads(out)
    assert code == ExitCode.YES
    assert (plan["strategy"], plan["min_gap_us"]) == ("interleave", 30.556)
    assert plan["min_gap"] == {"gap_us": 30.556, "earlier": "cam-0", "later": "cam-1", "at_us": 62.5}
    assert plan["capacity"] == [{"depth_mode": "nfov_unbinned", "one_train": 10, "devices": 20}]
    fields = "name serial role depth_mode subordinate_delay_off_master_usec depth_delay_off_color_usec"
    for device in plan["devices"]:
        assert {*fields.split(), "laser_start_us", "laser_end_us"} <= device.keys()
    assert plan["devices"][2]["depth_delay_off_color_usec"] == 320
    assert plan["devices"][2]["quantised"]["depth_delay_off_color_usec"] == pytest.approx(311.111)


def test_more_devices_than_a_chain_takes_are_planned_with_a_warning(capsys, tmp_path):
    path = tmp_path / "ten.yaml"
    path.write_text(laser_rig_text(10), encoding="utf-8")
    code, out, err = run(capsys, path)
    assert code == ExitCode.YES
    assert out.count("depth_delay_off_color_usec") == 9
    assert "warning: " in err
    assert "1 + 8" in err


def test_output_is_a_new_file_unless_told_otherwise(capsys, rig_file, tmp_path):
    target = tmp_path / "planned.yaml"
    assert run(capsys, rig_file, "-o", target)[:2] == (ExitCode.YES, "")
    planned = target.read_text(encoding="utf-8")
    assert "depth_delay_off_color_usec: 320" in planned
    code, _, err = run(capsys, rig_file, "-o", target, "--spacing", "even")
    assert (code, target.read_text(encoding="utf-8")) == (ExitCode.REFUSED, planned)
    assert "--force" in err
    assert run(capsys, rig_file, "-o", target, "--spacing", "even", "--force")[0] == ExitCode.YES
    assert target.read_text(encoding="utf-8") != planned
    assert sorted(path.name for path in tmp_path.iterdir()) == ["planned.yaml", "rig.yaml"], "no drafts left"


@pytest.mark.parametrize(
    ("args", "piece", "what"),
    [
        (["--min-gap-us", "15000"], "--min-gap-us 661", "what cannot be done is refused with what can"),
        (["--plot", "plan.txt"], ".svg", "not the name of a figure"),
        (["--strategy", "random"], "interleave", "the strategies are told"),
        (["--min-gap-us", "-1"], "-1", "no negative gap"),
        (["-o", "no/such/folder/rig.yaml"], "cannot be written", "a folder that is not there"),
    ],
)
def test_what_cannot_be_done_is_code_2(capsys, rig_file, args, piece, what):
    code, out, err = run(capsys, rig_file, *args)
    assert (code, out) == (ExitCode.REFUSED, ""), what
    assert piece in err, what


def test_without_matplotlib_only_figures_are_missing(capsys, rig_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = run(capsys, rig_file, "--plot", tmp_path / "plan.svg")
    assert (code, out) == (ExitCode.REFUSED, "")
    assert 'pip install "kinect-sync[plot]"' in err
    assert run(capsys, rig_file)[0] == ExitCode.YES


# -- pictures --------------------------------------------------------------------------------------------

PICTURED = [
    (make_rig([NFOV] * 10), {}),
    (make_rig([NFOV] * 4 + [WFOV] * 2, fps=15), {}),
    (make_rig([NFOV, PASSIVE, NFOV]), {"strategy": Strategy.STAGGER}),
    (make_rig([NFOV] * 2, overlaps=(devices_of(0), devices_of(1))), {"spacing": Spacing.EVEN}),
    (make_rig([PASSIVE] * 2), {}),
]


def terminal_text(rig, request, **options) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, highlight=False, **options)
    show_plan(report_plan(plan_offsets(rig, PlanRequest(**request))), console)
    return stream.getvalue()


@pytest.mark.parametrize(("rig", "request_"), PICTURED)
def test_terminal_picture_fits_80_columns(rig, request_):
    text = terminal_text(rig, request_, color_system=None)
    assert max(len(line) for line in text.splitlines()) <= 80
    for device in rig.devices:
        assert device.name in text
    assert "\x1b[3" not in terminal_text(rig, request_, no_color=True), "NO_COLOR is kept"


def test_terminal_picture_shows_every_pulse_and_the_gap():
    text = terminal_text(make_rig([NFOV] * 3), {}, color_system=None)
    pulses = text[text.index("laser pulses,") :].splitlines()
    lanes = {line.split()[0]: line[3:] for line in pulses[1:4]}
    places = [lanes[name].index("█") for name in ("d0", "d1", "d2")]
    assert places == sorted(places)
    assert len(set(places)) == 3
    mark = next(line.index("▲") for line in pulses if "▲" in line)
    assert pulses[1].rindex("█") <= mark <= pulses[2].index("█"), "between the two pulses"


@pytest.mark.parametrize(("rig", "request_"), PICTURED)
@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_figures_are_drawn_the_same_each_time(tmp_path, rig, request_, suffix, start):
    plan = plan_offsets(rig, PlanRequest(**request_))
    drawn = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}{suffix}"
        draw_plan(report_plan(plan), plan.rig, path)
        drawn.append(path.read_bytes())
    assert drawn[0].startswith(start)
    assert drawn[0] == drawn[1]


# -- findings of the other commands ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delays", "flag"), [((0, 0, 0), ""), ((0, 100, 200), " --replan"), ((0, 0, 145), "")]
)
def test_the_command_of_the_warning_fixes_it(capsys, tmp_path, delays, flag):
    path = tmp_path / "my rig.yaml"
    text = laser_rig_text(3)
    for number, delay_us in enumerate(delays):
        role = "subordinate" if number else "master"
        old = f'serial: "{number + 1:012}"\n    role: {role}\n'
        text = text.replace(old, f"{old}    depth_delay_off_color_usec: {delay_us}\n")
    path.write_text(text, encoding="utf-8")
    (finding,) = laser_findings(load_rig(path), str(path))
    command = finding.remedy.split("`")[1]
    target = tmp_path / "my rig-planned.yaml"
    assert command == f"ksync plan-offsets '{path}'{flag} -o '{target}'"
    assert main.run(["plan-offsets", str(path), *flag.split(), "-o", str(target)]) == ExitCode.YES
    assert laser_findings(load_rig(target), str(target)) == ()


def test_validate_tells_conflicts_and_stays_valid(capsys, rig_file):
    assert main.run(["validate", str(rig_file), "--json"]) == ExitCode.YES
    report = json.loads(capsys.readouterr().out)
    assert [f["code"] for f in report["findings"] if f["severity"] == "warning"] == ["laser-conflict"]


# -- pipelines -------------------------------------------------------------------------------------------


def ksync(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "kinect_sync", *args],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_planned_rig_is_valid_down_the_pipe(newline):
    planned = ksync("plan-offsets", "-", stdin=laser_rig_text(9).replace("\n", newline).encode())
    assert planned.returncode == 0, planned.stderr
    validated = ksync("validate", "-", "--json", stdin=planned.stdout)
    report = json.loads(validated.stdout)
    assert validated.returncode == 0
    assert not [finding for finding in report["findings"] if finding["severity"] != "note"]


@pytest.mark.realtime
def test_a_planned_rig_records_down_the_pipe(tmp_path):
    planned = ksync("plan-offsets", "-", stdin=laser_rig_text(3).encode())
    record = ["start", "-", "--simulate", "--captures", "3", "-o", str(tmp_path), "--json"]
    record += ["--max-drop-percent", "100"]  # a busy machine may lose one
    recorded = ksync(*record, stdin=planned.stdout)
    assert recorded.returncode == 0, recorded.stderr
    assert json.loads(recorded.stdout)["verdict"] == "in_sync"
    assert b"laser-" not in recorded.stderr
    assert b"fire into" not in recorded.stderr


def test_start_warns_of_conflicts_first(tmp_path):
    started = ksync(
        "start", "-", "--playback", str(tmp_path), "-o", str(tmp_path), stdin=laser_rig_text(3).encode()
    )
    assert b"fire into each other's depth exposure" in started.stderr.splitlines()[0]
