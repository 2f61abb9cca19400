"""The master with one subordinate: when the first captures of a start settle, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_UNSETTLED
from kinect_sync.findings.start import DEVICE_SILENT
from kinect_sync.review.report.markup import Markup
from kinect_sync.rig.modes import Role
from kinect_sync.selftest.figures import Series, draw_us, number
from kinect_sync.selftest.judging import (
    faults_of,
    pulse_times,
    residuals,
    settling,
    told_range,
)
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step, needs_master
from kinect_sync.survey.pairwise import conclude
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.timing.settling import SETTLING_PULSES


def measure(stand: Stand) -> Runs:
    """Run the master with one subordinate after the other; cables and power of all stay as they are."""
    master = stand.plan.master_name
    seconds = stand.plan.amounts.run_s
    return Runs(
        runs=tuple(
            stand.run(f"{master} with {each.name}", stand.rig, seconds, devices=(master, each.name))
            for each in stand.plan.subordinates
        )
    )


def judge(measured: Runs, plan: SelftestPlan) -> Judgement:
    """Tell of each subordinate when it settled, and how far from its pulses it is then."""
    master = plan.master_name
    seen: list[str] = []
    heard = {name: hears for run in measured.runs for name, hears in _heard(run, master)}
    findings = [each for each in faults_of(measured.runs) if not _is_explained(each, heard)]
    findings += conclude(plan.rig, heard)  # a cable or a device: all pairs together tell
    for run in measured.runs:
        name = _subordinate(run, master)
        told, fault = _settling(run, master, name, plan.rig.camera.fps)
        seen += [told] if told else []
        findings += [fault] if fault else []
    return Judgement(tuple(seen), tuple(findings))


def _subordinate(run: RunRecord, master: str) -> str:
    return next((device.name for device in run.devices if device.name != master), master)


def _heard(run: RunRecord, master: str) -> Iterator[tuple[str, bool]]:
    """Tell whether a subordinate heard the master, where that could be tried."""
    name = _subordinate(run, master)
    silent = any(each.kind is DEVICE_SILENT and each.device == name for each in run.findings)
    if run.pulses or silent:
        yield name, not silent


def _is_explained(finding: Finding, heard: Mapping[str, bool]) -> bool:
    return finding.kind is DEVICE_SILENT and not heard.get(finding.device or "", True)


def _settling(run: RunRecord, master: str, name: str, fps: int) -> tuple[str | None, Finding | None]:
    device, reference = run.device(name), run.device(master)
    device_us = pulse_times(device.first, device.settings)
    times, apart = residuals(device_us, pulse_times(reference.first, reference.settings), fps)
    seen = settling(times, apart, TOLERANCE_US[fps])
    if seen is None:
        return None, None
    if seen.after is None:
        what = f"its first {len(times)} captures do not settle: {told_range(seen.off_us.tolist(), 'µs', 0)}"
        return f"{name}: {what}", SELFTEST_UNSETTLED.found(what, device=name)
    early = seen.off_us[: seen.after].tolist()
    first = f"the first are {told_range(early, 'µs', 0)} off, then " if early else ""
    told = f"{name}: settled after {seen.after} of {len(times)} captures; {first}bias {seen.bias_us:+.0f} µs"
    if seen.after <= SETTLING_PULSES:
        return told, None
    what = f"it settles after {seen.after} captures, and ksync lets {SETTLING_PULSES} go"
    return told, SELFTEST_UNSETTLED.found(what, device=name)


def draw(measured: Runs) -> Markup | None:
    """Draw how far the first captures of each subordinate are from their pulses."""
    series, fps = [], 30
    for run in measured.runs:
        reference = next((each for each in run.devices if each.settings.role is Role.MASTER), None)
        for device in run.devices:
            if reference is not None and device is not reference:
                fps = device.settings.fps
                pulses = pulse_times(device.first, device.settings)
                _, apart = residuals(pulses, pulse_times(reference.first, reference.settings), fps)
                series.append(Series(device.name, np.arange(1.0, len(apart) + 1), apart))
    return draw_us("observed - expected of the first captures", series, number, limit_us=TOLERANCE_US[fps])


STEP = Step(
    name="pairs",
    place=70,
    question="After how many captures has a start settled, and how far is each subordinate from its pulses?",
    expected="settled after about 8 captures; whether what stays is within the tolerance, `together` judges",
    source="SDK issue 396; multidevice.cpp of the SDK skips 10; a constant bias of 433 µs or 1.7 ms was "
    "met (SDK issues 1271, 1665)",
    measured=Runs,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: len(plan.subordinates) * (plan.amounts.run_s + 8),
    lacks=needs_master,
)
