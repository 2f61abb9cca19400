"""Which cable explains that devices fell silent together in a take that the others went on with.

A sync out mirrors a sync in: behind a cable that dies nobody hears a pulse any more, and nobody else misses
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kinect_sync.director.device_state import DeviceState
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.topology import fed_through, feeding_cable

_TOGETHER = 1
"""Pulses by which last captures may differ of devices that heard the same last pulse."""


def remedies(rig: RigFields, silent: Sequence[DeviceState]) -> Mapping[str, str]:
    """Return what to do about silent devices that stand in one another's way to the pulses, by name.

    A device alone, or one through which another still hears pulses, is none of them: its sync cable is as
    likely as its USB cable, or good.
    """
    last = {state.name: state.last_pulse for state in silent}

    def together(one: str, other: str) -> bool:
        return one in last and other in last and abs(last[one] - last[other]) <= _TOGETHER

    found: dict[str, str] = {}
    for name in last:
        cable, behind = feeding_cable(rig, name), fed_through(rig, name)
        if cable is None or not all(together(name, each) for each in behind):
            continue
        if together(name, cable.from_device):
            found[name] = f"see what is said of `{cable.from_device}`: its pulses come through that device"
        elif behind:
            found[name] = f"check the cable {cable}: all behind it fell silent with it ({', '.join(behind)})"
    return found
