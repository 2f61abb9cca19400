"""Verify the master with one subordinate at a time, and conclude what breaks a chain or a star.

In a chain a device hears the master through the jacks of those before it: sync out mirrors sync in, also
of a device that has power and was not started. So each pair needs the cables of the whole rig plugged, and
says three things: the devices before it pass pulses on, its own cable carries them, and it follows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer
from kinect_sync.director.preflight import check_jacks, compare_inventory
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.findings.start import (
    CHAIN_BROKEN,
    DEVICE_DEAF,
    DEVICE_SILENT,
    PAIRWISE_WITHOUT_MASTER,
    STAR_BROKEN,
)
from kinect_sync.rig.model import HERE, DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.rig.topology import between, feeding_cable
from kinect_sync.survey.places import Launches, survey_places
from kinect_sync.survey.verify import PairReport, VerifyPlan, VerifyReport, verify_rig
from kinect_sync.verdicts import verdict_of

DELIVERY_S = 6.0
"""How long one pair waits for captures: the first comes within a second of the master's start, and a broken
chain of nine makes up to eight pairs wait."""


def verify_pairs(
    plan: VerifyPlan,
    launch: Launch,
    *,
    stopping: Callable[[], bool],
    observers: Sequence[Observer] = (),
    looks: Launches | None = None,
) -> VerifyReport:
    """Verify every pair of master and subordinate. Raises UsageError where the rig has no master.

    `looks` start who looks at the benches, where that is not this computer's alone.
    `Interrupted` when `stopping` becomes true.
    """
    master = _master(plan.rig)
    told: list[Finding] = []
    try:
        bench = survey_places(looks or {HERE: launch}, stopping, told.append)
    except BenchError as error:
        return _report(plan, (), error.findings)
    notes = (*told, *_check_bench(plan, bench))
    if has_errors(notes):
        return _report(plan, (), notes)
    patience = plan.patience.model_copy(update={"delivery_s": min(DELIVERY_S, plan.patience.delivery_s)})
    patient = plan.model_copy(update={"patience": patience})
    run = partial(verify_rig, patient, launch, stopping=stopping, observers=observers, bench=bench)
    pairs = tuple(
        _pair(device, run(devices=(master, device))) for device in plan.rig.devices if device is not master
    )
    return _report(plan, pairs, (*notes, *_concluded(plan.rig, pairs)))


def conclude(rig: RigFields, heard: Mapping[str, bool]) -> tuple[Finding, ...]:
    """Say what breaks the wiring, from which subordinates heard the master; names are the rig's.

    A device that could not be tried is left out of `heard`.
    """
    tried = [device.name for device in rig.devices if device.name in heard]
    deaf = [name for name in tried if not heard[name]]
    if not deaf:
        return ()
    if rig.topology is Topology.STAR:
        return _conclude_star(rig, tried, deaf)
    last = max((place for place, name in enumerate(tried) if heard[name]), default=-1)
    passing = [_deaf(name, tried[last]) for name in tried[: max(last, 0)] if name in deaf]
    beyond = tried[last + 1 :]
    return (*passing, *([_chain_broken(rig, tried, beyond)] if beyond else []))


def _master(rig: RigFields) -> DeviceSpec:
    for device in rig.devices:
        if device.role is Role.MASTER:
            return device
    raise UsageError(
        PAIRWISE_WITHOUT_MASTER.found(
            "--pairwise runs the master with one subordinate at a time, and this rig has no master"
        )
    )


def _check_bench(plan: VerifyPlan, bench: Sequence[Discovered]) -> tuple[Finding, ...]:
    by_serial = {found.serial: found.jacks for found in bench if found.serial and found.jacks}
    jacks = {each.name: by_serial[each.serial] for each in plan.rig.devices if each.serial in by_serial}
    return (
        *compare_inventory(plan.rig, bench, allow_extra=plan.allow_extra),
        *check_jacks(plan.rig, jacks),
    )


def _pair(device: DeviceSpec, report: VerifyReport) -> PairReport:
    return PairReport(
        subordinate=device.name,
        verdict=report.verdict,
        heard=next((each.heard for each in report.devices if each.name == device.name), None),
        devices=report.devices,
        findings=report.findings,
    )


def _concluded(rig: RigFields, pairs: Sequence[PairReport]) -> list[Finding]:
    """Return what the pairs say together, and of each pair what the conclusion does not explain."""
    heard = {pair.subordinate: pair.heard for pair in pairs if pair.heard is not None}
    found = [*conclude(rig, heard)]
    for pair in pairs:
        found += [each for each in pair.findings if not _is_explained(each, pair) and each not in found]
    return found


def _is_explained(finding: Finding, pair: PairReport) -> bool:
    return finding.kind is DEVICE_SILENT and finding.device == pair.subordinate


def _report(plan: VerifyPlan, pairs: tuple[PairReport, ...], findings: Sequence[Finding]) -> VerifyReport:
    return VerifyReport(
        verdict=verdict_of(findings),
        rig=plan.rig.name,
        tolerance_us=plan.tolerance_us,
        pulses=0,
        complete=0,
        devices=(),
        pairs=pairs,
        findings=tuple(findings),
    )


# --- conclusions --------------------------------------------------------------------------------------


def _deaf(name: str, further: str) -> Finding:
    return DEVICE_DEAF.found(
        f"it does not follow the master, though `{further}` further down the chain does, which hears "
        "the master through it: the cables carry pulses, and the device does not take them",
        device=name,
        remedy=f"unplug power and USB of `{name}`, plug them in again, and seat the plug in its sync in; "
        "if it stays, exchange the device",
    )


def _chain_broken(rig: RigFields, tried: Sequence[str], beyond: Sequence[str]) -> Finding:
    first, cable = beyond[0], feeding_cable(rig, beyond[0])
    before = cable.from_device if cable else ""
    behind = f"; what is behind it is silent with it ({', '.join(beyond[1:])})" if beyond[1:] else ""
    if before not in (*tried, _master(rig).name):
        return CHAIN_BROKEN.found(
            f"it does not hear the master; whether pulses reach `{before}`, through which they come, "
            f"could not be tried{behind}",
            device=first,
            remedy=f"see what is said of `{before}` first; if nothing is, exchange the cable {cable}",
        )
    return CHAIN_BROKEN.found(
        f"it is the first device of the chain that does not hear the master: pulses reach `{before}`, "
        f"and do not get further{behind}",
        device=first,
        remedy=f"exchange the cable {cable}; if it stays, it is sync out of `{before}` or sync in of "
        f"`{first}`: let them change places in the chain",
    )


def _conclude_star(rig: RigFields, tried: Sequence[str], deaf: Sequence[str]) -> tuple[Finding, ...]:
    if len(deaf) == len(tried) > 1:
        through = between(rig) or "cable"
        return (
            STAR_BROKEN.found(
                f"no subordinate hears the master ({', '.join(deaf)}): what they share is broken",
                device=_master(rig).name,
                remedy=f"check sync out of `{_master(rig).name}`, the {through}, and the cable between them",
            ),
        )
    return tuple(
        DEVICE_SILENT.found(
            "it does not hear the master, though others in the star do"
            if len(tried) > 1
            else "it does not hear the master",
            device=name,
            remedy=f"exchange the cable {feeding_cable(rig, name)}; if it stays, it is sync in of `{name}`",
        )
        for name in deaf
    )
