"""Faults files: every example loads, and every mistake is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.devices.simulated.faultfile import load_faults, parse_faults
from kinect_sync.devices.simulated.faults import DeviceFaults, Faults, TriggerFaults
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.errors import RigError
from kinect_sync.field_texts import field_texts
from tests.devices.simulation import chain, triggered

EXAMPLES = sorted((Path(__file__).parents[2] / "configs" / "faults").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_loads_and_changes_something(path: Path) -> None:
    assert load_faults(path) != Faults()
    assert path.read_text().startswith("# "), "an example says what it shows"


def test_every_fault_has_an_example() -> None:
    shown = [load_faults(path) for path in EXAMPLES]
    of_devices = {
        key for faults in shown for each in faults.devices.values() for key in each.model_fields_set
    }
    of_triggers = {key for faults in shown for key in faults.trigger.model_fields_set}
    assert of_devices == set(DeviceFaults.model_fields)
    assert of_triggers == set(TriggerFaults.model_fields)
    assert any(faults.extra for faults in shown)


def test_every_field_is_documented() -> None:
    for model in (Faults, DeviceFaults, TriggerFaults):
        undocumented = [name for name in model.model_fields if name not in field_texts(model)]
        assert not undocumented, model.__name__


MISTAKES = [
    ("a misspelt fault", "devices:\n  left:\n    misssing: true\n", "f:3", "unknown-key", "missing"),
    ("a misspelt section", "device:\n  left: {}\n", "f:1", "unknown-key", "devices"),
    ("a cable that does not exist", "devices:\n  left:\n    cable: cut\n", "f:3", "wrong-value", "cut"),
    ("a serial as a number", "extra:\n  - serial: 000777777777\n", "f:2", "serial-not-quoted", "quotes"),
    ("no serial", "extra:\n  - busy: true\n", "f:2", "missing-field", "serial"),
    ("a distance of nothing", "devices:\n  a:\n    drops: {every: 0}\n", "f:3", "wrong-value", "every"),
    ("drops that are no pulses", "devices:\n  a:\n    drops: often\n", "f:3", "wrong-value", "often"),
    ("the same device twice", "devices:\n  a: {}\n  a: {}\n", "f:3", "duplicate-key", "a"),
    ("no YAML", "devices: [\n", "f:2", "yaml-syntax", "YAML"),
    ("a misspelt field", "world:\n  walk:\n    station: 3\n", "f:3", "unknown-key", "stations"),
    ("a place twice", "world:\n  ring: {}\n  line: {}\n", "f:1", "wrong-value", "exclude"),
    (
        "a point of two",
        "world:\n  devices:\n    a: {position_m: [1, 2]}\n",
        "f:3",
        "wrong-value",
        "too short",
    ),
    ("too few markers", "world:\n  board:\n    rows: 30\n", "f:2", "wrong-value", "120 markers"),
    ("an empty file", "", "f:1", "empty-file", "devices"),
]


@pytest.mark.parametrize(
    ("case", "text", "where", "code", "word"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_mistake_is_told_with_its_line(case: str, text: str, where: str, code: str, word: str) -> None:
    with pytest.raises(RigError) as raised:
        parse_faults(text, "f")
    (finding,) = raised.value.findings
    assert (finding.code, finding.where) == (code, where)
    assert word in str(finding)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(RigError) as raised:
        parse_faults("devices:\n  a: {stall: 1}\n  b: {bias_us: x}\ntrigger: {fps: -1}\n", "f")
    assert [finding.where for finding in raised.value.findings] == ["f:2", "f:3", "f:4"]


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="cannot be read"):
        load_faults(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_happens_to_the_example_rig(path: Path, tmp_path: Path) -> None:
    faults = load_faults(path)
    rig = triggered() if path.stem.startswith("trigger") else chain()
    world, sound = build_world(rig, tmp_path / "a", faults), build_world(rig, tmp_path / "b")
    assert (world.devices, world.trigger) != (sound.devices, sound.trigger) or "early" in path.stem
