"""Which host each device of a rig is connected to: what the rig says, or where its serial number answers.

A rig that says it of every device costs nothing. Otherwise all hosts are asked at once what is on their
benches, and what they say together is held against the rig: a device may be nowhere, at two hosts, or not
where the rig says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kinect_sync.at_once import at_once
from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DEVICE_MISSING
from kinect_sync.findings.hosts import DEVICE_AT_TWO_HOSTS, DEVICE_ELSEWHERE
from kinect_sync.rig.model import HERE, DeviceSpec, RigFields
from kinect_sync.rig.places import place_named, said_at

Discover = Callable[[str], Sequence[Discovered]]
"""Lists what is on the bench of a host, or `here`; KsyncError where it can't be told. Called on threads."""


@dataclass(frozen=True, slots=True)
class HostBench:
    """What one host said of its bench."""

    devices: tuple[Discovered, ...] = ()
    problems: tuple[Finding, ...] = ()
    """Why it could not say it."""

    @property
    def serials(self) -> tuple[str, ...]:
        """The devices that could be opened."""
        return tuple(device.serial for device in self.devices if device.serial)

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What a device that was not found may be."""
        unopened = (device.problem for device in self.devices if device.serial is None)
        return (*self.problems, *(problem for problem in unopened if problem is not None))


def said_places(rig: RigFields) -> dict[str, str]:
    """Return the host of each device that says one, or `here`, by the device's name."""
    if not rig.hosts:
        return {device.name: HERE for device in rig.devices}
    return {device.name: device.host for device in rig.devices if device.host is not None}


def find_places(rig: RigFields, discover: Discover) -> dict[str, str]:
    """Return the host of every device, or `here`, by the device's name, in the order of the rig.

    Nobody is asked where the rig says it all. Raises BenchError with everything that is not as the rig says.
    """
    said = said_places(rig)
    if len(said) == len(rig.devices):
        return said
    return places_in(rig, ask_hosts((HERE, *rig.hosts), discover))


def ask_hosts(hosts: Sequence[str], discover: Discover) -> dict[str, HostBench]:
    """Ask all hosts at once what is on their benches, as each takes seconds to open its devices."""

    def ask(host: str) -> HostBench:
        try:
            return HostBench(tuple(discover(host)))
        except KsyncError as error:
            return HostBench(problems=error.findings)

    return at_once(hosts, ask)


def places_in(rig: RigFields, benches: Mapping[str, HostBench]) -> dict[str, str]:
    """Find each device of the rig in what the hosts said; BenchError with everything that is wrong.

    A host that could not say what it has, and a device that could not be opened, matter where a device of the
    rig is missing: a director's own computer may have neither devices nor an SDK.
    """
    where = {
        device.name: tuple(host for host, bench in benches.items() if device.serial in bench.serials)
        for device in rig.devices
    }
    wrong = [finding for device in rig.devices for finding in _judge(device, where[device.name], benches)]
    if not all(where.values()):
        wrong += [said_at(host, doubt) for host, bench in benches.items() for doubt in bench.doubts]
    if wrong:
        raise BenchError(*wrong)
    return {name: hosts[0] for name, hosts in where.items()}


def _judge(device: DeviceSpec, hosts: Sequence[str], benches: Mapping[str, HostBench]) -> Iterator[Finding]:
    if not hosts:
        yield _missing(device, benches)
    elif len(hosts) > 1:
        what = (
            f"the serial {device.serial} answers at {len(hosts)} hosts: {', '.join(map(place_named, hosts))}"
        )
        yield DEVICE_AT_TWO_HOSTS.found(what, device=device.name)
    elif device.host is not None and device.host != hosts[0]:
        meant, there = place_named(device.host), place_named(hosts[0])
        what = f"the rig says that it is at {meant}, and it answers at {there}"
        remedy = f"write `host: {hosts[0]}`, or connect it to {meant}"
        yield DEVICE_ELSEWHERE.found(what, device=device.name, remedy=remedy)


def _missing(device: DeviceSpec, benches: Mapping[str, HostBench]) -> Finding:
    seen = "; ".join(
        f"{place_named(host)}: {', '.join(sorted(bench.serials)) or 'none'}"
        for host, bench in benches.items()
        if not bench.problems
    )
    what = f"no host has a device with serial {device.serial} ({seen or 'none could say what it has'})"
    return DEVICE_MISSING.found(what, device=device.name)
