"""The sync cables that a rig's topology asks for, and the jacks they fill.

Sync in and sync out are two jacks with plug detectors. A subordinate's sync out mirrors its sync in, which
is what makes a chain possible; a star splits the master's sync out with a headphone splitter (Azure
Kinect) or Orbbec's sync hub (Femto).

An external trigger takes the master's place at the head. In a chain it feeds the first device. In a star
of Azure Kinects it feeds the first device too, whose sync out feeds the splitter as a master's would: the
load on the trigger and on the splitter stays within what is documented. Femto's hub has an input of its
own and feeds every device. More cameras than one chain takes are several chains, each of which has the pulse
from an output of the trigger's distributor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology

TRIGGER = "trigger"
"""The word for the external trigger where a device's name would stand."""


class Cable(NamedTuple):
    """One sync cable: from a sync out jack, or the trigger, to a sync in jack."""

    from_device: str
    """Name of the device with the sync out end, or `trigger`."""
    to_device: str
    """Name of the device with the sync in end."""
    via: str | None = None
    """`splitter`, `sync hub` or `pulse distributor`, where one stands between."""

    def __str__(self) -> str:
        """Say which cable it is, as an operator would: from `front` sync out to `left` sync in."""
        source = "the external trigger" if self.from_device == TRIGGER else f"`{self.from_device}` sync out"
        through = f" through the {self.via}" if self.via else ""
        return f"from {source}{through} to `{self.to_device}` sync in"


def cables(rig: RigFields) -> tuple[Cable, ...]:
    """Return every cable of the topology, in the order to plug them."""
    if rig.topology is Topology.STANDALONE:
        return ()
    if rig.topology is Topology.DAISY_CHAIN:
        return tuple(cable for chain in chains(rig) for cable in _chain(rig, chain))
    return _star(rig, [device.name for device in rig.devices])


def chains(rig: RigFields) -> tuple[tuple[str, ...], ...]:
    """Return each chain by its devices in cable order: one of all, unless the rig lists several."""
    return rig.chains or (tuple(device.name for device in rig.devices),)


def _chain(rig: RigFields, names: Sequence[str]) -> Iterator[Cable]:
    if rig.external_trigger is not None and names:
        yield Cable(TRIGGER, names[0], between(rig))
    yield from (Cable(source, target) for source, target in pairwise(names))


def _star(rig: RigFields, names: list[str]) -> tuple[Cable, ...]:
    via = between(rig)
    if rig.external_trigger is not None and rig.hardware.profile.star.hub:
        return tuple(Cable(TRIGGER, name, via) for name in names)
    center = _center(rig).name
    head = (Cable(TRIGGER, center),) if rig.external_trigger is not None else ()
    return head + tuple(Cable(center, name, via) for name in names if name != center)


def between(rig: RigFields) -> str | None:
    """Name what divides the pulse, `splitter`, `sync hub` or `pulse distributor`; None where nothing does."""
    if rig.topology is Topology.DAISY_CHAIN:
        return "pulse distributor" if len(chains(rig)) > 1 else None
    if rig.topology is not Topology.STAR:
        return None
    if rig.hardware.profile.star.hub:
        return "sync hub"
    return "splitter" if len(rig.devices) > 2 else None


def _center(rig: RigFields) -> DeviceSpec:
    """Return the device whose sync out feeds a star: the master, or the first under an external trigger."""
    if rig.external_trigger is not None:
        return rig.devices[0]
    return next((device for device in rig.devices if device.role is Role.MASTER), rig.devices[0])


def expected_jacks(rig: RigFields) -> dict[str, tuple[bool, bool]]:
    """Return for each device by name whether (sync in, sync out) should have a plug."""
    wiring = cables(rig)
    fed = {cable.to_device for cable in wiring}
    feeding = {cable.from_device for cable in wiring}
    return {device.name: (device.name in fed, device.name in feeding) for device in rig.devices}


def feeding_cable(rig: RigFields, name: str) -> Cable | None:
    """Return the cable that brings the pulse to a device; None for a master or a standalone device."""
    return next((cable for cable in cables(rig) if cable.to_device == name), None)


def fed_through(rig: RigFields, name: str) -> tuple[str, ...]:
    """Return the devices that hear the pulse through a device: its sync out mirrors its sync in."""
    fed = [cable.to_device for cable in cables(rig) if cable.from_device == name]
    return tuple(each for first in fed for each in (first, *fed_through(rig, first)))


def suspect_cables(rig: RigFields, silent: Collection[str]) -> tuple[Cable, ...]:
    """Return the cables that explain silent devices: each one whose upper end has the pulse.

    In a chain that is the cable to the first silent device, as those behind it are silent with it. In a
    star it is each silent device's own.
    """
    feeds = (feeding_cable(rig, device.name) for device in rig.devices if device.name in silent)
    return tuple(cable for cable in feeds if cable is not None and cable.from_device not in silent)
