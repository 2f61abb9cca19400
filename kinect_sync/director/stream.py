"""A run for a program that reads along: nothing of it is kept, or a take, and it is judged as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer
from kinect_sync.director.run import Run, RunOutcome
from kinect_sync.director.sink import Sink
from kinect_sync.director.take import RecordedTake, TakePlan, measured_findings, record_take, run_warned
from kinect_sync.findings import Finding
from kinect_sync.takes.manifest import DeviceReport, TakeHost
from kinect_sync.timing.verification import DeviceVerification, judge
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
    with launched(settings, launch, stopping) as fleet, closing(RingSink(ring)) as sink:
        run = Run(plan, fleet, sink, observers, pulses=plan.pulses)
        outcome = run_warned(run, warned)
        measured = measured_findings(outcome, fleet, max_drop_percent=plan.max_drop_percent)
        return _of_run(plan, fleet, outcome, (*warned, *outcome.findings, *measured, *run.unobserved))


def _of_run(plan: TakePlan, fleet: Fleet, outcome: RunOutcome, findings: tuple[Finding, ...]) -> StreamReport:
    return StreamReport(
        verdict=judge(outcome.devices, findings, max_drop_percent=plan.max_drop_percent),
        rig=plan.rig.name,
        pulses=outcome.pulses,
        complete=outcome.complete,
        duration_s=round(outcome.pulses / plan.rig.camera.fps, 3),
        devices=tuple(_device(state, each) for state, each in zip(fleet, outcome.devices, strict=True)),
        findings=findings,
    )


def _device(state: DeviceState, verified: DeviceVerification) -> StreamDeviceReport:
    return StreamDeviceReport(
        name=state.name,
        serial=state.settings.serial,
        role=state.settings.role,
        host=state.place,
        captures=state.captures,
        dropped=verified.dropped,
        holes=verified.holes,
        lost=state.is_missed,
        bias_us=verified.bias_us,
        jitter_us=verified.jitter_us,
        drift_ppm=verified.drift_ppm,
    )


def _of_take(take: RecordedTake, plan: TakePlan) -> StreamReport:
    return StreamReport(
        verdict=take.verdict,
        rig=plan.rig.name,
        take=take.take,
        pulses=take.pulses,
        complete=take.complete,
        duration_s=take.duration_s,
        devices=tuple(map(_of_recorded, take.devices)),
        findings=take.findings,
    )


def _of_recorded(device: DeviceReport) -> StreamDeviceReport:
    said = {name: getattr(device, name) for name in DeviceReport.model_fields if name != "file"}
    return StreamDeviceReport.model_validate(said)
