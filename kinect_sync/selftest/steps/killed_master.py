"""A master whose process dies: whether subordinates fall silent, or go on without pulses."""

from __future__ import annotations

from kinect_sync.director.start_failures import silent_subordinates
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master

SETTLES_S = 1.0
"""What was on its way when the master died has come by then."""


def measure(stand: Stand) -> Runs:
    """Start the rig, kill the master's process, and watch the subordinates."""
    master = stand.plan.master_name
    seconds = stand.plan.amounts.run_s
    groups = (([each.name for each in stand.plan.subordinates], 0.0), ((master,), seconds))
    run = stand.start("the master's process killed", stand.rig, groups, kill=master, after_s=seconds)
    again = stand.start(f"{master} again", stand.rig, devices=(master,))
    return Runs(runs=(run, again))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Count what came of each subordinate after its master was gone; either is a fact, and no fault."""
    run, again = measured.runs
    master = run.device(plan.master_name)
    if master.start_s is None:  # it was not there to be killed
        return Judgement((), faults_of(measured.runs))
    watched = [each for each in run.devices if each is not master and each.moments]
    heard = [each for each in watched if each.moments[-1].captures]
    hearing = [each.name for each in heard]
    silent = [each.name for each in watched if each.name not in hearing]
    watched_s = _ended_s(master) + plan.amounts.run_s
    others = [each for each in faults_of((run,)) if each.device != master.name]
    deaf = silent_subordinates(plan.rig, silent, hearing) if not others else ()  # they had their time
    seen = tuple(f"{each.name}: {_told(each, watched_s)}" for each in heard)
    return Judgement(seen, (*faults_of((again,)), *others, *deaf))


def _ended_s(master: DeviceRecord) -> float:
    return master.moments[-1].at_s if master.moments else 0.0


def _told(device: DeviceRecord, watched_s: float) -> str:
    """Tell whether captures still came in the second half of the time after the master's end."""
    last, since = device.moments[-1], device.moments[-1].at_s - (watched_s / 2 - SETTLES_S) / 2
    before = max((each.captures for each in device.moments if each.at_s <= since), default=0)
    came = last.captures - before
    if came:
        return f"it goes on without a master: {came} captures in its last {last.at_s - since:.1f} s"
    return f"it fell silent after {last.captures} captures"


STEP = Step(
    name="killed-master",
    place=170,
    question="Do subordinates fall silent when their master ends, or go on without pulses?",
    expected="either; ksync ends a take in which the source of the pulses is gone",
    source="open: they starve by the documentation, and go on by SDK issue 1850",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: 2 * plan.amounts.run_s + 20,
    lacks=needs_master,
)
