"""From plugs to the wiring that would explain them, without a rig that says what should be.

A jack tells one bit. Only the master has sync out plugged and sync in empty; in the middle of a chain both
are plugged; at the end of a chain, and on every subordinate of a star, sync in alone. Several chains at the
distributor of an external trigger have as many ends as they are, and no master.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import (
    CABLE_ABSENT,
    CABLE_LEADS_NOWHERE,
    DEVICE_NOT_WIRED,
    NO_DEVICES,
    SPLITTER_ON_CHAIN,
    WIRING_RING,
)
from kinect_sync.findings.rig import NO_MASTER, SEVERAL_MASTERS, TOO_MANY_DEVICES
from kinect_sync.readings import Jacks
from kinect_sync.rig.modes import Topology
from kinect_sync.values import Value

STAR_SUBORDINATES = 2
"""What a headphone splitter on an Azure Kinect's sync out may feed (sync FAQ of the Azure Kinect DK)."""


class Place(str, Enum):
    """Where the plugs of one device put it."""

    MASTER = "master"
    MIDDLE = "middle of a chain"
    END = "end of a chain, or in a star"
    UNWIRED = "not wired"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        """Return the words that an operator reads."""
        return str(self.value)


_PLACES = {
    (False, True): Place.MASTER,
    (True, True): Place.MIDDLE,
    (True, False): Place.END,
    (False, False): Place.UNWIRED,
}


class Wiring(Value):
    """The wiring that would explain the plugs; devices by serial."""

    topology: Topology | None
    """None where no wiring explains the plugs, or the hardware cannot tell."""
    triggered: bool = False
    """Whether an external trigger has to be at the head: nothing else gives pulses."""
    master: str | None = None
    middles: tuple[str, ...] = ()
    """Between master and end of a chain; their order among themselves cannot be told."""
    ends: tuple[str, ...] = ()
    chains: int = 1
    """How many chains there are, where it is a daisy chain; whose end is whose cannot be told of several."""
    unwired: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Whether devices could change places without any jack showing it."""
        return len(self.middles) > 1 or self.chains > 1

    def __str__(self) -> str:
        """Say the wiring as a line: `daisy chain: A -> (B, C in some order) -> D`."""
        if self.topology is None:
            return "no wiring explains these plugs" if not self.unknown else "unknown"
        head = "external trigger" if self.triggered else self.master or ""
        between = ", ".join(self.middles)
        order = " in some order" if self.is_ambiguous else ""
        if self.topology is Topology.STANDALONE:
            return f"standalone: {', '.join(self.unwired)}"
        if self.topology is Topology.STAR:
            return "star: " + " -> ".join(filter(None, (head, between, ", ".join(self.ends))))
        if self.chains > 1:
            ends = ", ".join(self.ends)
            return f"{self.chains} daisy chains: {head} -> ({between} in some order) -> one of {ends} each"
        return "daisy chain: " + " -> ".join(
            filter(None, (head, f"({between}{order})" if order else between, *self.ends))
        )


def place_of(jacks: Jacks | None) -> Place:
    """Say where its plugs put a device."""
    if jacks is None or jacks.sync_in is None or jacks.sync_out is None:
        return Place.UNKNOWN
    return _PLACES[jacks.sync_in, jacks.sync_out]


def explain_wiring(bench: Sequence[Discovered]) -> tuple[Wiring, tuple[Finding, ...]]:
    """Return the wiring that explains the plugs of a bench, and what speaks against any."""
    seen = {place: _serials(bench, place) for place in Place}
    masters, middles, ends = seen[Place.MASTER], seen[Place.MIDDLE], seen[Place.END]
    parts = {"middles": middles, "ends": ends, "unwired": seen[Place.UNWIRED]}
    if seen[Place.UNKNOWN]:
        return Wiring(topology=None, unknown=seen[Place.UNKNOWN], **parts), ()
    against = _why_none(masters, middles, ends, seen[Place.UNWIRED])
    topology = None if against else _topology(middles, ends, seen[Place.UNWIRED])
    wiring = Wiring(
        topology=topology,
        triggered=topology not in (None, Topology.STANDALONE) and not masters,
        master=masters[0] if len(masters) == 1 else None,
        chains=len(ends) if topology is Topology.DAISY_CHAIN else 1,
        **parts,
    )
    return wiring, (*against, *_remarks(wiring))


def _serials(bench: Iterable[Discovered], place: Place) -> tuple[str, ...]:
    return tuple(each.serial for each in bench if each.serial and place_of(each.jacks) is place)


def _topology(middles: tuple[str, ...], ends: tuple[str, ...], unwired: tuple[str, ...]) -> Topology:
    """Tell a star, whose middle is one device at most, from several chains."""
    if unwired:
        return Topology.STANDALONE
    return Topology.STAR if len(ends) > 1 and len(middles) < 2 else Topology.DAISY_CHAIN


def _why_none(
    masters: tuple[str, ...], middles: tuple[str, ...], ends: tuple[str, ...], unwired: tuple[str, ...]
) -> list[Finding]:
    """Return what keeps any wiring from explaining these plugs; empty when one does."""
    wired = len(masters) + len(middles) + len(ends)
    if not wired:
        return _nothing_plugged(unwired)
    found = [_not_wired(serial) for serial in unwired]
    if len(masters) > 1:
        found.append(_several_masters(masters))
    elif middles and not masters and not ends:
        found.append(_ring(middles))
    elif masters and not ends:
        found.append(_leads_nowhere((*masters, *middles)))
    elif middles and len(ends) > 1 and masters:
        found.append(_splitter_on_chain(middles, ends))
    return found


def _remarks(wiring: Wiring) -> list[Finding]:
    found = []
    if wiring.triggered:
        found.append(_no_master(wiring))
    if wiring.topology is Topology.STAR and len(wiring.ends) > STAR_SUBORDINATES:
        found.append(_star_too_large(wiring))
    return found


def _nothing_plugged(unwired: tuple[str, ...]) -> list[Finding]:
    if len(unwired) == 1:
        return []  # one device alone needs no cable
    if not unwired:
        return [
            NO_DEVICES.found(
                "no device is connected, or none that can be opened",
                remedy="check power and USB cables; `ksync doctor` looks at controllers and permissions",
            )
        ]
    return [
        CABLE_ABSENT.found(
            f"no sync cable is plugged in anywhere: {len(unwired)} devices that run on their own"
        )
    ]


def _not_wired(serial: str) -> Finding:
    return DEVICE_NOT_WIRED.found(
        "nothing is plugged into its jacks, while other devices are wired",
        device=serial,
        remedy=f"plug a cable from the last device's sync out to {serial} sync in, or unplug its USB",
    )


def _several_masters(masters: tuple[str, ...]) -> Finding:
    return SEVERAL_MASTERS.found(
        f"{len(masters)} devices have a plug in sync out and none in sync in, as only a master has: "
        f"{', '.join(masters)}",
        remedy="plug a cable into sync in of all of them but one; where they are rigs of their own, "
        "connect one rig at a time",
    )


def _ring(middles: tuple[str, ...]) -> Finding:
    return WIRING_RING.found(
        f"every device has both jacks plugged, as in a ring: {', '.join(middles)}; nothing gives the "
        "first pulse, unless an external trigger does and the last cable leads to a device that is not "
        "connected"
    )


def _leads_nowhere(devices: tuple[str, ...]) -> Finding:
    return CABLE_LEADS_NOWHERE.found(
        "no chain ends: a cable leads from a sync out to no device that is connected here",
        remedy=f"follow the cables from sync out of {', '.join(devices)}: plug the loose end into sync in "
        "of the next device, unplug the cable, or check that device's power and USB",
    )


def _splitter_on_chain(middles: tuple[str, ...], ends: tuple[str, ...]) -> Finding:
    return SPLITTER_ON_CHAIN.found(
        f"a chain has one end, and {len(ends)} devices have a plug in sync in only "
        f"({', '.join(ends)}), beside {', '.join(middles)} with both: a splitter on a chain, or a cable "
        "that is missing between two of them"
    )


def _no_master(wiring: Wiring) -> Finding:
    return NO_MASTER.found(
        "no device has sync out plugged and sync in empty, as a master has: only an external trigger "
        "explains that",
        device=wiring.middles[0] if len(wiring.middles) == 1 else None,
        severity=Severity.WARNING,
        remedy="without a trigger, unplug the cable from the master's sync in",
    )


def _star_too_large(wiring: Wiring) -> Finding:
    return TOO_MANY_DEVICES.found(
        f"a star of one master and {len(wiring.ends)} subordinates; a splitter on an Azure Kinect "
        f"feeds {STAR_SUBORDINATES}",
        severity=Severity.WARNING,
        remedy="wire a daisy chain",
    )
