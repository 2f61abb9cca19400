"""A run for a program that reads along: nothing of it is kept, or a take, and it is judged as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinect_sync.director.fleet import launched
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer
from kinect_sync.director.run import Run
from kinect_sync.director.sink import Sink
from kinect_sync.director.take import TakePlan, measured_findings, record_take, run_warned, take_report
from kinect_sync.findings import Finding
from kinect_sync.takes.manifest import TakeHost, TakeReport
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport


class RingSink(Sink):
    """Keeps nothing but the newest captures of each device, for whoever reads along."""

    keeps_parts = True

    def __init__(self, ring: int) -> None:
        """Keep so many captures of each device."""
        self.ring = ring


def stream_rig(
    plan: TakePlan,
    launch: Launch,
    *,
    ring: int,
    keeps: bool,
    stopping: Callable[[], bool],
    observers: Sequence[Observer] = (),
    warned: Sequence[Finding] = (),
    hosts: Sequence[TakeHost] = (),
) -> StreamReport:
    """Run a rig whose devices keep their newest captures in a `ring` of so many, and report how it went.

    A take is recorded beside where `keeps` says so, and else the plan's folder and room are of no matter.
    Raises what `record_take` does.
    """
    if keeps:
        take = record_take(
            plan, launch, stopping=stopping, observers=observers, warned=warned, hosts=hosts, ring=ring
        )
        return _of_take(take, plan)
    settings = [plan.rig.settings_of(device) for device in plan.rig.devices]
    with launched(settings, launch, stopping) as fleet:
        run = Run(plan, fleet, RingSink(ring), observers, pulses=plan.pulses)
        outcome = run_warned(run, warned)
        measured = measured_findings(outcome, fleet, max_drop_percent=plan.max_drop_percent)
        findings = (*warned, *outcome.findings, *measured, *run.unobserved)
        return _of_take(take_report(plan, fleet, outcome, findings, folder=None), plan)


def _of_take(take: TakeReport, plan: TakePlan) -> StreamReport:
    return StreamReport(
        verdict=take.verdict,
        rig=plan.rig.name,
        take=take.take,
        pulses=take.pulses,
        complete=take.complete,
        duration_s=take.duration_s,
        devices=tuple(map(StreamDeviceReport.of, take.devices)),
        findings=take.findings,
    )
