"""`ksync doctor`: how it looks, on this machine as it is, over virtual Kinects, and in pipelines."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from kinect_sync.cli.checklist import show_checkup
from kinect_sync.doctor.checkup import Checkup, check_up
from tests.cli.commands import PATIENCE_S, ROOT, run_ksync
from tests.cli.crowd import ATTEMPTS
from tests.doctor.examining import bench, examination
from tests.host.made_up import SERIALS, environment, good
from tests.rig.rig_texts import GOOD
from tests.virtual_k4a.bench import ALWAYS, VirtualDevice, chain
from tests.virtual_k4a.fixtures import MakeBench

LIGHT = (
    GOOD.replace("fps: 30", "fps: 5")
    .replace("nfov_unbinned", "nfov_2x2binned")
    .replace("_usec: 0", "_usec: 400")
)
"""A rig that writes a few MB/s: every disk that the tests run on is fast enough."""
SLOW_DISK = re.compile(r'problem .*\[disk-speed\]|"code": ?"disk-speed"')
"""What is told where the disk was busy with other things while it was measured."""


# --- how it looks


MARKS = 11
"""Columns of symbol and status, before what is told."""


def headless(tmp_path: Path, **changes: Any) -> Checkup:
    computer = good(tmp_path)
    environment(DISPLAY="")(computer)
    return check_up(examination(computer, **changes))


def printed(checkup: Checkup, **options: Any) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=options.pop("encoding", "utf-8"), write_through=True)
    show_checkup(checkup, Console(file=file, color_system=None, highlight=False, **options))
    buffer = file.buffer
    return buffer.getvalue().decode(file.encoding) if isinstance(buffer, io.BytesIO) else ""


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_no_letter_is_lost_on_a_narrow_terminal(width: int, tmp_path: Path) -> None:
    checkup = headless(tmp_path, ask_bench=bench(*SERIALS[:2]))
    text = printed(checkup, width=width, force_terminal=True)
    assert all(len(line) <= width for line in text.splitlines())
    beside = "".join("".join(line[MARKS:].split()) for line in text.splitlines())
    for check in checkup.checks:
        told = f"{check.device or ''}{':' if check.device else ''}{check.what}[{check.name}]"
        assert "".join(told.split()) in beside
        assert "".join((check.remedy or "").split()) in beside
    assert "…" not in text


def test_a_pipe_gets_one_line_per_check_with_words(tmp_path: Path) -> None:
    checkup = headless(tmp_path)
    lines = printed(checkup, force_terminal=False, width=40).splitlines()
    (line,) = [line for line in lines if "[display]" in line]
    assert line.startswith("  ✗ problem  DISPLAY is not set")
    assert lines[lines.index(line) + 1].strip().startswith("do: run where")
    assert lines[-1].startswith("something will break a take: ")
    assert lines[-1].endswith("1 problem, 1 unknown")


def test_a_console_with_ascii_alone_gets_plain_marks(tmp_path: Path) -> None:
    text = printed(headless(tmp_path), encoding="ascii", force_terminal=False)
    assert "x problem" in text
    assert "+ ok" in text


# --- the command, on this machine


@pytest.fixture
def light_rig(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(LIGHT, encoding="utf-8")
    return path


def test_on_this_machine_with_simulated_devices(light_rig: Path, tmp_path: Path) -> None:
    for _ in range(ATTEMPTS):
        ended = run_ksync("doctor", light_rig, "--simulate", "--json", "-o", tmp_path / "takes")
        if not SLOW_DISK.search(ended.out):
            break
    assert (ended.code, ended.left) == (0, []), ended.out + ended.err
    report = ended.report
    assert set(report) == {"report", "format", "verdict", "sections", "findings", "kinects", "hosts"}
    assert report["verdict"] == "good"
    checks = [check for section in report["sections"] for check in section["checks"]]
    assert all(set(check) == {"name", "status", "device", "what", "remedy"} for check in checks)
    assert {check["status"] for check in checks} <= {"ok", "warning", "unknown"}
    assert {"devices", "firmware", "usb-memory", "disk-space", "disk-speed", "memory"} <= {
        check["name"] for check in checks
    }
    assert len(report["findings"]) == sum(check["status"] != "ok" for check in checks)
    assert all(finding["remedy"] for finding in report["findings"])
    assert sorted(tmp_path.iterdir()) == [light_rig], "nothing is left, and no folder made"


def test_on_this_machine_without_any_rig(tmp_path: Path) -> None:
    ended = run_ksync("doctor", "-o", tmp_path)
    assert ended.code in (0, 1, 3)
    assert "Traceback" not in ended.err
    assert ended.out.splitlines()[0] == "SDK"
    assert ended.out.splitlines()[-1].split(":")[0] in (
        "nothing is known to break a take",
        "something will break a take",
        "a device or the SDK could not be asked",
    )


def faults(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "code", "finding"),
    [
        ("devices: {left: {busy: true}}\n", 3, "device-busy"),
        ("devices: {nobody: {busy: true}}\n", 2, "fault-of-unknown-device"),
    ],
)
def test_exit_codes_with_simulated_faults(
    text: str, code: int, finding: str, light_rig: Path, tmp_path: Path
) -> None:
    ended = run_ksync("doctor", light_rig, "--simulate", faults(tmp_path, text), "--json", "-o", tmp_path)
    assert ended.code == code
    assert finding in [each["code"] for each in ended.report["findings"]]
    assert bool(ended.err) == (code == 2)


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        (("--simulate",), "name RIG"),
        (("nowhere.yaml",), "there is no file nowhere.yaml"),
        (("-o", __file__), "is a file"),
        (("a.yaml", "b.yaml"), "unexpected extra argument"),
    ],
)
def test_usage(arguments: Sequence[str], piece: str) -> None:
    ended = run_ksync("doctor", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert piece in ended.err


def test_a_rig_that_is_not_there_still_gives_one_report() -> None:
    ended = run_ksync("doctor", "nowhere.yaml", "--json")
    assert ended.code == 2
    assert (ended.report["verdict"], ended.report["sections"]) == ("refused", [])


@pytest.mark.skipif(sys.platform == "win32", reason="lines of a POSIX shell")
@pytest.mark.parametrize(
    ("line", "code", "piece"),
    [
        (
            "ksync doctor rig.yaml --simulate >&2 && ksync start rig.yaml --captures 3 "
            "--max-drop-percent 100 --simulate",
            0,
            "in sync",
        ),
        ("ksync doctor - --simulate < rig.yaml", 0, "nothing is known"),
        ("ksync validate rig.yaml > /dev/null && ksync doctor rig.yaml --simulate --json", 0, '"good"'),
        ("ksync doctor rig.yaml --simulate f.yaml > /dev/null || echo no take today", 0, "no take today"),
    ],
)
def test_pipelines(line: str, code: int, piece: str, light_rig: Path) -> None:
    (light_rig.parent / "f.yaml").write_text("devices: {left: {missing: true}}\n", encoding="utf-8")
    for _ in range(ATTEMPTS):
        done = subprocess.run(
            f'ksync() {{ "{sys.executable}" -m kinect_sync "$@"; }}; {line}',
            shell=True, cwd=light_rig.parent, capture_output=True, text=True, timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        if not SLOW_DISK.search(done.stdout + done.stderr):
            break
    assert done.returncode == code, done.stderr
    assert piece in done.stdout


# --- over virtual Kinects


def checkup_of(bench: Any, *arguments: object) -> tuple[int, dict[str, Any]]:
    ended = run_ksync("doctor", *arguments, "--json", environment=bench.environment())
    return ended.code, json.loads(ended.out)


def test_old_firmware_of_a_kinect_is_found(virtual_k4a: MakeBench, light_rig: Path) -> None:
    first, *others = chain(*SERIALS)
    old = VirtualDevice(first.serial, sync_out=True, color="1.6.102")
    code, report = checkup_of(virtual_k4a([old, *others]), light_rig)
    assert (code, report["verdict"]) == (1, "bad")
    (finding,) = [each for each in report["findings"] if each["code"] == "firmware-old"]
    assert (finding["device"], finding["severity"]) == ("front", "error")
    assert "firmware-differs" in [each["code"] for each in report["findings"]]


def test_a_kinect_that_does_not_open_is_a_failure(virtual_k4a: MakeBench, light_rig: Path) -> None:
    code, report = checkup_of(virtual_k4a([VirtualDevice(SERIALS[0], open_fails=ALWAYS)]))
    assert (code, report["verdict"]) == (3, "failed")
    assert "device-busy" in [each["code"] for each in report["findings"]]


def test_a_broken_sdk_is_a_failure_and_simulation_does_without(light_rig: Path, tmp_path: Path) -> None:
    (tmp_path / "broken" / "pyk4a").mkdir(parents=True)
    (tmp_path / "broken" / "pyk4a" / "__init__.py").write_text("import os; os.abort()\n")
    path = os.pathsep.join((str(tmp_path / "broken"), str(ROOT)))
    for arguments, codes, status in (((), (3,), "problem"), (("--simulate",), (0,), "warning")):
        done = subprocess.run(
            [sys.executable, "-m", "kinect_sync", "doctor", light_rig, *arguments, "--json", "-o", tmp_path],
            capture_output=True, text=True, timeout=90, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        assert done.returncode in codes, done.stderr
        (sdk, *_), *_ = (section["checks"] for section in json.loads(done.stdout)["sections"])
        assert (sdk["name"], sdk["status"]) == ("sdk-library-broken", status)
        assert "ended the process" in sdk["what"]
