"""Firmware of single devices: what is too old, and what can't be told."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Finding, Severity
from kinect_sync.readings import Firmware
from kinect_sync.survey.firmware import judge_firmware

FRONT, LEFT, BOLT = "000123456712", "000234567812", "CL8K14101E3"
NAMES = {FRONT: "front", LEFT: "left"}


def device(
    color: str = "1.6.110", depth: str = "1.6.80", audio: str = "1.6.14", serial: str = FRONT
) -> Discovered:
    return Discovered(index=0, serial=serial, firmware=Firmware(color=color, depth=depth, audio=audio))


class Row(NamedTuple):
    sentence: str
    bench: list[Discovered]
    found: list[tuple[str, Severity, str | None]]
    what: str = ""


ERROR, NOTE = Severity.ERROR, Severity.NOTE
ROWS = [
    Row("the recommended release", [device()], []),
    Row("exactly the minimum", [device(depth="1.6.79")], []),
    Row("numbers are no decimals: 1.6.110 is newer than 1.6.99", [device(color="1.6.110")], []),
    Row("old color", [device(color="1.6.104")], [("firmware-old", ERROR, "front")], "needs 1.6.110"),
    Row(
        "old depth", [device(depth="1.6.78")], [("firmware-old", ERROR, "front")], "depth firmware is 1.6.78",
    ),
    Row("old audio", [device(audio="1.6.9")], [("firmware-old", ERROR, "front")], "audio firmware is 1.6.9"),
    Row("ancient", [device(color="1.5.91")], [("firmware-old", ERROR, "front")], "refuses to open"),
    Row(
        "all of it old", [device("1.6.1", "1.6.1", "1.6.1")], [("firmware-old", ERROR, "front")] * 3, "color",
    ),
    Row("a newer major version", [device("2.0.0", "2.0.0", "2.0.0")], []),
    Row("no number at all", [device(color="debug")], [("firmware-old", ERROR, "front")], "debug"),
    Row(
        "a device outside of the rig", [device("1.6.1", serial="000999999912")],
        [("firmware-old", ERROR, "000999999912")],
    ),
    Row("nobody tells", [Discovered(index=0, serial=FRONT)], [("firmware-unknown", NOTE, None)], "front"),
    Row(
        "a Femto has other numbers", [device("0.0.0", "1.1.2", "0.0.0", BOLT)],
        [("firmware-unknown", NOTE, None)], BOLT,
    ),
    Row("a device that cannot be opened says nothing", [Discovered(index=0, serial=None)], []),
    Row("no device", [], []),
    Row(
        "each by itself", [device(), device(color="1.6.1", serial=LEFT)], [("firmware-old", ERROR, "left")],
        "1.6.1",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_bench_and_what_there_is_to_say(row: Row) -> None:
    findings = judge_firmware(row.bench, NAMES)
    assert [told(finding) for finding in findings] == row.found
    assert row.what in "".join(finding.what for finding in findings)
    assert all(finding.remedy for finding in findings)


def told(finding: Finding) -> tuple[str, Severity, str | None]:
    return finding.code, finding.severity, finding.device
