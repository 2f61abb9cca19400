"""Several chains at the distributor of an external trigger: each device stands in one of them, once."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import (
    CHAINS_WITHOUT_TRIGGER,
    DEVICE_IN_NO_CHAIN,
    DUPLICATE_NAME,
    EMPTY_GROUP,
    UNKNOWN_DEVICE,
)
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Topology
from kinect_sync.rig.problem import Problem, if_meant


def chains_hang_at_a_trigger(rig: RigFields) -> Iterator[Problem]:
    """A master's sync out feeds one chain; only a distributor of an external trigger feeds more."""
    if not rig.chains:
        return
    if rig.topology is not Topology.DAISY_CHAIN:
        what = f"`chains:` in a rig of `topology: {rig.topology}`"
        remedy = "write `topology: daisy_chain`, or take `chains:` out"
        yield Problem(("chains",), CHAINS_WITHOUT_TRIGGER, what, remedy)
    elif rig.external_trigger is None:
        what = "`chains:` without an external trigger, whose distributor would feed them"
        yield Problem(("chains",), CHAINS_WITHOUT_TRIGGER, what)


def chains_name_devices(rig: RigFields) -> Iterator[Problem]:
    """Each name is one device's, and each device has one sync in."""
    names = [device.name for device in rig.devices]
    seen: dict[str, int] = {}
    for number, chain in enumerate(rig.chains):
        for position, name in enumerate(chain):
            place = ("chains", number, position)
            first = seen.setdefault(name, number)
            if name not in names:
                what = f"no device is named `{name}`"
                yield Problem(place, UNKNOWN_DEVICE, what, if_meant(name, names))
            elif first != number or name in chain[:position]:
                where = f"chains[{first}]" if first != number else "this chain"
                what = f"`{name}` stands in {where} already, and a device has one sync in"
                yield Problem(place, DUPLICATE_NAME, what, "keep one of them")


def chains_are_not_empty(rig: RigFields) -> Iterator[Problem]:
    """A chain has a device."""
    for number, chain in enumerate(rig.chains):
        if not chain:
            yield Problem(("chains", number), EMPTY_GROUP, "this chain has no device")


def every_device_is_in_a_chain(rig: RigFields) -> Iterator[Problem]:
    """A device beside the chains would get no pulses."""
    chained = {name for chain in rig.chains for name in chain}
    for index, device in enumerate(rig.devices):
        if rig.chains and device.name not in chained:
            what = f"`{device.name}` is in none of the chains, so no pulse would reach it"
            yield Problem(("devices", index), DEVICE_IN_NO_CHAIN, what)


RIG_RULES = (chains_hang_at_a_trigger, chains_name_devices, chains_are_not_empty, every_device_is_in_a_chain)
