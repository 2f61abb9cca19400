"""Rigs over three hosts with the real pyk4a at each: virtual Kinects, whose cables run between the hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.read_back import check_bookkeeping, read_take
from tests.hosts.computers import Studio, loopback_studio
from tests.virtual_k4a.bench import LONG_QUEUE, VirtualBench, VirtualDevice, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

pytestmark = pytest.mark.realtime
SERIALS = {"front": "000123456712", "left": "000234567812", "right": "000345678912"}
HOSTS = ("host-b", "host-c", "host-d")
CAPTURES = 75
"""So many that a device which is unplugged at the 20th is seen to be silent before the others are through."""
# A machine too slow for the queue of seven would lose captures.
FRONT, LEFT, RIGHT = chain(*SERIALS.values(), queue=LONG_QUEUE)


def rig() -> dict[str, Any]:
    devices: list[dict[str, Any]] = [
        {"name": name, "serial": serial, "role": "subordinate", "depth_delay_off_color_usec": 160 * place}
        for place, (name, serial) in enumerate(SERIALS.items())
    ]
    devices[0]["role"] = "master"
    camera = {"depth_mode": "nfov_unbinned", "exposure_us": 8330, "powerline_hz": 60, "gain": 128}
    return {"name": "hall", "topology": "daisy_chain", "camera": camera, "devices": devices}


@dataclass(frozen=True)
class Case:
    """A bench, and what comes of a take."""

    key: str
    sentence: str
    devices: tuple[VirtualDevice, ...]
    code: int = 0
    findings: tuple[tuple[str, str | None], ...] = ()
    """(code, device) of each error."""


CASES = [
    Case(
        "chain",
        "three clocks of their own, of a chain across three hosts; each host is asked for its serials",
        (replace(FRONT, drift_ppm=120.0), replace(LEFT, drift_ppm=-180.0), replace(RIGHT, drift_ppm=60.0)),
    ),
    Case(
        "cable",
        "a broken cable between two hosts ends the start, and no camera stays open anywhere",
        (FRONT, LEFT, replace(RIGHT, cut=True)),
        code=3,
        findings=(("device-silent", "right"),),
    ),
    Case(
        "unplugged",
        "a camera that is unplugged at its host costs no other device anything",
        (FRONT, LEFT, replace(RIGHT, unplug_after=20)),
        code=1,
        findings=(("device-unplugged", "right"), ("captures-device-lost", "right")),
    ),
]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    require_virtual_k4a()
    with loopback_studio(tmp_path, *HOSTS) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_kinects_of_three_hosts_are_one_rig(case: Case, studio: Studio, tmp_path: Path) -> None:
    bench = VirtualBench(tmp_path / "bench", case.devices)
    for host, serial in zip(studio.hosts.values(), SERIALS.values(), strict=True):
        host.environment = bench.environment(serial)
        studio.start_agent(host.name)
    studio.stage.environment = bench.environment("none")
    studio.write_rig(rig())
    ended = studio.stage.run("start", "rig.yaml", "--json", "--captures", CAPTURES, "--name", "walk")
    errors = [
        (each["code"], each["device"]) for each in ended.report["findings"] if each["severity"] == "error"
    ]
    assert (ended.code, errors) == (case.code, list(case.findings)), ended.err
    opened = [(event.serial, event.what) for event in bench.events() if event.what in ("open", "close")]
    for serial in SERIALS.values():
        mine = [what for whose, what in opened if whose == serial]
        assert mine.count("open") == mine.count("close") > 0, "no camera stays open"
    if case.code == 3:
        return
    collected = studio.stage.run("hosts", "collect", "takes/walk")
    assert collected.code == 0, collected.err
    take = read_take(studio.stage.folder / "takes" / "walk")
    check_bookkeeping(take)
    for name, serial in SERIALS.items():
        assert take.files[name].serials == {serial}
        if name not in {device for _, device in errors}:
            assert take.files[name].pulses == list(range(take.begin, take.begin + CAPTURES))
