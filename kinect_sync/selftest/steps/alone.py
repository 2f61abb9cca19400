"""Each device by itself: what it does without cables and neighbours is what it can do at best."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_DROPS, SELFTEST_MEMORY
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, RunRecord, Runs
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.selftest.variants import alone
from kinect_sync.timing.measures import MAX_DROP_PERCENT

GROWS_MB_PER_H = 60.0
"""Four times what is known: pyk4a loses 113 bytes a capture, 12 MB/h at 30 fps."""
LONG_ENOUGH_S = 20.0
"""In less, what a process takes once at its beginning looks like growth."""


def measure(stand: Stand) -> Runs:
    """Run one device after the other as standalone."""
    seconds = stand.plan.amounts.alone_s
    return Runs(
        runs=tuple(
            stand.run(f"{device.name} alone", alone(stand.rig, device.name), seconds)
            for device in stand.rig.devices
        )
    )


def judge(measured: Runs, _plan: SelftestPlan) -> Judgement:
    """Tell first capture, rate, drops and memory of each."""
    seen, findings = [], list(faults_of(measured.runs))
    for run in measured.runs:
        (device,) = run.devices
        if run.pulses:
            seen.append(_told(run, device))
            findings += _faults(run, device)
    return Judgement(tuple(seen), tuple(findings))


def _told(run: RunRecord, device: DeviceRecord) -> str:
    dropped = run.pulses - run.complete
    parts = [
        f"first capture after {device.first_s:.2f} s" if device.first_s is not None else "",
        f"{device.host_fps:.3f} fps by the computer's clock" if device.host_fps is not None else "",
        f"{dropped} of {run.pulses} dropped",
    ]
    if device.memory_end_bytes is not None and device.memory_begin_bytes is not None:
        grown = (device.memory_end_bytes - device.memory_begin_bytes) / 1e6
        parts.append(f"{device.memory_end_bytes / 1e6:.0f} MB, {grown:+.1f} MB in {device.memory_s:.0f} s")
    return f"{device.name}: {', '.join(part for part in parts if part)}"


def _faults(run: RunRecord, device: DeviceRecord) -> list[Finding]:
    found: list[Finding] = []
    verified = run.measured(device.name)
    if verified is not None and verified.drops_more_than(MAX_DROP_PERCENT):
        told = f"{verified.dropped} of {run.pulses} captures never came, although it ran alone"
        found.append(SELFTEST_DROPS.found(told, device=device.name))
    growth = device.memory_mb_per_h
    if growth is not None and device.memory_s >= LONG_ENOUGH_S and growth > GROWS_MB_PER_H:
        told = f"its process grew by {growth:.0f} MB/h"
        found.append(SELFTEST_MEMORY.found(told, device=device.name))
    return found


STEP = Step(
    name="alone",
    place=40,
    question="What does each device do by itself: first capture, frame rate, drops, memory?",
    expected="a first capture within about a second, the frame rate of the rig, less than 1 % dropped, and "
    "a process that grows by some 12 MB/h",
    source="the SDK's throughput test allows 5 %; pyk4a's pyk4a.cpp loses 113 bytes a capture; clocks up to "
    "390 ppm off are told in SDK issue 1384",
    measured=Runs,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: len(plan.rig.devices) * (plan.amounts.alone_s + 8),
    pulses=False,
)
