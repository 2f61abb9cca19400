"""Which devices see the same volume: the groups of `overlaps:` name devices of the rig."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import DUPLICATE_NAME, EMPTY_GROUP, UNKNOWN_DEVICE
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.problem import Problem, if_meant


def groups_name_devices(rig: RigFields) -> Iterator[Problem]:
    """A name that no device has would leave two lasers unguarded."""
    names = [device.name for device in rig.devices]
    for number, group in enumerate(rig.overlaps):
        for position, name in enumerate(group):
            if name not in names:
                what = f"no device is named `{name}`"
                yield Problem(("overlaps", number, position), UNKNOWN_DEVICE, what, if_meant(name, names))
            elif name in group[:position]:
                what = f"`{name}` stands in this group for the second time"
                yield Problem(("overlaps", number, position), DUPLICATE_NAME, what, "keep one of them")


def groups_are_not_empty(rig: RigFields) -> Iterator[Problem]:
    """An empty group says nothing; a group of one says that a device shares its view with none."""
    for number, group in enumerate(rig.overlaps):
        if not group:
            what = "this group of devices that see the same volume is empty"
            yield Problem(("overlaps", number), EMPTY_GROUP, what)


RIG_RULES = (groups_name_devices, groups_are_not_empty)
