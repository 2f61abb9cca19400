"""A take as `ksync start` makes one, and what its files say when they are read again."""

from __future__ import annotations

import shutil

from kinect_sync.findings import Finding
from kinect_sync.findings.inspection import FILE_UNFINISHED
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.report.writing import write_report
from kinect_sync.selftest.archive import IMAGES
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord
from kinect_sync.selftest.stand import Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict

FOLDER = "take"


class SeenTake(Value):
    """What was recorded, and what was read again."""

    runs: tuple[RunRecord, ...]
    verdict: Verdict
    """Of the take, as it was recorded."""
    written_bytes: int
    """Size of its files."""
    read_verdict: Verdict
    """Of the same take, from its files alone."""
    read_pulses: int
    """Pulses that were found in its files."""
    findings: tuple[Finding, ...]
    """What was found in its files."""


def measure(stand: Stand) -> SeenTake:
    """Record a take, inspect it, and remove it; with images, its page is kept."""
    folder = stand.folder / FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # of a step that was cut off
    try:
        run, taken = stand.take("a take", stand.rig, stand.plan.amounts.run_s, folder)
        inspection = examine([folder]).inspection
        if stand.plan.with_images:
            (stand.folder / IMAGES).mkdir(exist_ok=True)
            write_report(folder, stand.folder / IMAGES / "take.html")
        size = sum(path.stat().st_size for path in folder.iterdir())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return SeenTake(
        runs=(run,),
        verdict=taken.verdict,
        written_bytes=size,
        read_verdict=inspection.verdict,
        read_pulses=inspection.pulses,
        findings=inspection.findings,
    )


def judge(measured: SeenTake, _plan: SelftestPlan) -> Judgement:
    """Compare what was told while it was recorded with what its files say."""
    (run,) = measured.runs
    rate = measured.written_bytes / 1e6 * run.devices[0].settings.fps / max(1, run.pulses)
    seen = (
        f"{measured.verdict.told}: {run.complete} of {run.pulses} pulses complete, {rate:.0f} MB/s",
        f"read again: {measured.read_verdict.told}, {measured.read_pulses} pulses",
    )
    told = faults_of(measured.runs)
    known = {(each.code, each.device) for each in told}
    read = [each for each in measured.findings if each.kind is not FILE_UNFINISHED]  # none is left to repair
    return Judgement(seen, (*told, *(each for each in read if (each.code, each.device) not in known)))


STEP = Step(
    name="take",
    place=140,
    question="Is a take in sync, and do its files say the same when they are read again?",
    expected="in sync, and every pulse of it in the files",
    source="what `ksync start` promises",
    measured=SeenTake,
    measure=measure,
    judge=judge,
    takes_s=lambda plan: plan.amounts.run_s + 15,
)
