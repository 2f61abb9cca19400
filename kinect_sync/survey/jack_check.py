"""Compare the plugs of a bench with those of a rig, or with every wiring that there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from kinect_sync.devices.port import Discovered
from kinect_sync.director.preflight import check_jacks, compare_inventory
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import JACK_LIMITS, JACK_UNKNOWN
from kinect_sync.readings import Jacks
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Topology
from kinect_sync.rig.topology import expected_jacks
from kinect_sync.survey.wiring import Place, Wiring, explain_wiring, place_of
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of, worst_of


class JackState(Value):
    """The two jacks of one device: what is seen, and what should be."""

    name: str | None
    """The rig's name for the device; null without a rig, or where the rig has no such device."""
    serial: str | None
    """Null where the device could not be opened."""
    index: int | None
    """Null where a device of the rig was not found."""
    host: str | None = None
    """The other host that it is connected to; null for the computer of the command."""
    sync_in: bool | None
    """Whether sync in has a plug; null where that cannot be told."""
    sync_out: bool | None
    """Whether sync out has a plug."""
    expected_in: bool | None = None
    """Whether sync in should have a plug; null without a rig."""
    expected_out: bool | None = None
    """Whether sync out should have a plug."""
    place: Place
    """Where its plugs put the device."""


class JackReport(Report):
    """What `ksync check-jacks --json` prints."""

    report: Literal["jacks"] = "jacks"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.UNKNOWN, Verdict.BAD, *UNANSWERED)]
    """`good`: every plug is right; `unknown`: nothing is wrong, and the jacks cannot tell more."""
    rig: str | None = None
    """Name of the rig; null where there was none to compare with."""
    devices: tuple[JackState, ...] = ()
    """The rig's devices, and connected ones that it does not name."""
    wiring: str | None = None
    """The wiring that would explain the plugs, as a line; null with a rig, or a device that was not read."""


def report_jacks(
    bench: Sequence[Discovered], rig: RigFields | None, *, allow_extra: bool = False
) -> JackReport:
    """Judge the jacks of a bench; with a rig, every difference counts."""
    if rig is None:
        return _explained(bench)
    observed = {
        device.name: found
        for device in rig.devices
        for found in bench
        if found.serial is not None and found.serial == device.serial
    }
    jacks = {name: found.jacks for name, found in observed.items() if found.jacks is not None}
    findings = (
        *compare_inventory(rig, bench, allow_extra=allow_extra),
        *_unreadable(observed),
        *(finding.weighed_in("check-jacks") for finding in check_jacks(rig, jacks)),
        *_limits_of_rig(rig, jacks),
    )
    return JackReport(
        verdict=_verdict(findings, jacks.values()),
        rig=rig.name,
        devices=(*_states(rig, observed), *_extra_states(rig, bench)),
        wiring=None,
        findings=findings,
    )


def _explained(bench: Sequence[Discovered]) -> JackReport:
    """Explain the plugs; with a device that could not be read, any explanation would be a guess."""
    wiring, against = explain_wiring(bench)
    problems = tuple(device.problem for device in bench if device.problem)
    findings = problems or (*against, *_blind(wiring.unknown), *_limits(wiring))
    return JackReport(
        verdict=_verdict(findings, [device.jacks for device in bench]),
        rig=None,
        devices=tuple(_state(device) for device in bench),
        wiring=None if problems else str(wiring),
        findings=findings,
    )


def _verdict(findings: Sequence[Finding], jacks: Iterable[Jacks | None]) -> Verdict:
    """Say what the findings amount to; where jacks cannot tell, nobody knows whether all is well."""
    blind = any(place_of(each) is Place.UNKNOWN for each in jacks)
    return worst_of((verdict_of(findings), Verdict.UNKNOWN if blind else Verdict.GOOD))


def _unreadable(observed: Mapping[str, Discovered]) -> list[Finding]:
    return [
        found.problem.model_copy(update={"device": name})
        for name, found in observed.items()
        if found.problem is not None
    ]


# --- states -------------------------------------------------------------------------------------------


def _state(
    device: Discovered, name: str | None = None, expected: tuple[bool | None, bool | None] = (None, None)
) -> JackState:
    jacks = device.jacks or Jacks(sync_in=None, sync_out=None)
    return JackState(
        name=name,
        serial=device.serial,
        index=device.index,
        host=device.host,
        sync_in=jacks.sync_in,
        sync_out=jacks.sync_out,
        expected_in=expected[0],
        expected_out=expected[1],
        place=place_of(device.jacks),
    )


def _states(rig: RigFields, observed: Mapping[str, Discovered]) -> list[JackState]:
    expected = expected_jacks(rig)
    return [
        _state(observed[device.name], device.name, expected[device.name])
        if device.name in observed
        else _absent(device.name, device.serial, expected[device.name])
        for device in rig.devices
    ]


def _absent(name: str, serial: str, expected: tuple[bool, bool]) -> JackState:
    return JackState(
        name=name,
        serial=serial,
        index=None,
        sync_in=None,
        sync_out=None,
        expected_in=expected[0],
        expected_out=expected[1],
        place=Place.UNKNOWN,
    )


def _extra_states(rig: RigFields, bench: Sequence[Discovered]) -> list[JackState]:
    named = {device.serial for device in rig.devices}
    return [_state(device) for device in bench if device.serial not in named]


# --- what jacks cannot tell -----------------------------------------------------------------------------


def _limits_of_rig(rig: RigFields, jacks: Mapping[str, Jacks]) -> list[Finding]:
    if rig.topology is Topology.STANDALONE or not rig.hardware.profile.jacks_tell or not jacks:
        return []
    middles = [name for name, (fed, feeds) in expected_jacks(rig).items() if fed and feeds]
    return [_limit(middles if rig.topology is Topology.DAISY_CHAIN else [], chains=len(rig.chains))]


def _limits(wiring: Wiring) -> list[Finding]:
    if wiring.topology in (None, Topology.STANDALONE):
        return []
    return [_limit(wiring.middles, chains=wiring.chains)]


def _limit(middles: Sequence[str], *, chains: int) -> Finding:
    swapped = ""
    if len(middles) > 1:
        where = "in the chain" if chains < 2 else "within and between the chains"
        swapped = f"; and {', '.join(middles)} could have changed places {where}: that looks the same"
    what = f"a jack reports a plug, not a signal: a broken cable looks like a good one{swapped}"
    return JACK_LIMITS.found(what)


def _blind(unknown: Sequence[str]) -> list[Finding]:
    if not unknown:
        return []
    return [
        JACK_UNKNOWN.found(
            f"this hardware cannot tell whether its sync jacks are plugged: {', '.join(unknown)}",
            remedy="describe the rig (`ksync init`); `ksync verify` proves the cables by what the devices do",
        )
    ]
