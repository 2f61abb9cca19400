"""Sketch the rig file of what is connected: what jacks tell, and a marked guess where they can't.

Roles and topology follow from the plugs. The order of devices in the middle of a chain does not, nor which of
several chains it belongs to, nor anything on a Femto, whose jacks tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import WIRING_GUESSED
from kinect_sync.rig.hardware import Hardware, hardware_of
from kinect_sync.rig.model import HERE, HostSpec
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.survey.wiring import Wiring, explain_wiring

LASER_STEP_US = 160
"""Between the lasers of two devices: nine pulses of 125 µs each must not meet (Azure Kinect DK, docs)."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A rig as far as it is known; devices by serial, in cable order."""

    topology: Topology
    hardware: Hardware
    order: tuple[str, ...]
    triggered: bool = False
    chains: tuple[tuple[str, ...], ...] = ()
    """Several chains at the distributor of a trigger, each in cable order."""
    movable: tuple[str, ...] = ()
    """Devices whose order among themselves is a guess; they stand next to each other."""
    guesses: dict[str, str] = field(default_factory=dict)
    """What is guessed of single devices, by serial."""
    remarks: tuple[Finding, ...] = ()
    """What speaks against the wiring, or against any."""
    hosts: Mapping[str, HostSpec] = field(default_factory=dict)
    """The other hosts that devices are connected to."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By serial, the host of each device, or `here`; empty where all are connected to this computer."""
    explained: bool = True
    """Whether the plugs, or somebody who was asked, say the order of the devices."""

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What speaks against the wiring, and that it is guessed where it is."""
        return self.remarks if self.explained else (*self.remarks, _guessed(self.order))

    def ordered(self, chosen: Sequence[str]) -> Sketch:
        """Return the same rig with the movable devices in the order that somebody chose."""
        start = self.order.index(self.movable[0])
        order = (*self.order[:start], *chosen, *self.order[start + len(self.movable) :])
        guesses = {serial: why for serial, why in self.guesses.items() if serial not in self.movable}
        return replace(self, order=order, movable=(), guesses=guesses, explained=True)

    def role_of(self, serial: str) -> Role:
        """Return the role of a device."""
        if self.topology is Topology.STANDALONE:
            return Role.STANDALONE
        return Role.MASTER if serial == self.order[0] and not self.triggered else Role.SUBORDINATE


def sketch_rig(bench: Sequence[Discovered], hosts: Mapping[str, HostSpec] | None = None) -> Sketch:
    """Sketch the rig that a bench is; BenchError where a device is not told, or none is there.

    `hosts` are those that devices may be connected to.
    """
    sketch = _sketch(bench)
    places = {device.serial: device.host or HERE for device in bench if device.serial is not None}
    used = {name: spec for name, spec in (hosts or {}).items() if name in places.values()}
    return replace(sketch, hosts=used, places=places) if used else sketch


def _sketch(bench: Sequence[Discovered]) -> Sketch:
    problems = [device.problem for device in bench if device.problem]
    if problems:
        raise BenchError(*problems)
    wiring, against = explain_wiring(bench)
    serials = tuple(device.serial for device in bench if device.serial)
    hardware = hardware_of(*serials)
    if not serials:
        raise BenchError(*against)
    if len(serials) == 1 and not (wiring.master or wiring.middles or wiring.ends):
        return Sketch(Topology.STANDALONE, hardware, serials)
    if wiring.unknown:
        return _unknown(serials, hardware)
    if wiring.topology is None:
        return _unexplained(wiring, serials, hardware, against)
    return _explained(wiring, hardware, against)


def _explained(wiring: Wiring, hardware: Hardware, remarks: Sequence[Finding]) -> Sketch:
    if wiring.chains > 1:
        return _chained(wiring, hardware, remarks)
    head = (wiring.master,) if wiring.master else ()
    movable = wiring.middles if wiring.is_ambiguous else ()
    return Sketch(
        topology=wiring.topology or Topology.STANDALONE,
        hardware=hardware,
        order=(*head, *wiring.middles, *wiring.ends),
        triggered=wiring.triggered,
        movable=movable,
        guesses=dict.fromkeys(movable, "their order, as both jacks of each are plugged"),
        remarks=tuple(remarks),
    )


def _chained(wiring: Wiring, hardware: Hardware, remarks: Sequence[Finding]) -> Sketch:
    """Guess chains of equal length: only their number can be told, and who is at an end."""
    count = wiring.chains
    chains = tuple((*wiring.middles[i::count], end) for i, end in enumerate(wiring.ends))
    order = tuple(serial for chain in chains for serial in chain)
    return Sketch(
        topology=Topology.DAISY_CHAIN,
        hardware=hardware,
        order=order,
        triggered=True,
        chains=chains,
        guesses=dict.fromkeys(order, "which chain each is in, and where; only the ends of chains are told"),
        remarks=tuple(remarks),
    )


def _unknown(serials: tuple[str, ...], hardware: Hardware) -> Sketch:
    """Guess a star, as a Femto's hub wants it: any device may be the master."""
    return Sketch(
        topology=Topology.STAR,
        hardware=hardware,
        order=serials,
        movable=serials,
        guesses={serials[0]: "jacks that tell nothing: any of the devices may be the master"},
    )


def _unexplained(
    wiring: Wiring, serials: tuple[str, ...], hardware: Hardware, against: Sequence[Finding]
) -> Sketch:
    """Guess a chain in which every device stands where its plugs put it best."""
    settled = (*wiring.middles, *wiring.unwired, *wiring.ends)
    masters = tuple(serial for serial in serials if serial not in settled)
    order = (*masters, *wiring.middles, *wiring.unwired, *wiring.ends)
    return Sketch(
        topology=Topology.DAISY_CHAIN,
        hardware=hardware,
        order=order,
        movable=order,
        guesses=dict.fromkeys(order, "their order, as no wiring explains the plugs"),
        remarks=tuple(each.model_copy(update={"severity": Severity.WARNING}) for each in against),
        explained=False,
    )


def _guessed(order: Sequence[str]) -> Finding:
    return WIRING_GUESSED.found(
        f"no wiring explains the plugs, so a daisy chain is guessed: {' -> '.join(order)}"
    )
