"""Whether every start is alike: a bias that repeats can be reckoned with, one that moves can't."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinect_sync.findings.selftest import SELFTEST_BIAS_MOVES
from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.figures import Series, draw_us, number
from kinect_sync.selftest.judging import after_reset, device_us, faults_of, told_range
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.wire.messages import FirstCapture


def measure(stand: Stand) -> Runs:
    """Start the whole rig again and again."""
    rounds = range(1, stand.plan.amounts.restarts + 1)
    seconds = stand.plan.amounts.run_s
    return Runs(runs=tuple(stand.run(f"start {number}", stand.rig, seconds) for number in rounds))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Compare the bias of each device from start to start."""
    tolerance_us = TOLERANCE_US[plan.rig.camera.fps]
    seen, findings = [], list(faults_of(measured.runs))
    for name in measured.names:
        biases = [us for _, us in _biases(measured, name)]
        firsts = [ms for _, device in measured.of(name) if (ms := _first_ms(device.first)) is not None]
        if not biases:
            continue
        seen.append(
            f"{name}: bias {told_range(biases, 'µs', 0)} in {len(biases)} starts; its first capture shows "
            f"{told_range(firsts, 'ms', 1) if firsts else 'nothing'}"
        )
        if max(biases) - min(biases) > tolerance_us:
            told = f"its bias was {told_range(biases, 'µs', 0)} in {len(biases)} starts"
            findings.append(SELFTEST_BIAS_MOVES.found(told, device=name))
    return Judgement(tuple(seen), tuple(findings))


def draw(measured: Runs) -> Markup | None:
    """Draw the bias of each device, start by start."""
    series = [
        Series(name, np.array([place for place, _ in points]), np.array([us for _, us in points]))
        for name in measured.names
        if (points := _biases(measured, name))
    ]
    fps = measured.runs[0].devices[0].settings.fps if measured.runs else 30
    return draw_us("bias of each start", series, number, limit_us=TOLERANCE_US[fps])


def _biases(measured: Runs, name: str) -> list[tuple[int, float]]:
    """Return (start, bias in µs) of the starts in which a device was measured."""
    told = [(place, run.measured(name)) for place, run in enumerate(measured.runs, start=1)]
    return [(place, each.bias_us) for place, each in told if each is not None and each.bias_us is not None]


def _first_ms(captures: Sequence[FirstCapture]) -> float | None:
    """Return what the first capture after the clock was set to zero shows."""
    kept = after_reset(captures)
    first_us = device_us(kept[0]) if kept else None
    return None if first_us is None else first_us / 1000


STEP = Step(
    name="restarts",
    place=80,
    question="Does each start give the same bias?",
    expected="the same within the tolerance, in every start; the first capture at about 219.6 ms with "
    "firmware 1.6.110",
    source="multidevice.cpp of the SDK restarts twice; first timestamps of 65, 247 and 219 ms are told in "
    "SDK issue 1240, a constant bias of 1.7 ms in 1665",
    measured=Runs,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: plan.amounts.restarts * (plan.amounts.run_s + 8),
    lacks=needs_master,
)
