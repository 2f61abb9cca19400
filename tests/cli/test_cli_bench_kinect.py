"""`devices`, `check-jacks` and `init` over virtual Kinects, through the real pyk4a."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.rig.loading import parse_rig
from tests.cli.commands import CONFIGS, ROOT, run_ksync
from tests.virtual_k4a.bench import ALWAYS, VirtualBench, VirtualDevice, chain, star
from tests.virtual_k4a.fixtures import MakeBench

A, B, C, D = "000123456712", "000234567812", "000345678912", "000456789012"
CHAIN = tuple(chain(A, B, C))
BOLTS = tuple(
    replace(each, femto=True, sync_in=False, sync_out=False)
    for each in star("CL8K14101E1", "CL8K14101E2", "CL8K14101E3", "CL8K14101E4", "CL8K14101E5")
)
RIG = CONFIGS / "daisy_chain_3.yaml"
UNPLUGGED = "jack-unplugged"


def but(place: int, **changes: Any) -> tuple[VirtualDevice, ...]:
    return tuple(replace(each, **changes) if at == place else each for at, each in enumerate(CHAIN))


@dataclass(frozen=True)
class Case:
    """One bench, one command, and what it says."""

    sentence: str
    devices: tuple[VirtualDevice, ...]
    command: tuple[object, ...]
    exit_code: int = 0
    verdict: str = "good"
    findings: tuple[tuple[str, str | None], ...] = ()
    busy: int | None = None


JACKS, JACKS_ALONE, DEVICES, DEVICES_ALONE = (
    ("check-jacks", RIG),
    ("check-jacks",),
    ("devices", RIG),
    ("devices",),
)

CASES = [
    Case("a good chain", CHAIN, JACKS),
    Case("a good chain explains itself", CHAIN, JACKS_ALONE),
    Case("a loose plug", but(1, sync_in=False), JACKS, 1, "bad", ((UNPLUGGED, "left"),)),
    Case("a plug in the wrong jack", but(2, sync_in=False, sync_out=True), JACKS, 1, "bad",
         (("jack-wrong", "right"),)),
    Case("a master with sync in", but(0, sync_in=True), JACKS, 1, "bad", (("jack-plugged", "front"),)),
    Case("a missing cable", (CHAIN[0], replace(CHAIN[1], sync_out=False), replace(CHAIN[2], sync_in=False)),
         JACKS, 1, "bad", ((UNPLUGGED, "left"), (UNPLUGGED, "right"))),
    Case("two masters", but(1, sync_in=False), JACKS_ALONE, 1, "bad", (("several-masters", None),)),
    Case("a splitter on a chain", (*CHAIN, VirtualDevice(D, sync_in=True)), JACKS_ALONE, 1, "bad",
         (("splitter-on-chain", None),)),
    Case("Femtos cannot tell", BOLTS, ("check-jacks", CONFIGS / "femto_star.yaml"), 0, "unknown"),
    Case("Femtos alone", BOLTS, JACKS_ALONE, 0, "unknown"),
    Case("no device", (), JACKS_ALONE, 1, "bad", (("no-devices", None),)),
    Case("a missing device", CHAIN[:2], DEVICES, 1, "bad", (("device-missing", "right"),)),
    Case("a device of another rig", (*CHAIN[:2], VirtualDevice(D)), DEVICES, 1, "bad",
         (("device-missing", "right"), ("device-unexpected", None))),
    Case("a device in use elsewhere", CHAIN, DEVICES, 3, "failed",
         (("device-missing", "left"), ("device-busy", None)), busy=1),
    Case("a device in use elsewhere, without a rig", CHAIN, DEVICES_ALONE, 3, "failed",
         (("device-busy", None),), busy=1),
    Case("a device that does not open", but(2, open_fails=ALWAYS), DEVICES, 3, "failed",
         (("device-missing", "right"), ("device-busy", None))),
    Case("a serial that cannot be read", but(0, serial_fails=True), DEVICES_ALONE, 3, "failed",
         (("serial-unreadable", None),)),
    Case("mixed firmware", but(1, color="1.6.102"), DEVICES, 1, "bad",
         (("firmware-old", "left"), ("firmware-differs", None))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.command[0]}: {case.sentence}")
def test_a_bench_has_its_findings_and_exit_code(case: Case, virtual_k4a: MakeBench) -> None:
    bench = virtual_k4a(case.devices)
    with held(bench, case.busy):
        ended = run_ksync(*case.command, "--json", environment=bench.environment())
    report = ended.report
    told = [(f["code"], f["device"]) for f in report["findings"] if f["severity"] != "note"]
    assert (ended.code, report["verdict"], told) == (case.exit_code, case.verdict, list(case.findings))
    assert all(finding["remedy"] for finding in report["findings"])
    assert "Traceback" not in ended.err
    assert ended.left == []


@contextmanager
def held(bench: VirtualBench, index: int | None) -> Iterator[None]:
    """Let another program hold a device."""
    if index is None:
        yield
        return
    command = [
        sys.executable,
        "-m",
        "tests.virtual_k4a.programs",
        "hold",
        f'{{"device": {index}, "mode": 0}}',
    ]
    environment = bench.environment(PYTHONPATH=str(ROOT))
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "started\n"
        yield
        holder.kill()


def test_firmware_is_read_from_the_very_library_that_pyk4a_uses(virtual_k4a: MakeBench) -> None:
    bench = virtual_k4a([replace(CHAIN[0], color="1.6.111", depth="1.6.79", audio="1.6.15", sync_out=False)])
    ended = run_ksync("devices", "--json", environment=bench.environment())
    (device,) = ended.report["devices"]
    assert device["firmware"] == {"color": "1.6.111", "depth": "1.6.79", "audio": "1.6.15"}
    assert (device["serial"], device["place"]) == (A, "not wired")


def test_watching_opens_each_device_once(virtual_k4a: MakeBench) -> None:
    """However often it looks; opening a Kinect stops its depth camera and may take seconds."""
    bench = virtual_k4a(but(1, sync_in=False))
    ended = run_ksync("check-jacks", RIG, "--watch", "--timeout", "1.2", environment=bench.environment())
    assert ended.code == 1
    assert ended.err.startswith("bad: left: nothing is plugged into sync in; plug a cable from `front`")
    opened = [event.serial for event in bench.events() if event.what == "open"]
    closed = [event.serial for event in bench.events() if event.what == "close"]
    assert (sorted(opened), sorted(closed)) == ([A, B, C], [A, B, C])


def test_what_init_writes_is_what_is_connected(virtual_k4a: MakeBench, tmp_path: Path) -> None:
    bench = virtual_k4a([CHAIN[2], CHAIN[0], CHAIN[1]])
    path = tmp_path / "rig.yaml"
    ended = run_ksync("init", "-o", path, environment=bench.environment())
    assert (ended.code, ended.out) == (0, "")
    rig = parse_rig(path.read_text()).rig
    assert [(device.serial, device.role.value) for device in rig.devices] == [
        (A, "master"),
        (B, "subordinate"),
        (C, "subordinate"),
    ]
    again = run_ksync("init", "-o", path, environment=bench.environment())
    assert again.code == 2
    assert "overwrites none" in again.err
    checked = run_ksync("check-jacks", path, environment=bench.environment())
    assert checked.code == 0


@pytest.mark.parametrize("command", ["start", "verify"])
def test_without_a_display_no_kinect_is_touched(command: str, virtual_k4a: MakeBench) -> None:
    bench = virtual_k4a(CHAIN)
    ended = run_ksync(command, RIG, "--json", environment=bench.environment(DISPLAY=""))
    (refused,) = [f for f in ended.report["findings"] if f["severity"] == "error"]
    assert (ended.code, refused["code"]) == (3, "display")
    assert "export DISPLAY=:0" in refused["remedy"]
    assert bench.events() == []
