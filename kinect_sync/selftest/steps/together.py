"""The whole rig as it is described: what a take will be like."""

from __future__ import annotations

from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.figures import draw_us, label_seconds, residual_series
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.timing.diagnosis import findings_of


def measure(stand: Stand) -> Runs:
    """Run the rig as it is described."""
    return Runs(runs=(stand.run("the whole rig", stand.rig, stand.plan.amounts.together_s),))


def judge(measured: Runs, _plan: SelftestPlan) -> Judgement:
    """Measure it as a take is measured."""
    (run,) = measured.runs
    seen = [f"{run.complete} of {run.pulses} pulses complete"] if run.pulses else []
    for each in run.verified:
        if each.bias_us is not None and each.jitter_us is not None and each.drift_ppm is not None:
            seen.append(
                f"{each.name}: bias {each.bias_us:+.1f} µs, jitter {each.jitter_us:.1f} µs, drift "
                f"{each.drift_ppm:+.1f} ppm, {each.dropped} dropped"
            )
    return Judgement(tuple(seen), (*faults_of(measured.runs), *findings_of(run.verified)))


def draw(measured: Runs) -> Markup | None:
    """Draw the residual of each device, second by second."""
    return draw_us("the whole rig: observed - expected", residual_series(measured), label_seconds)


STEP = Step(
    name="together",
    place=120,
    question="Is the whole rig in sync?",
    expected="bias and jitter within 110, 220 or 660 µs at 30, 15 or 5 fps, and 99 % of the pulses complete",
    source="utcommon.cpp of the SDK has these limits; Microsoft promises 100 µs",
    measured=Runs,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: plan.amounts.together_s + 10,
)
