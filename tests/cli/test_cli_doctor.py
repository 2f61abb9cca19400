"""`ksync doctor`: on made-up computers, on this machine as it is, over virtual Kinects, and in pipelines."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from kinect_sync.cli.checklist import show_checkup
from kinect_sync.devices.port import Discovered
from kinect_sync.doctor.checkup import Checkup, Request, check_up
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.host.checks import CheckResult, Status
from kinect_sync.host.disk import Disk
from kinect_sync.readings import Firmware
from kinect_sync.rig.loading import parse_rig
from kinect_sync.survey.answers import Answer
from tests.cli.commands import ROOT, run_ksync
from tests.host.made_up import SERIALS, MadeUp, environment, good
from tests.rig.rig_texts import GOOD
from tests.virtual_k4a.bench import ALWAYS, VirtualDevice, chain
from tests.virtual_k4a.fixtures import MakeBench

LIGHT = (
    GOOD.replace("fps: 30", "fps: 5")
    .replace("nfov_unbinned", "nfov_2x2binned")
    .replace("_usec: 0", "_usec: 400")
)
"""A rig that writes a few MB/s: every disk that the tests run on is fast enough."""
FIRMWARE = Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")
SYSFS = pytest.mark.skipif(sys.platform == "win32", reason="names and links of sysfs are Linux's")


def bench(*serials: str, **changes: str) -> Callable[[], Sequence[Discovered]]:
    firmware = FIRMWARE.model_copy(update=changes)
    return lambda: [
        Discovered(index=index, serial=serial, firmware=firmware) for index, serial in enumerate(serials)
    ]


def broken_bench() -> Sequence[Discovered]:
    raise BenchError(Finding(code="discovery-hangs", what="nobody answers", remedy="replug"))


def one_old() -> Sequence[Discovered]:
    return [*bench(*SERIALS[:2])(), *bench(SERIALS[2], color="1.6.104")()]


def a_busy_one() -> Sequence[Discovered]:
    busy = Finding(
        code="device-busy", what="the device at index 2 is in use", remedy="close the other program"
    )
    return [*bench(*SERIALS[:2])(), Discovered(index=2, serial=None, problem=busy)]


def missing_sdk() -> tuple[Finding, ...]:
    return (Finding(code="sdk-not-installed", what="pyk4a is not installed", remedy="install it"),)


def examine(tmp_path: Path, change: Callable[[MadeUp], None] | None = None, **changes: Any) -> Checkup:
    """Examine a good computer with three Kinects, but for the changes."""
    computer = good(tmp_path)
    if change is not None:
        change(computer)
    request: dict[str, Any] = {
        "rig": parse_rig(GOOD).rig,
        "directory": tmp_path / "takes",
        "simulated": False,
        "allow_extra": False,
        "survey": bench(*SERIALS),
        "try_sdk": lambda: (),
        "disk": Disk(lambda _: 10**12, lambda _: 10.0**9),
    }
    return check_up(Request(host=computer.host, **request | changes))


def named(checkup: Checkup, name: str) -> CheckResult:
    (check,) = [each for each in checkup.checks if each.name == name]
    return check


@SYSFS
def test_on_a_good_computer_all_is_well_but_what_nobody_can_tell(tmp_path: Path) -> None:
    checkup = examine(tmp_path)
    assert checkup.verdict is Answer.GOOD
    assert [each.name for each in checkup.checks if each.status is not Status.OK] == ["opengl"]
    assert [finding.code for finding in checkup.findings] == ["opengl"]
    assert [kinect.serial for kinect in checkup.kinects] == list(SERIALS)
    themes = [section.theme for section in checkup.sections]
    assert themes == ["SDK", "devices", "USB", "depth engine", "disk", "computer"]


class Row(NamedTuple):
    sentence: str
    options: dict[str, Any]
    verdict: Answer
    name: str
    status: Status
    what: str


OK, WARNING, PROBLEM, UNKNOWN = Status
BAD, FAILED, WELL = Answer.BAD, Answer.FAILED, Answer.GOOD
HEADLESS = environment(DISPLAY="")
WINDOWS = {"change": lambda it: setattr(it, "system", "win32")}
COLOR_ONLY = parse_rig(
    GOOD.replace("nfov_unbinned", "off").replace("    depth_delay_off_color_usec: 200\n", "")
).rig
SLOW = Disk(lambda _: 10**12, lambda _: 10.0**7)
ROWS = [
    Row("headless", {"change": HEADLESS}, BAD, "display", PROBLEM, "DISPLAY"),
    Row(
        "headless, simulated", {"change": HEADLESS, "simulated": True}, WELL, "display", WARNING,
        "do without",
    ),
    Row(
        "headless, color only", {"change": HEADLESS, "rig": COLOR_ONLY}, WELL, "depth-engine", OK,
        "no device",
    ),
    Row("a slow disk", {"disk": SLOW}, BAD, "disk-speed", PROBLEM, "will be lost"),
    Row(
        "a slow disk, simulated", {"disk": SLOW, "simulated": True}, BAD, "disk-speed", PROBLEM,
        "will be lost",
    ),
    Row("a slow disk, and no rig", {"disk": SLOW, "rig": None}, WELL, "disk-speed", UNKNOWN, "without a rig"),
    Row("no SDK", {"try_sdk": missing_sdk}, FAILED, "sdk-not-installed", PROBLEM, "pyk4a"),
    Row("no SDK: nobody to ask", {"try_sdk": missing_sdk}, FAILED, "devices", UNKNOWN, "without the SDK"),
    Row(
        "no SDK, simulated", {"try_sdk": missing_sdk, "simulated": True}, WELL, "sdk-not-installed", WARNING,
        "pyk4a",
    ),
    Row("no answer", {"survey": broken_bench}, FAILED, "discovery-hangs", PROBLEM, "nobody answers"),
    Row("a device is missing", {"survey": bench(*SERIALS[:2])}, BAD, "device-missing", PROBLEM, SERIALS[2]),
    Row(
        "one too many", {"survey": bench(*SERIALS, "000999999912")}, BAD, "device-unexpected", PROBLEM,
        "not in",
    ),
    Row(
        "one too many, allowed", {"survey": bench(*SERIALS, "000999999912"), "allow_extra": True}, WELL,
        "device-unexpected", UNKNOWN, "not in",
    ),
    Row("a busy device", {"survey": a_busy_one}, FAILED, "device-busy", PROBLEM, "in use"),
    Row(
        "a busy device, and no rig", {"survey": a_busy_one, "rig": None}, FAILED, "device-busy", PROBLEM,
        "in use",
    ),
    Row("old firmware", {"survey": one_old}, BAD, "firmware-old", PROBLEM, "1.6.104"),
    Row("mixed firmware", {"survey": one_old}, BAD, "firmware-differs", WARNING, "1.6.104"),
    Row("no device, and no rig", {"survey": bench(), "rig": None}, WELL, "devices", WARNING, "no device"),
    Row("devices, and no rig", {"rig": None}, WELL, "devices", OK, SERIALS[2]),
    Row("on Windows USB can't be told", WINDOWS, WELL, "usb-link", UNKNOWN, "win32"),
    Row("nor can the depth engine", WINDOWS, WELL, "opengl", UNKNOWN, "DirectX"),
]  # fmt: skip


@SYSFS
@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_what_is_wrong_decides_the_verdict(row: Row, tmp_path: Path) -> None:
    checkup = examine(tmp_path, **row.options)
    check = named(checkup, row.name)
    assert (checkup.verdict, check.status) == (row.verdict, row.status)
    assert row.what in check.what
    finding = check.finding
    assert (finding in checkup.findings) if finding else check.status is Status.OK


@SYSFS
def test_memory_for_usb_is_measured_by_the_rig_or_else_by_what_is_plugged_in(tmp_path: Path) -> None:
    rig = parse_rig(
        GOOD.replace("daisy_chain", "standalone").split("  - name: left")[0].replace("master", "standalone")
    )
    alone = examine(tmp_path / "rig", rig=rig.rig, allow_extra=True)
    assert "for 1 device" in named(alone, "usb-memory").what
    assert "for 3 devices" in named(examine(tmp_path / "none", rig=None), "usb-memory").what


@SYSFS
def test_without_a_list_of_usb_devices_the_reason_is_told(tmp_path: Path) -> None:
    request = Request(
        rig=None,
        directory=tmp_path,
        simulated=False,
        allow_extra=False,
        survey=bench(),
        try_sdk=lambda: (),
        host=MadeUp(tmp_path).host,
        disk=Disk(lambda _: 10**12, lambda _: 1.0),
    )
    checkup = check_up(request)
    assert "no such file" in named(checkup, "usb-link").what
    assert checkup.kinects == ()


# --- how it looks


MARKS = 11
"""Columns of symbol and status, before what is told."""


def printed(checkup: Checkup, **options: Any) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=options.pop("encoding", "utf-8"), write_through=True)
    show_checkup(checkup, Console(file=file, color_system=None, highlight=False, **options))
    buffer = file.buffer
    return buffer.getvalue().decode(file.encoding) if isinstance(buffer, io.BytesIO) else ""


@SYSFS
@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_no_letter_is_lost_on_a_narrow_terminal(width: int, tmp_path: Path) -> None:
    checkup = examine(tmp_path, HEADLESS, survey=one_old)
    text = printed(checkup, width=width, force_terminal=True)
    assert all(len(line) <= width for line in text.splitlines())
    beside = "".join("".join(line[MARKS:].split()) for line in text.splitlines())
    for check in checkup.checks:
        told = f"{check.device or ''}{':' if check.device else ''}{check.what}[{check.name}]"
        assert "".join(told.split()) in beside
        assert "".join((check.remedy or "").split()) in beside
    assert "…" not in text


@SYSFS
def test_a_pipe_gets_one_line_per_check_with_words(tmp_path: Path) -> None:
    checkup = examine(tmp_path, HEADLESS)
    lines = printed(checkup, force_terminal=False, width=40).splitlines()
    (line,) = [line for line in lines if "[display]" in line]
    assert line.startswith("  ✗ problem  DISPLAY is not set")
    assert lines[lines.index(line) + 1].strip().startswith("do: run where")
    assert lines[-1].startswith("something will break a take: ")
    assert lines[-1].endswith("1 problem, 1 unknown")


@SYSFS
def test_a_console_with_ascii_alone_gets_plain_marks(tmp_path: Path) -> None:
    text = printed(examine(tmp_path, HEADLESS), encoding="ascii", force_terminal=False)
    assert "x problem" in text
    assert "+ ok" in text


# --- the command, on this machine


@pytest.fixture
def light_rig(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(LIGHT, encoding="utf-8")
    return path


def test_on_this_machine_with_simulated_devices(light_rig: Path, tmp_path: Path) -> None:
    ended = run_ksync("doctor", light_rig, "--simulate", "--json", "-o", tmp_path / "takes")
    assert (ended.code, ended.left) == (0, []), ended.out + ended.err
    report = ended.report
    assert set(report) == {"verdict", "sections", "findings", "kinects"}
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
    assert (ended.report["verdict"], ended.report["sections"]) == ("failed", [])


@pytest.mark.skipif(sys.platform == "win32", reason="lines of a POSIX shell")
@pytest.mark.parametrize(
    ("line", "code", "piece"),
    [
        (
            "ksync doctor rig.yaml --simulate >&2 && ksync start rig.yaml --simulate --captures 3",
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
    done = subprocess.run(
        f'ksync() {{ "{sys.executable}" -m kinect_sync "$@"; }}; {line}',
        shell=True, cwd=light_rig.parent, capture_output=True, text=True, timeout=90,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
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
