"""Who gives the pulse and who follows: roles and numbers for each topology.

Numbers: the sync FAQ of the Azure Kinect DK (a chain of 9, a star of 3) and Orbbec's sync hub (1 + 8).
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import (
    MASTER_NOT_FIRST,
    NO_MASTER,
    ROLE_IN_SYNC,
    ROLE_WITH_TRIGGER,
    ROLE_WITHOUT_SYNC,
    SEVERAL_MASTERS,
    TOO_FEW_DEVICES,
    TOO_MANY_DEVICES,
)
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.rig.problem import Problem

_CHAIN_SUBORDINATES = 8
_WORDS = {Topology.DAISY_CHAIN: "daisy chain", Topology.STAR: "star"}


def one_master(rig: RigFields) -> Iterator[Problem]:
    """Exactly one device makes the pulses; with an external trigger, none does."""
    if rig.topology is Topology.STANDALONE or rig.external_trigger is not None:
        return
    masters = [index for index, device in enumerate(rig.devices) if device.role is Role.MASTER]
    if not masters:
        yield Problem(("devices",), NO_MASTER, "no device is master, so none would make a pulse")
    first = rig.devices[masters[0]] if len(masters) > 1 else None
    for index in masters[1:]:
        what = f"a second master beside `{first.name if first else ''}`; a rig has exactly one"
        yield Problem(("devices", index, "role"), SEVERAL_MASTERS, what, "write `role: subordinate`")


def master_stands_first(rig: RigFields) -> Iterator[Problem]:
    """In a chain the devices stand in cable order, and the pulse starts at the master."""
    if rig.topology is not Topology.DAISY_CHAIN or rig.external_trigger is not None:
        return
    masters = [index for index, device in enumerate(rig.devices) if device.role is Role.MASTER]
    if len(masters) == 1 and masters[0] > 0:
        what = f"the master `{rig.devices[masters[0]].name}` stands in place {masters[0] + 1} of the chain"
        yield Problem(("devices", masters[0]), MASTER_NOT_FIRST, what)


def number_of_devices(rig: RigFields) -> Iterator[Problem]:
    """A sync out feeds only so many jacks, and a chain delays the pulse at every link."""
    if rig.chains:
        yield from _number_in_each_chain(rig)
        return
    count = len(rig.devices)
    if rig.topology is Topology.STANDALONE:
        if count > 1:
            what = f"`topology: standalone` is for one device, and {count} are listed"
            remedy = "write `daisy_chain` or `star`, or keep one device"
            yield Problem(("topology",), TOO_MANY_DEVICES, what, remedy)
        return
    word = _WORDS[rig.topology]
    if count == 1 and rig.external_trigger is None:
        what = f"a {word} of one device has no cable, and the SDK refuses a master without one"
        yield Problem(("devices",), TOO_FEW_DEVICES, what)
    most = 1 + _most_subordinates(rig)
    if count > most:
        what = f"{count} devices; a {word} of {_family(rig)} takes 1 + {most - 1}"
        star = rig.topology is Topology.STAR and count <= 1 + _CHAIN_SUBORDINATES
        remedy = f"wire a daisy chain (1 + {_CHAIN_SUBORDINATES})" if star else f"keep {most} devices"
        if rig.topology is Topology.DAISY_CHAIN:
            remedy += ", or let the distributor of an external trigger feed several `chains:`"
        yield Problem(("devices", most), TOO_MANY_DEVICES, what, remedy)


def _number_in_each_chain(rig: RigFields) -> Iterator[Problem]:
    most = 1 + _CHAIN_SUBORDINATES
    for number, chain in enumerate(rig.chains):
        if len(chain) > most:
            what = f"{len(chain)} devices in this chain; a chain takes 1 + {_CHAIN_SUBORDINATES}"
            remedy = f"keep {most} devices in it, and make another chain of the others"
            yield Problem(("chains", number, most), TOO_MANY_DEVICES, what, remedy)


def _most_subordinates(rig: RigFields) -> int:
    chained = rig.topology is Topology.DAISY_CHAIN
    return _CHAIN_SUBORDINATES if chained else rig.hardware.profile.star.subordinates


def _family(rig: RigFields) -> str:
    if rig.topology is Topology.DAISY_CHAIN:
        return "devices"  # every family's limit: an unreadable `hardware` does not matter
    return rig.hardware.profile.plural


def role_fits_topology(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """A wired device is master or subordinate, a lone one standalone, and a triggered one subordinate."""
    role, place = device.role, ("devices", index, "role")
    if rig.topology is Topology.STANDALONE:
        if role is not Role.STANDALONE and len(rig.devices) == 1:
            what = f"`role: {role}` in a standalone rig: there is no sync cable"
            yield Problem(place, ROLE_WITHOUT_SYNC, what)
        return
    if rig.external_trigger is not None:
        if role is not Role.SUBORDINATE:
            what = f"`role: {role}` beside an external trigger, which makes the pulses for every device"
            yield Problem(place, ROLE_WITH_TRIGGER, what)
    elif role is Role.STANDALONE:
        what = f"`role: standalone` in a {_WORDS[rig.topology]}: it would not follow the pulses"
        yield Problem(place, ROLE_IN_SYNC, what)


RIG_RULES = (one_master, master_stands_first, number_of_devices)
DEVICE_RULES = (role_fits_topology,)
