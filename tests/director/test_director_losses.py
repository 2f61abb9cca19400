"""Who is blamed where devices did not come to the end: the device, its disk, or whoever gives the pulses."""

from __future__ import annotations

import pytest

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.losses import explain_unfinished
from tests.director.scripted import chain

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
    found = explain_unfinished(list(states.values()), states[source] if source else None)
    assert [(finding.code, finding.device) for _, finding in found] == blamed, happened
