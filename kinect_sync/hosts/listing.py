"""The hosts of a studio or a rig as a list: who answers, with what, and what is left there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import TAKE_ORPHANED
from kinect_sync.hosts.roll_call import HostAnswer
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.address import Address
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of
from kinect_sync.wire.hosts import RunningTake


class HostDevice(Value):
    """A device that a host's USB bus lists."""

    serial: str
    """Its serial number."""
    name: str | None
    """The rig's name for it, where there is a rig that has it."""


class ListedHost(Value):
    """One host, and what it said; all is null of one that did not answer."""

    name: str
    """Its name in the studio."""
    address: str
    """Where it is dialled."""
    port: int
    """TCP port of its agent."""
    problem: Finding | None = None
    """Why it did not answer: `host-unreachable` where nobody listens, `host-refused` where somebody does, and
    one of the two does not accept the other."""
    ksync: str | None = None
    """Version of ksync there."""
    system: str | None = None
    """Operating system."""
    machine: str | None = None
    """Kind of processor."""
    simulates: bool | None = None
    """Whether it lends simulated devices."""
    devices: tuple[HostDevice, ...] | None = None
    """What its USB bus lists, without any device being opened; null where that can't be told."""
    clock_offset_ns: int | None = None
    """This computer's steady clock - the host's, as in take.json; 0 where it is the same clock."""
    clock_uncertainty_ns: int | None = None
    """How far that may be off, either way: half of the quickest round trip."""
    free_bytes: int | None = None
    """Room for takes."""
    director: str | None = None
    """Who commands it; null while nobody does."""
    takes: tuple[RunningTake, ...] = ()
    """What it records."""
    certificate_until: str | None = None
    """When its certificate expires, as an ISO date."""


class HostsReport(Report):
    """What `ksync hosts list --json` prints."""

    report: Literal["hosts"] = "hosts"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: every host answers; `failed`: one does not."""
    studio: str | None = None
    """Name of the studio."""
    rig: str | None = None
    """Name of the rig; null where all hosts of the studio were asked."""
    hosts: tuple[ListedHost, ...] = ()
    """The hosts, in the order of the rig file or of the studio."""


def list_hosts(
    studio: str,
    addresses: Mapping[str, Address],
    answers: Mapping[str, HostAnswer],
    rig: RigFields | None,
    findings: tuple[Finding, ...] = (),
) -> HostsReport:
    """Make the list of what hosts answered; `findings` are those of certificates."""
    problems = tuple(each.problem for each in answers.values() if each.problem is not None)
    found = (*problems, *findings, *_orphaned(answers))
    names = {device.serial: device.name for device in rig.devices} if rig else {}
    return HostsReport(
        verdict=verdict_of(found),
        findings=found,
        studio=studio,
        rig=rig.name if rig else None,
        hosts=tuple(_listed(host, addresses[host], each, names) for host, each in answers.items()),
    )


def _listed(host: str, address: Address, answer: HostAnswer, names: Mapping[str, str]) -> ListedHost:
    known = ListedHost(name=host, address=address.address, port=address.port, problem=answer.problem)
    it = answer.description
    if it is None:
        return known
    serials = answer.serials
    devices = (
        None if serials is None else tuple(HostDevice(serial=each, name=names.get(each)) for each in serials)
    )
    said = {
        "ksync": it.ksync,
        "system": it.system,
        "machine": it.machine,
        "simulates": it.simulates,
        "devices": devices,
        "clock_offset_ns": answer.clock.offset_ns if answer.clock else None,
        "clock_uncertainty_ns": answer.clock.half_ns if answer.clock else None,
        "free_bytes": it.free_bytes,
        "director": it.lease.director if it.lease else None,
        "takes": it.takes,
        "certificate_until": it.certificate_until.isoformat() if it.certificate_until else None,
    }
    return known.model_copy(update=said)


def _orphaned(answers: Mapping[str, HostAnswer]) -> Iterator[Finding]:
    """Yield each take that nobody directs any more, with all hosts that record it."""
    orphans: dict[str, dict[str, RunningTake]] = {}
    for host, answer in answers.items():
        for take in answer.description.takes if answer.description else ():
            if take.orphaned_s is not None:
                orphans.setdefault(take.take, {})[host] = take
    for name, places in orphans.items():
        where = ", ".join(f"`{host}` ({_left(take)})" for host, take in places.items())
        yield TAKE_ORPHANED.found(
            f"{name} is recorded on without its director: on {where}",
            remedy=f"end it with `ksync hosts end {name}`, or let it record on to its end",
        )


def _left(take: RunningTake) -> str:
    alone = f"alone for {lasting(take.orphaned_s or 0)}"
    return alone if take.ends_in_s is None else f"{alone}, ends in {lasting(take.ends_in_s)}"


def lasting(seconds: float) -> str:
    """Write how long something lasts: `42 s`, `0:09:58`."""
    return f"{seconds:.0f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
