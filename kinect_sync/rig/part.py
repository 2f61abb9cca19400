"""What one of several computers has to serve of a rig: the devices that are connected to it."""

from __future__ import annotations

from collections.abc import Collection

from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Topology


def part_of(rig: RigFields, names: Collection[str]) -> RigFields:
    """Return a rig of some of its devices, as they are for USB, disk and processor.

    Cables go on to devices of other computers, so that no rule of wiring holds for a part: it has none.
    """
    part: dict[str, object] = {
        "topology": Topology.STANDALONE,
        "devices": tuple(device for device in rig.devices if device.name in names),
        "external_trigger": None,
        "cables": (),
        "overlaps": (),
        "chains": (),
        "hosts": {},
    }
    return rig.model_copy(update=part)
