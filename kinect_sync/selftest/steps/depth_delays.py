"""What devices make of a delay between color and depth: planned lasers rest on it."""

from __future__ import annotations

from kinect_sync.rig.delays import whole_period_us
from kinect_sync.selftest.delay_judging import judge_delays
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.selftest.variants import with_delays


def delays(plan: SelftestPlan) -> tuple[int, ...]:
    """Return the delays to try in µs, the first as what the others are compared with."""
    return (0, -80, 160, 400, whole_period_us(plan.rig.camera.fps))


def measure(stand: Stand) -> Runs:
    """Run the rig with one delay after the other on all devices that run both cameras."""
    seconds = stand.plan.amounts.run_s
    return Runs(
        runs=tuple(
            stand.run(f"depth delay {delay} µs", with_delays(stand.rig, depth_us=delay), seconds)
            for delay in delays(stand.plan)
        )
    )


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Compare depth with the same device's color."""
    names = [device.name for device in plan.rig.devices if plan.rig.runs_both_cameras(device)]
    return judge_delays(
        measured,
        names,
        due_us=lambda settings: settings.kept_delays.depth_us,
        error_us=lambda verified: verified.pairing_error_us,
    )


def _lacks(plan: SelftestPlan) -> str | None:
    both = any(plan.rig.runs_both_cameras(device) for device in plan.rig.devices)
    return None if both else "no device of the rig runs both cameras"


STEP = Step(
    name="depth-delays",
    place=110,
    question="Which delay between color and depth does a device really make?",
    expected="whole ticks of 90 kHz, cut toward zero: -7 for -80 µs, 14 for 160 µs, 36 for 400 µs, 2999 "
    "for 33333 µs",
    source="k4a.c takes up to one period either way; common.h and color_mcu.c of the SDK cut; errors "
    "below 22 µs are told in SDK issue 868",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: len(delays(plan)) * (plan.amounts.run_s + 8),
    lacks=_lacks,
)
