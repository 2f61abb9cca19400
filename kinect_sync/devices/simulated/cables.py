"""Cables of the simulated world: what is plugged in where, and whose pulses reach whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kinect_sync.devices.simulated.faults import CableFault, DeviceFaults
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology

TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class Cabling:
    """What one device has to do with cables."""

    hears: tuple[str, ...]
    """Names of the devices, or `trigger`, whose pulses can reach its sync in, nearest first."""
    deaf_from: int | None
    """From this pulse on none reaches it."""
    sync_in: bool
    """Whether something is plugged into sync in."""
    sync_out: bool
    """Whether something is plugged into sync out."""


def lay_cables(rig: RigFields, faults: Mapping[str, DeviceFaults]) -> dict[str, Cabling]:
    """Lay the cables of the rig's topology, with their faults; by device name.

    A subordinate passes on what arrives at its sync in, so a broken cable silences all devices behind it.
    """
    feeds = {device.name: _feeder(rig, index) for index, device in enumerate(rig.devices)}
    feeds |= {name: fault.fed_by for name, fault in faults.items() if fault.fed_by is not None}
    return {device.name: _wiring_of(device.name, feeds, faults) for device in rig.devices}


def _feeder(rig: RigFields, index: int) -> str | None:
    """Say where the cable to a device comes from, if the topology has one."""
    device = rig.devices[index]
    triggered = rig.external_trigger is not None
    if rig.topology is Topology.DAISY_CHAIN:
        return _chain_feeder(rig, device.name) or (TRIGGER if triggered else None)
    if rig.topology is Topology.STAR:
        return TRIGGER if triggered else _star_feeder(rig.devices, device)
    return TRIGGER if triggered and device.role is Role.SUBORDINATE else None


def _chain_feeder(rig: RigFields, name: str) -> str | None:
    """Say who stands before a device in its chain; None for the first."""
    for chain in rig.chains or [[device.name for device in rig.devices]]:
        if name in chain[1:]:
            return chain[chain.index(name) - 1]
    return None


def _star_feeder(devices: Sequence[DeviceSpec], device: DeviceSpec) -> str | None:
    masters = [other.name for other in devices if other.role is Role.MASTER]
    return masters[0] if masters and device.name != masters[0] else None


def _wiring_of(name: str, feeds: Mapping[str, str | None], faults: Mapping[str, DeviceFaults]) -> Cabling:
    hears, deaf_from = _sources(name, feeds, faults)
    fed, feeding = _plugs(name, feeds, faults)
    if _cable_of(name, faults) is CableFault.SWAPPED:
        fed, feeding = feeding, fed
    if _cable_of(name, faults) is CableFault.WRONG_JACK:
        fed, feeding = False, True
    return Cabling(hears=hears, deaf_from=deaf_from, sync_in=fed, sync_out=feeding)


def _sources(
    name: str, feeds: Mapping[str, str | None], faults: Mapping[str, DeviceFaults]
) -> tuple[tuple[str, ...], int | None]:
    """Walk up the cables as far as pulses come down them."""
    hears: list[str] = []
    breaks: list[int] = []
    here = name
    while (source := feeds.get(here)) is not None and source not in hears:
        if _cable_of(here, faults) is not None or not _gives_pulses(source, faults):
            break
        if (fault := faults.get(here)) and fault.cable_breaks_at is not None:
            breaks.append(fault.cable_breaks_at)
        hears.append(source)
        here = source
    return tuple(hears), min(breaks, default=None)


def _gives_pulses(source: str, faults: Mapping[str, DeviceFaults]) -> bool:
    """Whether a cable from the sync out of this device can carry pulses at all."""
    fault = faults.get(source)
    return fault is None or not (fault.missing or fault.cable is CableFault.SWAPPED)


def _plugs(
    name: str, feeds: Mapping[str, str | None], faults: Mapping[str, DeviceFaults]
) -> tuple[bool, bool]:
    """Whether plugs are in sync in and sync out, had nobody swapped them."""
    fed = feeds[name] is not None and _cable_of(name, faults) not in (
        CableFault.ABSENT,
        CableFault.UNPLUGGED,
    )
    feeding = any(
        source == name and _cable_of(other, faults) is not CableFault.ABSENT
        for other, source in feeds.items()
    )
    return fed, feeding


def _cable_of(name: str, faults: Mapping[str, DeviceFaults]) -> CableFault | None:
    return faults[name].cable if name in faults else None
