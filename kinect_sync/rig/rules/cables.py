"""The cables that were bought, against the cables that the topology needs."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import CABLE_NOT_IN_TOPOLOGY, CABLE_TOO_LONG, CABLE_TWICE, CABLE_UNKNOWN_END
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Topology
from kinect_sync.rig.problem import Problem
from kinect_sync.rig.rules import chains, roles
from kinect_sync.rig.topology import TRIGGER, cables

_MAX_LENGTH_M = 10


def cable_lengths(rig: RigFields) -> Iterator[Problem]:
    """The sync signal is specified for less than 10 m of 3.5 mm cable."""
    for index, cable in enumerate(rig.cables):
        if cable.length_m >= _MAX_LENGTH_M:
            what = f"a cable of {cable.length_m:g} m; the pulse is specified for less than {_MAX_LENGTH_M} m"
            yield Problem(("cables", index, "length_m"), CABLE_TOO_LONG, what)


def cable_ends_exist(rig: RigFields) -> Iterator[Problem]:
    """A cable's ends are devices of the rig, or the trigger."""
    names = {device.name for device in rig.devices}
    for index, cable in enumerate(rig.cables):
        for key, name in (("from", cable.from_), ("to", cable.to)):
            if name == TRIGGER and key == "from":
                if rig.external_trigger is None:
                    what = "a cable from the trigger, and the rig has no `external_trigger`"
                    yield Problem(("cables", index, key), CABLE_UNKNOWN_END, what)
            elif name not in names:
                what = f"no device is called `{name}`"
                remedy = f"write one of {', '.join(sorted(names))}"
                yield Problem(("cables", index, key), CABLE_UNKNOWN_END, what, remedy)


def cables_follow_topology(rig: RigFields) -> Iterator[Problem]:
    """A cable between devices that the topology does not connect is another rig than the one described."""
    if not rig.cables or _wiring_unclear(rig):
        return
    needed = {(cable.from_device, cable.to_device): str(cable) for cable in cables(rig)}
    names = {device.name for device in rig.devices} | ({TRIGGER} if rig.external_trigger else set())
    seen: set[tuple[str, str]] = set()
    for index, cable in enumerate(rig.cables):
        link = (cable.from_, cable.to)
        if link in seen:
            what = f"the cable from `{link[0]}` to `{link[1]}` is listed twice"
            yield Problem(("cables", index), CABLE_TWICE, what)
        elif link not in needed and names.issuperset(link):
            yield _stray(rig, index, link, needed)
        seen.add(link)


def _stray(rig: RigFields, index: int, link: tuple[str, str], needed: dict[tuple[str, str], str]) -> Problem:
    if rig.topology is Topology.STANDALONE:
        what, remedy = "a sync cable in a standalone rig", "take it out, or choose another topology"
    elif link[::-1] in needed:
        what, remedy = "this cable runs the other way", f"it runs {needed[link[::-1]]}"
    else:
        what = f"a {rig.topology} has no cable from `{link[0]}` to `{link[1]}`"
        remedy = f"the cables of this rig run {'; '.join(needed.values())}"
    return Problem(("cables", index), CABLE_NOT_IN_TOPOLOGY, what, remedy)


def _wiring_unclear(rig: RigFields) -> bool:
    """Tell whether roles leave open which cables are right; that is then said elsewhere."""
    names = [device.name for device in rig.devices]
    if len(set(names)) < len(names):
        return True
    if any(True for rule in (*roles.RIG_RULES, *chains.RIG_RULES) for _ in rule(rig)):
        return True
    return rig.topology is Topology.STANDALONE and rig.external_trigger is not None


RIG_RULES = (cable_lengths, cable_ends_exist, cables_follow_topology)
