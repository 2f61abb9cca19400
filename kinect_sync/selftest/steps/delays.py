"""What subordinates make of a delay off the master: planned lasers rest on it."""

from __future__ import annotations

from kinect_sync.rig.delays import whole_period_us
from kinect_sync.selftest.delay_judging import judge_delays
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master
from kinect_sync.selftest.variants import with_delays


def delays(plan: SelftestPlan) -> tuple[int, ...]:
    """Return the delays to try in µs, the first as what the others are compared with."""
    return (0, 160, 400, whole_period_us(plan.rig.camera.fps))


def measure(stand: Stand) -> Runs:
    """Run the rig with one delay after the other on all subordinates."""
    seconds = stand.plan.amounts.run_s
    return Runs(
        runs=tuple(
            stand.run(f"delay {delay} µs", with_delays(stand.rig, subordinate_us=delay), seconds)
            for delay in delays(stand.plan)
        )
    )


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Compare color with the master's."""
    names = [device.name for device in plan.subordinates]
    return judge_delays(
        measured,
        names,
        due_us=lambda settings: settings.kept_delays.color_us,
        error_us=lambda verified: verified.bias_us,
    )


STEP = Step(
    name="delays",
    place=100,
    question="Which delay off the master does a subordinate really make?",
    expected="whole ticks of 90 kHz, cut toward zero: 14 for 160 µs, 36 for 400 µs, 2999 for 33333 µs",
    source="k4a.c takes 0 to one period; common.h and color_mcu.c of the SDK cut; SDK issue 862",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: len(delays(plan)) * (plan.amounts.run_s + 8),
    lacks=needs_master,
)
