"""Rig files for what is connected: every wiring gives a file that validates, and every guess is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.errors import BenchError
from kinect_sync.findings import Severity
from kinect_sync.readings import Jacks
from kinect_sync.rig.loading import load_rig, parse_rig
from kinect_sync.rig.model import HostSpec
from kinect_sync.rig.topology import cables
from kinect_sync.survey.sketch import sketch_rig
from kinect_sync.survey.sketch_text import rig_text

CONFIGS = Path(__file__).parents[2] / "configs"


def discover(config: str, directory: Path, faults: dict[str, Any] | None = None) -> list[Discovered]:
    rig = load_rig(CONFIGS / f"{config}.yaml").rig
    world = build_world(rig, directory / "world", Faults.model_validate(faults or {}))
    return list(SimulatedBench(world).discover())


TOLD = ["daisy_chain_3", "star_3", "standalone", "depth_only_subordinate"]
"""Rigs of which the jacks tell everything."""


@pytest.mark.parametrize("config", TOLD)
def test_what_the_jacks_tell_is_written_without_a_guess(config: str, tmp_path: Path) -> None:
    sketch = sketch_rig(discover(config, tmp_path))
    text = rig_text(sketch)
    rig, meant = parse_rig(text).rig, load_rig(CONFIGS / f"{config}.yaml").rig
    assert "GUESS" not in text
    assert not sketch.movable
    assert rig.topology is meant.topology
    assert {d.serial: d.role for d in rig.devices} == {d.serial: d.role for d in meant.devices}
    serials = {d.name: d.serial for d in (*rig.devices, *meant.devices)}
    wired = {(serials[c.from_device], serials[c.to_device]) for c in cables(rig)}
    assert wired == {(serials[c.from_device], serials[c.to_device]) for c in cables(meant)}


def test_lasers_are_160_us_apart_from_device_to_device(tmp_path: Path) -> None:
    rig = parse_rig(rig_text(sketch_rig(discover("daisy_chain_9", tmp_path)))).rig
    assert [device.depth_delay_off_color_usec for device in rig.devices] == [160 * i for i in range(9)]
    assert [device.name for device in rig.devices] == [f"cam-{i}" for i in range(1, 10)]


def test_the_order_within_a_chain_is_a_guess_until_somebody_says_it(tmp_path: Path) -> None:
    sketch = sketch_rig(discover("daisy_chain_9", tmp_path))
    meant = load_rig(CONFIGS / "daisy_chain_9.yaml").rig
    middles = [device.serial for device in meant.devices[1:-1]]
    assert set(sketch.movable) == set(middles)
    assert "GUESS, the next 7 devices: their order" in rig_text(sketch)
    said = sketch.ordered(middles)
    text = rig_text(said)
    assert "GUESS" not in text
    assert [d.serial for d in parse_rig(text).rig.devices] == [d.serial for d in meant.devices]


def test_chains_at_a_distributor_are_guessed_and_their_number_and_ends_are_not(tmp_path: Path) -> None:
    sketch = sketch_rig(discover("chains_36", tmp_path))
    text = rig_text(sketch)
    rig, meant = parse_rig(text).rig, load_rig(CONFIGS / "chains_36.yaml").rig
    assert "GUESS, the next 36 devices: which chain each is in" in text
    assert [len(chain) for chain in rig.chains] == [9, 9, 9, 9]
    assert rig.overlaps == rig.chains, "one scene has no room for so many lasers"
    serials = {device.name: device.serial for device in (*rig.devices, *meant.devices)}
    ends = [{serials[chain[-1]] for chain in each.chains} for each in (rig, meant)]
    assert ends[0] == ends[1]
    assert "GUESS: who sees the same scene" in text
    assert {finding.code for finding in sketch.doubts} == {"no-master"}


def test_a_trigger_is_guessed_where_nothing_gives_pulses(tmp_path: Path) -> None:
    sketch = sketch_rig(discover("external_trigger", tmp_path))
    text = rig_text(sketch)
    rig = parse_rig(text).rig
    assert rig.external_trigger is not None
    assert {device.role for device in rig.devices} == {"subordinate"}
    assert "external_trigger:                # GUESS" in text
    assert [(each.code, each.severity) for each in sketch.doubts] == [("no-master", Severity.WARNING)]


def test_a_femto_is_a_star_and_its_master_a_guess(tmp_path: Path) -> None:
    sketch = sketch_rig(discover("femto_star", tmp_path))
    text = rig_text(sketch)
    rig = parse_rig(text).rig
    assert (rig.hardware, rig.topology) == ("femto", "star")
    assert "# GUESS, jacks that tell nothing" in text
    chosen = rig_text(sketch.ordered(sketch.movable[::-1]))
    assert parse_rig(chosen).rig.devices[0].serial == sketch.movable[-1]
    assert "GUESS" not in chosen


def test_plugs_that_no_wiring_explains_give_a_chain_that_is_a_guess(tmp_path: Path) -> None:
    sketch = sketch_rig(discover("daisy_chain_3", tmp_path, {"devices": {"right": {"cable": "absent"}}}))
    text = rig_text(sketch)
    rig = parse_rig(text).rig
    assert rig.devices[0].serial == "000123456712"
    assert len(rig.devices) == 3
    assert "GUESS, the next 3 devices" in text
    assert [each.code for each in sketch.doubts] == ["device-not-wired", "wiring-guessed"]
    assert {each.severity for each in sketch.doubts} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("sentence", "faults", "code"),
    [
        ("a device that does not open has no serial", {"devices": {"left": {"busy": True}}}, "device-busy"),
        ("jacks that cannot be read", {"devices": {"left": {"jacks_fail": True}}}, "jacks-unreadable"),
        (
            "nothing is connected",
            {"devices": {name: {"missing": True} for name in ("front", "left", "right")}},
            "no-devices",
        ),
    ],
)
def test_a_bench_that_is_not_told_whole_gives_no_file(
    sentence: str, faults: dict[str, Any], code: str, tmp_path: Path
) -> None:
    with pytest.raises(BenchError) as raised:
        sketch_rig(discover("daisy_chain_3", tmp_path, faults))
    assert [finding.code for finding in raised.value.findings] == [code]


def test_two_devices_alone_without_cables_are_a_guess() -> None:
    none = Jacks(sync_in=False, sync_out=False)
    found = [Discovered(index=i, serial=f"{i:012d}", jacks=none) for i in range(2)]
    sketch = sketch_rig(found)
    assert [each.code for each in sketch.doubts] == ["cable-absent", "wiring-guessed"]
    assert parse_rig(rig_text(sketch)).rig.topology == "daisy_chain"


def test_where_devices_are_connected_is_written_with_the_hosts_that_have_some(tmp_path: Path) -> None:
    front, *others = discover("daisy_chain_3", tmp_path)
    bench = [front, *(each.model_copy(update={"host": "host-b"}) for each in others)]
    hosts = {
        "host-b": HostSpec(address="10.0.0.12", port=7448),
        "host-c": HostSpec(address="10.0.0.13"),
    }
    rig = parse_rig(rig_text(sketch_rig(bench, hosts))).rig
    assert rig.hosts == {"host-b": hosts["host-b"]}
    places = {device.serial: device.host for device in rig.devices}
    assert places == {each.serial: each.host or "here" for each in bench}
    alone = parse_rig(rig_text(sketch_rig([front, *others], hosts))).rig
    assert (alone.hosts, {device.host for device in alone.devices}) == ({}, {None})
