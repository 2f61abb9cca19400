"""A whole checkup of made-up computers: what is wrong decides the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.doctor.checkup import Checkup, check_up
from kinect_sync.doctor.results import CheckResult, Status
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.host.disk import Disk
from kinect_sync.rig.loading import parse_rig
from kinect_sync.verdicts import Verdict
from tests.doctor.examining import OK, PROBLEM, UNKNOWN, WARNING, bench, examination
from tests.host.made_up import SERIALS, Change, MadeUp, environment, good, has, nothing
from tests.rig.rig_texts import GOOD


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


def examine(tmp_path: Path, change: Change = nothing, **changes: Any) -> Checkup:
    """Check a good computer with three Kinects up, but for the changes."""
    computer = good(tmp_path)
    change(computer)
    return check_up(examination(computer, **changes))


def named(checkup: Checkup, name: str) -> CheckResult:
    (check,) = [each for each in checkup.checks if each.name == name]
    return check


def test_on_a_good_computer_all_is_well_but_what_nobody_can_tell(tmp_path: Path) -> None:
    checkup = examine(tmp_path)
    assert checkup.verdict is Verdict.GOOD
    assert [each.name for each in checkup.checks if each.status is not Status.OK] == ["opengl"]
    assert [finding.code for finding in checkup.findings] == ["opengl"]
    assert [kinect.serial for kinect in checkup.kinects] == list(SERIALS)
    themes = [section.theme for section in checkup.sections]
    assert themes == ["SDK", "devices", "USB", "depth engine", "disk", "computer"]


class Row(NamedTuple):
    sentence: str
    options: dict[str, Any]
    verdict: Verdict
    name: str
    status: Status
    what: str


BAD, FAILED, WELL = Verdict.BAD, Verdict.FAILED, Verdict.GOOD
HEADLESS = environment(DISPLAY="")
WINDOWS = {"change": has(system="win32")}
COLOR_ONLY = parse_rig(
    GOOD.replace("nfov_unbinned", "off").replace("    depth_delay_off_color_usec: 200\n", "")
).rig
SLOW = has(disk=Disk(lambda _: 10**12, lambda _: 10.0**7))
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
    Row("a slow disk", {"change": SLOW}, BAD, "disk-speed", PROBLEM, "will be lost"),
    Row(
        "a slow disk, simulated", {"change": SLOW, "simulated": True}, BAD, "disk-speed", PROBLEM,
        "will be lost",
    ),
    Row("slow, and no rig", {"change": SLOW, "rig": None}, WELL, "disk-speed", UNKNOWN, "without a rig"),
    Row("no SDK", {"try_sdk": missing_sdk}, FAILED, "sdk-not-installed", PROBLEM, "pyk4a"),
    Row("no SDK: nobody to ask", {"try_sdk": missing_sdk}, FAILED, "devices", UNKNOWN, "without the SDK"),
    Row(
        "no SDK, simulated", {"try_sdk": missing_sdk, "simulated": True}, WELL, "sdk-not-installed", WARNING,
        "pyk4a",
    ),
    Row("no answer", {"ask_bench": broken_bench}, FAILED, "discovery-hangs", PROBLEM, "nobody answers"),
    Row("one is missing", {"ask_bench": bench(*SERIALS[:2])}, BAD, "device-missing", PROBLEM, SERIALS[2]),
    Row(
        "one too many", {"ask_bench": bench(*SERIALS, "000999999912")}, BAD, "device-unexpected", PROBLEM,
        "not in",
    ),
    Row(
        "one too many, allowed", {"ask_bench": bench(*SERIALS, "000999999912"), "allow_extra": True}, WELL,
        "device-unexpected", UNKNOWN, "not in",
    ),
    Row("a busy device", {"ask_bench": a_busy_one}, FAILED, "device-busy", PROBLEM, "in use"),
    Row(
        "a busy device, and no rig", {"ask_bench": a_busy_one, "rig": None}, FAILED, "device-busy", PROBLEM,
        "in use",
    ),
    Row("old firmware", {"ask_bench": one_old}, BAD, "firmware-old", PROBLEM, "1.6.104"),
    Row("mixed firmware", {"ask_bench": one_old}, BAD, "firmware-differs", WARNING, "1.6.104"),
    Row("no device, and no rig", {"ask_bench": bench(), "rig": None}, WELL, "devices", WARNING, "no device"),
    Row("devices, and no rig", {"rig": None}, WELL, "devices", OK, SERIALS[2]),
    Row("on Windows USB can't be told", WINDOWS, WELL, "usb-link", UNKNOWN, "win32"),
    Row("nor can the depth engine", WINDOWS, WELL, "opengl", UNKNOWN, "DirectX"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_what_is_wrong_decides_the_verdict(row: Row, tmp_path: Path) -> None:
    checkup = examine(tmp_path, **row.options)
    check = named(checkup, row.name)
    assert (checkup.verdict, check.status) == (row.verdict, row.status)
    assert row.what in check.what
    finding = check.finding
    assert (finding in checkup.findings) if finding else check.status is Status.OK


def test_memory_for_usb_is_measured_by_the_rig_or_else_by_what_is_plugged_in(tmp_path: Path) -> None:
    rig = parse_rig(
        GOOD.replace("daisy_chain", "standalone").split("  - name: left")[0].replace("master", "standalone")
    )
    alone = examine(tmp_path / "rig", rig=rig.rig, allow_extra=True)
    assert "for 1 device" in named(alone, "usb-memory").what
    assert "for 3 devices" in named(examine(tmp_path / "none", rig=None), "usb-memory").what


def test_a_computer_without_a_list_of_usb_devices(tmp_path: Path) -> None:
    checkup = check_up(examination(MadeUp(tmp_path), rig=None))
    assert "no such file" in named(checkup, "usb-link").what
    assert named(checkup, "udev-rule").status is WARNING
    assert checkup.kinects == ()
