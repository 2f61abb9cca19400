"""Who is blamed where devices did not come to the end: the device, its disk, or whoever gives the pulses."""

from __future__ import annotations

import pytest

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.losses import explain_unfinished
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import DEVICE_STALLED
from kinect_sync.rig.rig import Rig
from tests.director.scripted import chain
from tests.rig.chains import tiny_36

STALLED, LOST, FINISHED = Phase.STALLED, Phase.LOST, Phase.FINISHED
DISK = "its disk is stuck"
MASTER, TRIGGER = "front", None
EACH = ["front", "left", "right"]
BLAMES = [
    # (what front, left and right do, who gives the pulses, findings and their devices, what happened)
    ([STALLED] * 3, TRIGGER, [("pulses-ended", None)], "the trigger stops"),
    ([LOST, STALLED, STALLED], TRIGGER, [("pulses-ended", None)], "the trigger stops when a device is lost"),
    ([LOST, LOST, STALLED], TRIGGER, [("device-stalled", "right")], "the last one that is left stalls"),
    ([FINISHED, STALLED, STALLED], TRIGGER, [("device-stalled", "left"), ("device-stalled", "right")],
     "two of three stall"),
    ([DISK] * 3, TRIGGER, [("disk-stalled", name) for name in EACH], "the disk of all is stuck"),
    ([STALLED] * 3, MASTER, [("device-stalled", "front"), ("pulses-ended", None)], "the master stalls"),
    ([LOST, STALLED, STALLED], MASTER, [("pulses-ended", None)], "the master is lost"),
    ([LOST, DISK, STALLED], MASTER, [("disk-stalled", "left"), ("pulses-ended", None)],
     "the master is lost, and a disk is stuck"),
    ([FINISHED, STALLED, DISK], MASTER, [("disk-stalled", "right"), ("device-stalled", "left")],
     "a device stalls, and a disk is stuck"),
]  # fmt: skip


@pytest.mark.parametrize(("phases", "source", "blamed", "happened"), BLAMES, ids=[row[3] for row in BLAMES])
def test_whoever_stopped_is_blamed(
    phases: list[Phase | str], source: str | None, blamed: list[tuple[str, str | None]], happened: str
) -> None:
    rig = chain()
    states = {device.name: DeviceState(rig.settings_of(device)) for device in rig.devices}
    for state, phase in zip(states.values(), phases, strict=True):
        state.phase = phase if isinstance(phase, Phase) else STALLED
        state.queued_bytes = 0 if isinstance(phase, Phase) else 10**6
    found = explain_unfinished(rig, list(states.values()), states[source] if source else None)
    assert [(finding.code, finding.device) for _, finding in found] == blamed, happened


def stalled(rig: Rig, last: dict[str, int]) -> dict[str | None, Finding]:
    """What is said where some devices fell silent after these pulses, and all others came to the end."""
    states = [DeviceState(rig.settings_of(device)) for device in rig.devices]
    for state in states:
        state.phase = STALLED if state.name in last else FINISHED
        state.last_pulse = last.get(state.name, 600)
    return {finding.device: finding for _, finding in explain_unfinished(rig, states, None)}


def test_a_cable_that_dies_in_a_take_is_named_at_the_first_device_behind_it() -> None:
    found = stalled(tiny_36(), {f"south-{n}": 100 + n % 2 for n in range(4, 10)})
    assert {finding.code for finding in found.values()} == {"device-stalled"}
    assert found["south-4"].remedy == (
        "check the cable from `south-3` sync out to `south-4` sync in: all behind it fell silent with it "
        "(south-5, south-6, south-7, south-8, south-9)"
    )
    assert found["south-7"].remedy == "see what is said of `south-6`: its pulses come through that device"


def test_a_chain_that_falls_silent_as_a_whole_hangs_at_the_distributor() -> None:
    found = stalled(tiny_36(), {f"west-{n}": 100 for n in range(1, 10)})
    assert "through the pulse distributor to `west-1` sync in" in (found["west-1"].remedy or "")


@pytest.mark.parametrize(
    ("sentence", "last"),
    [
        ("the end of a chain, whose USB cable it may be", {"east-9": 100}),
        ("others hear the pulses through it", {"east-2": 100}),
        ("not all behind it fell silent", {"east-2": 100, "east-3": 100}),
        ("not at the same time", {f"east-{n}": 100 * n for n in range(2, 10)}),
    ],
)
def test_no_cable_is_named_where_it_is_not_known_to_be_one(sentence: str, last: dict[str, int]) -> None:
    for finding in stalled(tiny_36(), last).values():
        assert finding.remedy == DEVICE_STALLED.remedy, sentence
