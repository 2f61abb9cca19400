"""Which frame rates the rig really has, in ticks of the devices' own clocks."""

from __future__ import annotations

from typing import get_args

from kinect_sync.findings.selftest import SELFTEST_RATE
from kinect_sync.rig.model import Fps
from kinect_sync.selftest.judging import TICKS_PER_US, faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.selftest.variants import at_rate
from kinect_sync.timing.pulses import CLOCK_PPM, period_us

RATES: tuple[Fps, ...] = get_args(Fps)


def measure(stand: Stand) -> Runs:
    """Run the rig at each frame rate that its modes have."""
    rigs = ((fps, at_rate(stand.rig, fps)) for fps in RATES)
    seconds = stand.plan.amounts.run_s
    return Runs(runs=tuple(stand.run(f"{fps} fps", rig, seconds) for fps, rig in rigs if rig is not None))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Compare each device's period with the one that is due."""
    seen, findings, trigger = [], list(faults_of(measured.runs)), plan.rig.external_trigger
    remedy = f"set the external trigger to {trigger.fps:g} Hz" if trigger else SELFTEST_RATE.remedy
    for run in measured.runs:
        told = []
        for device in run.devices:
            if device.period_us is None:
                continue
            due_us = period_us(device.settings.fps)
            ppm = (device.period_us / due_us - 1) * 1e6
            told.append(f"{device.name} {device.period_us * TICKS_PER_US:.2f} ticks ({ppm:+.0f} ppm)")
            if abs(ppm) > CLOCK_PPM:
                told_us = f"{device.period_us:.1f} µs on its clock, where {due_us:.1f} are due"
                what = f"{run.label}: a period is {told_us}"
                findings.append(SELFTEST_RATE.found(what, device=device.name, remedy=remedy))
        seen += [f"{run.label}: {', '.join(told)}"] if told else []
    return Judgement(tuple(seen), tuple(findings))


STEP = Step(
    name="rates",
    place=90,
    question="How long is a period at 5, 15 and 30 fps, in ticks of 90 kHz?",
    expected="18000, 6000 and 3000 ticks on the master's clock; on a subordinate's as many if pulses train "
    "its clock, else as far off as the two clocks are",
    source="common.h of the SDK; whether pulses train clocks is not known",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: len(RATES) * (plan.amounts.run_s + 8),
)
