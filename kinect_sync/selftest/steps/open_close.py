"""How long devices take to open and to close, again and again: ksync waits for both, and not for ever."""

from __future__ import annotations

import numpy as np

from kinect_sync.director.worker_life import CLOSE_S
from kinect_sync.findings.selftest import SELFTEST_SLOW
from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.figures import Series, draw_seconds, number
from kinect_sync.selftest.judging import faults_of, told_range
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step


def measure(stand: Stand) -> Runs:
    """Open all devices, one after the other, and close them, round after round."""
    rounds = range(1, stand.plan.amounts.rounds + 1)
    return Runs(runs=tuple(stand.start(f"round {number}", stand.rig) for number in rounds))


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell the times of each device, and each that is too long."""
    seen, findings = [], list(faults_of(measured.runs))
    for name in measured.names:
        parts = [device for _, device in measured.of(name)]
        opened = [part.open_s for part in parts if part.open_s is not None]
        closed = [part.close_s for part in parts if part.open_s is not None and part.close_s is not None]
        if not opened or not closed:
            continue
        seen.append(
            f"{name}: opened in {told_range(opened, 's', 2)}, closed in {told_range(closed, 's', 2)}, "
            f"{len(opened)} of {len(parts)} rounds"
        )
        for what, longest, limit in (
            ("open", max(opened), plan.patience.open_s),
            ("close", max(closed), CLOSE_S),
        ):
            if longest > limit:
                told = f"it took {longest:.1f} s to {what}, and ksync waits {limit:.0f} s"
                findings.append(SELFTEST_SLOW.found(told, device=name))
    return Judgement(tuple(seen), tuple(findings))


def draw(measured: Runs) -> Markup | None:
    """Draw how long each device took to open and to close, by round."""
    series = [
        Series(f"{name} {word}", np.array([place for place, _ in points]), np.array([s for _, s in points]))
        for name in measured.names
        for word in ("open", "close")
        if (points := _times(measured, name, word))
    ]
    return draw_seconds("seconds to open and to close, by round", series, number)


def _times(measured: Runs, name: str, word: str) -> list[tuple[int, float]]:
    parts = (getattr(device, f"{word}_s") for _, device in measured.of(name))
    return [(place, seconds) for place, seconds in enumerate(parts, start=1) if seconds is not None]


STEP = Step(
    name="open-close",
    place=30,
    question="How long do devices take to open and to close, and do they open again each time?",
    expected="each opens in each round, within 10 s, and closes within 15 s",
    source="the SDK waits up to 20 × 500 ms for the depth controller (depth.c) and about a second for its "
    "streams; what an unclean close does is told in SDK issue 1474",
    measured=Runs,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: plan.amounts.rounds * (2 + 2 * len(plan.rig.devices)),
    pulses=False,
)
