"""What `ksync start` knew of a take and its recordings don't: that it was killed, or ended too soon."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.inspection import TAKE_UNFINISHED, VERDICTS_DIFFER
from kinect_sync.review.inspection.model import Inspection
from kinect_sync.review.sources import Sources
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.manifest import TakeReport
from kinect_sync.takes.names import INDEX
from kinect_sync.timing.verification import is_short_of_a_take
from kinect_sync.verdicts import Rung, Verdict

_OF_A_RECORDER = {
    Verdict.COMPLETE: Verdict.IN_SYNC,
    Verdict.UNSYNCHRONIZED: Verdict.OUT_OF_SYNC,
    Verdict.EMPTY: Verdict.FAILED,
}


def verdict_of_a_recorder(seen: Verdict) -> Verdict:
    """Return what a recorder would have said of a take: it knows nothing of single files."""
    return _OF_A_RECORDER.get(seen, seen)


def words_of_the_recorder(
    sources: Sources, index: TakeIndex | None, inspection: Inspection
) -> Iterator[Finding]:
    """Tell where the inspection of a whole take differs from what `ksync start` left in its folder."""
    manifest = sources.manifest
    if manifest is None:
        return
    if manifest.state == "recording" and index is not None and len(index) < inspection.pulses:
        what = (
            f"ksync did not live to see the end of this take: {INDEX} has {len(index)} of the "
            f"{inspection.pulses} pulses that the recordings have"
        )
        rebuilding = f"`ksync inspect {sources.folder} --rebuild`"
        remedy = f"to have them in exports too, put {INDEX} aside and run {rebuilding}"
        yield TAKE_UNFINISHED.found(what, remedy=remedy)
    if not manifest.rebuilt and inspection.verdict is Verdict.IN_SYNC and manifest.report is not None:
        yield from _of_report(manifest.report)


def _of_report(report: TakeReport) -> Iterator[Finding]:
    """Say why the recorder was not content with a take that is good as far as it goes: the disk was full."""
    if report.verdict.rung is not Rung.NO:
        return
    told = [each for each in report.findings if is_short_of_a_take(each)]
    reason = min(told, key=lambda each: each.severity is not Severity.ERROR, default=None)
    what = f"`ksync start` called this take {report.verdict.told}"
    if reason is not None:
        what += f": {f'{reason.device}: ' if reason.device else ''}{reason.what}"
    yield VERDICTS_DIFFER.found(what)
