"""The doctor at several computers at once: each looks at itself, and at the devices that are connected to it.

Devices are asked by a worker of the director's, as in any survey; whatever else is looked at, the agent of a
host looks at, as only it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.at_once import at_once
from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Launch
from kinect_sync.doctor.checkup import Checkup, HostCheckup, check_up
from kinect_sync.doctor.examination import Examination
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import AGENT_FAILED
from kinect_sync.hosts.placing import HostBench, ask_hosts
from kinect_sync.rig.model import HERE, RigFields
from kinect_sync.rig.part import part_of
from kinect_sync.rig.places import said_at
from kinect_sync.survey.discovery import keep_quiet, survey
from kinect_sync.verdicts import Verdict, verdict_of, worst_of
from kinect_sync.wire.hosts import Answer, Refused
from kinect_sync.wire.looks import Examine, Examined

EXAMINE_S = 90.0
"""How long a host may look at itself: some commands there may each take five seconds."""

Ask = Callable[[str, Examine], Answer | Finding]
"""Asks a host, and returns its answer or why there is none; called on threads."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Which computers are to be looked at, for which rig."""

    rig: RigFields
    launches: Mapping[str, Launch]
    """By host, or `here`, what starts a worker there that looks at the bench."""
    ask: Ask
    takes: Path
    """Folder that takes of this computer will be put into."""
    simulated: bool = False
    """Whether the devices of this computer are simulated."""
    allow_extra: bool = False
    """Whether devices that the rig does not name are fine."""
    tell: Callable[[Finding], None] = keep_quiet


def check_up_hosts(rounds: Rounds) -> Checkup:
    """Make every check on every computer that devices are connected to, at the same time."""
    benches = ask_hosts(list(rounds.launches), lambda host: survey(rounds.launches[host], tell=rounds.tell))
    parts = dict(_parts(rounds.rig, benches))
    found = at_once(parts, lambda host: _check_up(rounds, host, parts[host], benches[host]))
    own = found.pop(HERE, None)
    verdicts = [each.verdict for each in (own, *found.values()) if each is not None]
    return Checkup(
        verdict=worst_of(verdicts),
        findings=(*(own.findings if own else ()), *_findings(found)),
        sections=own.sections if own else (),
        kinects=own.kinects if own else (),
        hosts=tuple(_of_host(host, checkup) for host, checkup in found.items()),
    )


def _parts(rig: RigFields, benches: Mapping[str, HostBench]) -> Iterator[tuple[str, RigFields]]:
    """Yield each computer with what it has to serve; a device that is nowhere is missed at the first one."""
    first = next(iter(benches))
    found = {serial: host for host, bench in benches.items() for serial in bench.serials}
    places = {device.name: device.host or found.get(device.serial, first) for device in rig.devices}
    for host in benches:
        if names := [name for name, place in places.items() if place == host]:
            yield host, part_of(rig, names)


def _check_up(rounds: Rounds, host: str, part: RigFields, bench: HostBench) -> Checkup:
    if host != HERE:
        return _ask(rounds, host, part, bench)

    def found() -> tuple[Discovered, ...]:
        if bench.problems:
            raise BenchError(*bench.problems)
        return bench.devices

    return check_up(
        Examination(
            rig=part,
            takes=rounds.takes,
            ask_bench=found,
            simulated=rounds.simulated,
            allow_extra=rounds.allow_extra,
        )
    )


def _ask(rounds: Rounds, host: str, part: RigFields, bench: HostBench) -> Checkup:
    """Let a host look at itself; what is wrong with it is told as what the doctor could not do there."""
    request = Examine(
        rig=part,
        devices=None if bench.problems else bench.devices,
        findings=bench.problems,
        allow_extra=rounds.allow_extra,
    )
    answer = rounds.ask(host, request)
    if isinstance(answer, Examined):
        return _read(answer)
    if isinstance(answer, Refused):
        return _not_made(*answer.findings)
    return _not_made(answer if isinstance(answer, Finding) else _nonsense(f"it answered {answer.kind}"))


def _read(answer: Examined) -> Checkup:
    try:
        return Checkup.model_validate_json(answer.checkup)
    except ValueError:
        return _not_made(_nonsense("what it found can't be read"))


def _nonsense(what: str) -> Finding:
    return AGENT_FAILED.found(f"the host was to look at itself, and {what}")


def _not_made(*findings: Finding) -> Checkup:
    return Checkup(verdict=worst_of((Verdict.BAD, verdict_of(findings))), findings=findings)


def _of_host(host: str, checkup: Checkup) -> HostCheckup:
    return HostCheckup(
        host=host,
        verdict=checkup.verdict,
        findings=checkup.findings,
        sections=checkup.sections,
        kinects=checkup.kinects,
    )


def _findings(found: Mapping[str, Checkup]) -> Iterator[Finding]:
    for host, checkup in found.items():
        for finding in checkup.findings:
            yield said_at(host, finding)
