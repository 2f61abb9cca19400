"""Compares the delays that devices make with those that ksync reckons with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_DELAY
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.selftest.judging import TICKS_PER_US, faults_of
from kinect_sync.selftest.records import RunRecord, Runs
from kinect_sync.selftest.step import Judgement
from kinect_sync.timing.measures import DeviceVerification
from kinect_sync.timing.pulses import TOLERANCE_US

DueDelay = Callable[[DeviceSettings], float]
MeasuredError = Callable[[DeviceVerification], float | None]


def judge_delays(
    measured: Runs, names: Sequence[str], due_us: DueDelay, error_us: MeasuredError
) -> Judgement:
    """Judge runs that differ in one delay; the first has none, and what is off there is no delay's doing.

    `due_us` is the delay that ksync reckons with, and `error_us` how far the device was measured off it.
    """
    seen: list[str] = []
    findings: list[Finding] = list(faults_of(measured.runs))
    for name in names:
        if not measured.runs or (base := _made_us(measured.runs[0], name, due_us, error_us)) is None:
            continue
        told = []
        for run in measured.runs[1:]:
            if (made := _made_us(run, name, due_us, error_us)) is None:
                continue
            made, due = made - base, due_us(run.device(name).settings)
            told.append(f"{run.label} is {made:.1f} µs, {made * TICKS_PER_US:.1f} ticks")
            if abs(made - due) > TOLERANCE_US[run.device(name).settings.fps]:
                what = f"{run.label}: it makes {made:.1f} µs, and ksync reckons with {due:.1f}"
                findings.append(SELFTEST_DELAY.found(what, device=name))
        seen += [f"{name}: {'; '.join(told)}"] if told else []
    return Judgement(tuple(seen), tuple(findings))


def _made_us(run: RunRecord, name: str, due_us: DueDelay, error_us: MeasuredError) -> float | None:
    """Return the delay that a device made; None where it was not measured."""
    verified = run.measured(name)
    error = error_us(verified) if verified is not None else None
    return due_us(run.device(name).settings) + error if error is not None else None
