"""A part of a rig is its devices, wherever their cables go on to."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.part import part_of

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize(
    "config", ["daisy_chain_9", "star_3", "external_trigger", "several_hosts", "chains_36"]
)
def test_a_part_needs_of_usb_and_disk_what_its_devices_do(config: str) -> None:
    rig = load_rig(CONFIGS / f"{config}.yaml").rig
    names = [device.name for device in rig.devices[1:3]]
    whole, part = rig_facts(rig), rig_facts(part_of(rig, names))
    assert [device.name for device in part.devices] == names
    assert [(each.usb, each.disk) for each in part.devices] == [
        (each.usb, each.disk) for each in whole.devices if each.name in names
    ]
    text = part_of(rig, names).model_dump_json(by_alias=True)
    assert rig_facts(RigFields.model_validate_json(text)) == part, "and crosses a network"
