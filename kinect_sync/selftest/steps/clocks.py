"""Whether pulses train the subordinates' clocks, or these drift apart: ksync must be right either way."""

from __future__ import annotations

import numpy as np

from kinect_sync.findings.selftest import SELFTEST_MEMORY
from kinect_sync.findings.sync import CONSTANT_BIAS
from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.figures import draw_us, label_seconds, residual_series
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.timing.diagnosis import findings_of

TRAINED_PPM = 1.0
"""No two crystals agree so well by themselves."""
GROWS_MB_PER_H = 32.0
"""Of 12 MB/h one knows; 20 more are a leak."""
LEAST_SECONDS = 20
"""Latency differs by milliseconds from capture to capture: of fewer seconds, a rate is a guess."""
APART_US = 3000.0
"""Arrivals that part so far from timestamps were of another pace; less may be latency that has changed."""
LONG_ENOUGH_S = 500.0
"""In less, what a process takes once looks like growth: 3.7 MB in 400 s were seen without a leak."""
TOO_SHORT = "too short to compare with the computer's clock"


def measure(stand: Stand) -> Runs:
    """Run the rig for long."""
    seconds = stand.plan.amounts.clocks_s
    return Runs(runs=(stand.run(f"{seconds / 60:.1f} minutes", stand.rig, seconds),))


def judge(measured: Runs, _plan: SelftestPlan) -> Judgement:
    """Tell how fast each clock runs, against the computer's and against the master's."""
    (run,) = measured.runs
    reference = run.devices[0]
    off = [each for each in findings_of(run.verified) if each.kind is not CONSTANT_BIAS]  # another question
    seen, findings = [], [*faults_of(measured.runs), *off]
    for device in run.devices:
        verified, ppm = run.measured(device.name), _host_ppm(device)
        if verified is None:
            continue
        against = f"{ppm:+.1f} ppm against the computer's clock" if ppm is not None else TOO_SHORT
        told = f"{device.name}: {against}"
        if device is not reference and verified.drift_ppm is not None:
            pace = "at its own pace" if verified.runs_free else _pace(device, reference, verified.drift_ppm)
            told += f", {verified.drift_ppm:+.2f} ppm against {reference.name}'s: {pace}"
        growth = device.memory_mb_per_h
        if growth is not None and device.memory_s >= LONG_ENOUGH_S:
            told += f"; {growth:+.0f} MB/h"
            if growth > GROWS_MB_PER_H:
                what = f"its process grew by {growth:.0f} MB/h"
                findings.append(SELFTEST_MEMORY.found(what, device=device.name))
        seen.append(told)
    return Judgement(tuple(seen), tuple(findings))


def _pace(device: DeviceRecord, reference: DeviceRecord, drift_ppm: float) -> str:
    """Say what makes the pace of a device's clock.

    A device that runs free spaces its captures by its own clock: its timestamps show no drift either, and the
    computer's clock alone sees two paces.
    """
    if abs(drift_ppm) >= TRAINED_PPM:
        return "not trained"
    own, others = _host_ppm(device), _host_ppm(reference)
    if own is None or others is None:
        return "trained by the pulses"
    apart_ppm = own - others - drift_ppm
    if abs(apart_ppm) * _watched_s(device) <= APART_US:
        return "trained by the pulses"
    seen = f"the computer's clock sees {apart_ppm:+.0f} ppm"
    return f"trained by the pulses, or it does not follow them, as {seen}; more `--minutes` tell"


def _watched_s(device: DeviceRecord) -> float:
    return device.seconds[-1].at_s - device.seconds[0].at_s


def _host_ppm(device: DeviceRecord) -> float | None:
    """Return how much faster than the computer's a clock runs, by the quickest capture of each second."""
    points = [(each.at_s, each.ahead_us) for each in device.seconds if each.ahead_us is not None]
    if len(points) < LEAST_SECONDS:
        return None
    times, ahead = np.array(points).T
    return float(np.polyfit(times, ahead, 1)[0])


def draw(measured: Runs) -> Markup | None:
    """Draw the residual of each device, second by second."""
    return draw_us(
        "observed - expected: clocks that drift are lines that part", residual_series(measured), label_seconds
    )


STEP = Step(
    name="clocks",
    place=130,
    question="Do pulses train the clocks of subordinates, or do these drift?",
    expected="either: no drift where pulses train the clocks, some ppm where they do not; and no step",
    source="open: SDK issue 1665 shows no drift in 2 s, 1384 shows 390 ppm against a computer",
    measured=Runs,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: plan.amounts.clocks_s + 10,
)
