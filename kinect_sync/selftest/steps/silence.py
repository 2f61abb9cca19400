"""Whether subordinates without a master wait: one that does not follows nothing, and looks fine in a file."""

from __future__ import annotations

from kinect_sync.findings.start import FREE_RUNNING
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master


def measure(stand: Stand) -> Runs:
    """Start the subordinates, and no master."""
    names = [device.name for device in stand.plan.subordinates]
    watched = ((names, stand.plan.amounts.silence_s),)
    return Runs(runs=(stand.start("subordinates without a master", stand.rig, watched, devices=names),))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Count what came."""
    (run,) = measured.runs
    faults, seen, findings = faults_of(measured.runs), [], []
    for device in run.devices:
        count = max((moment.captures for moment in device.moments), default=0) or len(device.first)
        if device.start_s is None:
            continue
        seen.append(f"{device.name}: {count} captures in {plan.amounts.silence_s:g} s")
        if count:
            first = "" if device.first_s is None else f", the first after {device.first_s:.1f} s"
            told = f"it delivered {count} captures while there was no master{first}"
            findings.append(FREE_RUNNING.found(told, device=device.name))
    return Judgement(tuple(seen), (*faults, *findings))


STEP = Step(
    name="silence",
    place=60,
    question="Do subordinates wait for a master?",
    expected="no capture from any subordinate, only timeouts",
    source="multi-camera-sync.md; that one may run free after it once heard a trigger is told in SDK issue "
    "1850",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: plan.amounts.silence_s + 8,
    lacks=needs_master,
)
