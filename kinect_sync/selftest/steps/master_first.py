"""The master started first on purpose: what a subordinate makes of pulses that have begun without it."""

from __future__ import annotations

from kinect_sync.director.start_failures import silent_subordinates, source_silent
from kinect_sync.findings.start import CLOCK_UNRELATED
from kinect_sync.selftest.judging import after_reset, device_us, faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master
from kinect_sync.timing.pulses import period_us


def measure(stand: Stand) -> Runs:
    """Start the master, and the subordinates some seconds later."""
    master = stand.plan.master_name
    seconds = stand.plan.amounts.run_s
    groups = (((master,), seconds / 2), ([each.name for each in stand.plan.subordinates], seconds))
    return Runs(runs=(stand.start("the master first", stand.rig, groups),))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell how much later than the master's each clock began."""
    (run,) = measured.runs
    master = run.device(plan.master_name)
    findings, zero_us = list(faults_of(measured.runs)), _zero_us(master)
    lost = bool(findings)  # what went wrong ended it, before anybody could be called silent
    if zero_us is None:
        return Judgement((), (*findings, *([] if lost else [source_silent(master.name)])))
    seen, silent = [], []
    for device in run.devices:
        if device is master or device.start_s is None:
            continue
        own_us, fps = _zero_us(device), device.settings.fps
        if own_us is None:
            silent.append(device.name)
        elif own_us - zero_us < -period_us(fps) / 2:
            early_s = (zero_us - own_us) / 1e6
            told = f"its clock began {early_s:.3f} s before the master's: no pulse has set it"
            findings.append(CLOCK_UNRELATED.found(told, device=device.name))
        else:
            seen.append(f"{device.name}: {_told(own_us - zero_us, fps)}")
    if not lost:
        hearing = [device.name for device in run.devices if device.first]
        findings += silent_subordinates(plan.rig, silent, hearing)
    return Judgement(tuple(seen), tuple(findings))


def _told(later_us: float, fps: int) -> str:
    if abs(later_us) < period_us(fps) / 2:
        return "its clock is the master's, as though it had not come late"
    periods = later_us / period_us(fps)
    return f"its clock began {later_us / 1e6:.3f} s after the master's ({periods:.1f} periods)"


def _zero_us(device: DeviceRecord) -> float | None:
    """Return when a device's clock was zero, on the computer's clock, by its quickest capture."""
    captures = [(each, device_us(each)) for each in after_reset(device.first)]
    zeros = [each.host_time_ns / 1000 - shown for each, shown in captures if shown is not None]
    return min(zeros, default=None)


STEP = Step(
    name="master-first",
    place=150,
    question="What does a subordinate do that is started after its master?",
    expected="it follows the pulses with a clock that begins later, so that ksync must refuse it",
    source="SDK issue 1435; each device's clock is zeroed by the first pulse it sees (issue 1240)",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: 2 * plan.amounts.run_s + 8,
    lacks=needs_master,
)
