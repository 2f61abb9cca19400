"""What is looked at before Kinects are started: what breaks a start, and the SDK says late or never."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.preparing import PreparedTake, prepared_take
from kinect_sync.benches.wanted import WantedBench
from kinect_sync.calibration.named import calibration_of
from kinect_sync.director.take import TakePlan
from kinect_sync.doctor.checks import display, usb_memory
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.registry import run_checks
from kinect_sync.doctor.results import CheckResult, Status
from kinect_sync.errors import BenchError
from kinect_sync.findings import KINDS, Finding, Severity, has_errors
from kinect_sync.host.view import Host
from kinect_sync.rig.rig import Rig

CHECKS = (usb_memory.CHECK.name, display.CHECK.name)


def check_readiness(rig: Rig, wanted: WantedBench, host: Host | None = None) -> tuple[Finding, ...]:
    """Return the warnings of the doctor that concern a start; nothing where no Kinect is to be started.

    Neither the SDK nor a device is asked. Raises BenchError where the cameras can't start. Where devices are
    connected to other computers only, there is nothing to look at here.
    """
    if not isinstance(wanted, Kinects) or all(device.host in rig.hosts for device in rig.devices):
        return ()
    it = Examination(rig=rig, takes=Path(), ask_bench=lambda: (), host=host or Host())
    found = tuple(
        finding for result in run_checks(it, CHECKS) if (finding := _finding_of(result)) is not None
    )
    if has_errors(found):
        raise BenchError(*found)
    return found


def check_take(plan: TakePlan, wanted: WantedBench) -> tuple[TakePlan, tuple[Finding, ...]]:
    """See that nothing forbids a take; return it with its name and calibration, and what to warn of.

    What was asked for is told before what the computer lacks. Raises what `TakePlan.folder`, `calibration_of`
    and `check_readiness` do.
    """
    name = plan.folder().path.name  # other hosts must know it before
    return _checked(plan.model_copy(update={"name": name}), wanted)


def check_stream(plan: TakePlan, wanted: WantedBench, *, keeps: bool) -> tuple[TakePlan, tuple[Finding, ...]]:
    """See that nothing forbids a run whose rows are given; the same as of a take, where one is kept.

    Raises what `calibration_of` and `check_readiness` do, and `check_take`.
    """
    return check_take(plan, wanted) if keeps else _checked(plan, wanted)


def _checked(plan: TakePlan, wanted: WantedBench) -> tuple[TakePlan, tuple[Finding, ...]]:
    calibration, misfits = calibration_of(plan.rig, time.time_ns(), plan.calibration)
    plan = plan.model_copy(update={"calibration": calibration})
    return plan, (*misfits, *check_readiness(Rig.of(plan.rig), wanted))


@contextmanager
def ready_take(plan: TakePlan, wanted: WantedBench) -> Iterator[PreparedTake]:
    """Prepare the bench of a take for as long as the context lasts, when it is seen that nothing forbids it.

    Raises what `check_take` and `prepared_take` do; their warnings are among the findings.
    """
    plan, warnings = check_take(plan, wanted)
    with prepared_take(plan, wanted) as take:
        yield replace(take, findings=(*warnings, *take.findings))


def _finding_of(result: CheckResult) -> Finding | None:
    """Weigh a result as its kind does, at most: what fails by a rule of thumb refuses no take."""
    if result.finding is None or result.status is Status.UNKNOWN:
        return None
    if KINDS[result.name].severity is Severity.WARNING:
        return result.finding.model_copy(update={"severity": Severity.WARNING})
    return result.finding
