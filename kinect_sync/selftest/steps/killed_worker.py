"""A process that dies holds a device: whether the others notice, and whether the device opens again."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_NOT_FREED, SELFTEST_STARVES_OTHERS
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord, Runs
from kinect_sync.selftest.stand import Interference, Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.measures import MAX_DROP_PERCENT, exceeds


def victim(plan: SelftestPlan) -> str:
    """Return the device whose process is killed: the last, as nothing hangs on it."""
    return plan.rig.devices[-1].name


def measure(stand: Stand) -> Runs:
    """Run the rig, kill one process half-way, and open its device again."""
    name, seconds = victim(stand.plan), stand.plan.amounts.run_s
    run = stand.run(
        f"{name}'s process killed",
        stand.rig,
        seconds,
        meddle=lambda witness: Interference(seconds / 2, lambda: witness.kill(name)),
    )
    again = stand.start(f"{name} again", stand.rig, devices=(name,))
    return Runs(runs=(run, again))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell what the others lost, and how long the device took to open again."""
    run, again = measured.runs
    name = victim(plan)
    if not run.pulses:  # nothing was killed
        return Judgement((), faults_of(measured.runs))
    findings = [*faults_of((again,)), *(fault for fault in faults_of((run,)) if fault.device != name)]
    seen = [_others(run, name)]
    findings += _starved(run, name)
    opened = again.device(name).open_s
    if opened is not None:
        seen.append(f"{name} opened again in {opened:.2f} s")
    else:
        told = "it did not open again after its process was killed"
        findings.append(SELFTEST_NOT_FREED.found(told, device=name))
    return Judgement(tuple(seen), tuple(findings))


def _others(run: RunRecord, name: str) -> str:
    told = [f"{each.name} {_told(run, each.name)}" for each in run.devices if each.name != name]
    return f"captures lost of {run.pulses}: {', '.join(told)}" if told else "the rig has no other device"


def _told(run: RunRecord, name: str) -> str:
    """Tell what a device lost beside the killed one; what it lacks since its own end is no part of it."""
    verified = run.measured(name)
    ended = " until it ended itself" if verified is not None and verified.lost else ""
    return f"{_lost(run, name)}{ended}"


def _lost(run: RunRecord, name: str) -> int:
    verified = run.measured(name)
    return verified.holes.get(HoleReason.SENSOR_DROPPED.value, 0) if verified is not None else 0


def _starved(run: RunRecord, name: str) -> list[Finding]:
    return [
        SELFTEST_STARVES_OTHERS.found(
            f"{lost} of its {run.pulses} captures never came when {name}'s process was killed",
            device=each.name,
        )
        for each in run.devices
        if each.name != name and exceeds(lost := _lost(run, each.name), run.pulses, MAX_DROP_PERCENT)
    ]


STEP = Step(
    name="killed-worker",
    place=160,
    question="What does a killed process cost, and does its device open again?",
    expected="nothing of the other devices, and the device opens again, though it may take seconds",
    source="the kernel gives a device back when its process dies; that an unclean end may need replugging "
    "is told in SDK issue 1474",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: plan.amounts.run_s + 20,
)
