"""The inspection of a set of recordings: from files to numbers, findings and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.inspection import BIAS_UNTOLD, FILE_UNEVEN
from kinect_sync.findings.start import NO_COMMON_PULSE
from kinect_sync.review.inspection.calibration_checks import look_at_calibration
from kinect_sync.review.inspection.entries import describe
from kinect_sync.review.inspection.file_checks import oddities
from kinect_sync.review.inspection.index_checks import look_at_index
from kinect_sync.review.inspection.measuring import Measured, measure, tabulate
from kinect_sync.review.inspection.members import Member, make_member
from kinect_sync.review.inspection.model import Inspection
from kinect_sync.review.inspection.reading import read_all
from kinect_sync.review.inspection.recorded_verdict import words_of_the_recorder
from kinect_sync.review.inspection.relation import Relation, relate
from kinect_sync.review.sources import Sources, find_sources
from kinect_sync.takes.mkv.reader import Recording
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.table import MISSING, NO_HOLE, Table
from kinect_sync.timing.verification import MAX_DROP_PERCENT, judge
from kinect_sync.verdicts import Verdict, worst_of

_OF_ONE = {Verdict.IN_SYNC: Verdict.COMPLETE, Verdict.FAILED: Verdict.EMPTY}
"""What is said of a single recording, which is in sync with nothing."""


@dataclass(frozen=True, slots=True)
class Examination:
    """An inspection, and what it rests on."""

    inspection: Inspection
    sources: Sources
    members: tuple[Member, ...]
    table: Table | None
    """The alignment from the first common pulse to the last; None without a capture."""
    holes: NDArray[np.int8] | None
    """Reasons of the holes in it, as `timing.table.HOLES`, from the index where there is one."""
    by_host: frozenset[str] = frozenset()
    """Recordings whose clock nothing but the host's ties to the others'."""


def examine(
    paths: Sequence[Path],
    *,
    by_host: bool = False,
    max_drop_percent: float = MAX_DROP_PERCENT,
    elsewhere: Mapping[str, Recording] | None = None,
) -> Examination:
    """Inspect a take or recordings that were made together.

    `elsewhere` are recordings of the take on other hosts, by device, as far as they are known.

    Raises UsageError where there is nothing that can be read, and ValueError for a share that is none: of
    `nan` percent nothing is ever more.
    """
    if not 0 <= max_drop_percent <= 100:
        raise ValueError(f"max_drop_percent is a number from 0 to 100, and not {max_drop_percent}")
    elsewhere = elsewhere or {}
    sources = find_sources(paths, elsewhere=elsewhere)
    members, unread = _read_members(sources, elsewhere)
    index, index_findings = look_at_index(sources.folder, sources.manifest)
    known = (
        *sources.findings,
        *unread,
        *index_findings,
        *oddities(members, sources.manifest),
        *look_at_calibration(sources.folder, sources.manifest, members),
    )
    told = [each for each in members if len(each.pulse_times_us)]
    relation = relate(told, sources.manifest, index, by_host=by_host) if told else None
    if relation is None:
        return Examination(_nothing_in_it(sources, members, known), sources, members, None, None)
    index = None if index is None else index.untold_by_files()
    table, holes = tabulate(told, relation, sources, index)
    measured = measure(told, relation, table, holes)
    findings = (
        *known,
        *relation.findings,
        *_at_the_ends(measured, relation, table),
        *_without_bias(measured, relation),
        *findings_of([each.verified for each in measured.values()], max_drop_percent=max_drop_percent),
    )
    complete = int((holes == NO_HOLE).all(axis=1).sum())
    inspection = _inspection(sources, members, relation, table, measured, complete)
    verdict = _verdict(sources, relation, measured, findings, max_drop_percent)
    inspection = inspection.model_copy(update={"verdict": verdict})
    findings += tuple(words_of_the_recorder(sources, index, inspection))
    inspection = inspection.model_copy(update={"findings": findings})
    return Examination(inspection, sources, members, table, holes, relation.by_host)


def _read_members(
    sources: Sources, elsewhere: Mapping[str, Recording]
) -> tuple[tuple[Member, ...], tuple[Finding, ...]]:
    members: list[Member] = []
    findings: list[Finding] = []
    here = iter(read_all([each.path for each in sources.files if each.name not in elsewhere]))
    for source in sources.files:
        read = elsewhere[source.name] if source.name in elsewhere else next(here)
        if isinstance(read, tuple):
            findings += [finding.model_copy(update={"device": source.name}) for finding in read]
            continue
        try:
            members.append(make_member(source, read))
        except KsyncError as error:
            findings += error.findings
    if not members:
        raise UsageError(*sources.findings, *findings)
    return tuple(members), tuple(findings)


def _at_the_ends(measured: Mapping[str, Measured], relation: Relation, table: Table) -> list[Finding]:
    """Say which recordings began or ended long before others, or that they have no pulse in common."""
    aligned = {name: each for name, each in measured.items() if each.aligned}
    if not len(table):
        what = f"{', '.join(aligned)} have no pulse in common: they were not recorded at the same time"
        return [NO_COMMON_PULSE.found(what, remedy="give recordings that were made together")]
    return [
        _uneven(name, word, most / relation.reference.settings.fps)
        for word, outside in (
            ("begins after", {name: each.before for name, each in aligned.items()}),
            ("ends before", {name: each.after for name, each in aligned.items()}),
        )
        # One file's last capture may be cut off, and then no file has none outside.
        if (most := max(outside.values()) - min(outside.values())) > relation.reference.settings.fps
        for name, count in outside.items()
        if count == min(outside.values())
    ]


def _without_bias(measured: Mapping[str, Measured], relation: Relation) -> list[Finding]:
    """Say that a constant bias could not be told, where others would take that for none."""
    if relation.by == "host_time" or all(each.biased for each in measured.values() if each.compared):
        return []
    what = "the files begin too long after their clocks' zero to tell a constant bias from drift"
    return [BIAS_UNTOLD.found(what)]


def _uneven(name: str, word: str, seconds: float) -> Finding:
    what = f"it {word} others by up to {seconds:.1f} s, which are left out of the alignment"
    return FILE_UNEVEN.found(what, device=name)


def _verdict(
    sources: Sources,
    relation: Relation,
    measured: Mapping[str, Measured],
    findings: Sequence[Finding],
    max_drop_percent: float,
) -> Verdict:
    """Return the verdict on those that are aligned; among several, others spoil it."""
    aligned = [each.verified for each in measured.values() if each.aligned]
    judged = judge(aligned, findings, max_drop_percent=max_drop_percent)
    if len(sources.files) == 1:
        return _OF_ONE.get(judged, judged)
    if relation.by == "nothing" or judged is Verdict.FAILED:
        return Verdict.UNSYNCHRONIZED
    return worst_of((judged, Verdict.OUT_OF_SYNC)) if relation.unrelated else judged


def _nothing_in_it(sources: Sources, members: Sequence[Member], findings: tuple[Finding, ...]) -> Inspection:
    return Inspection(
        take=str(sources.folder) if sources.folder else None,
        verdict=Verdict.EMPTY,
        fps=members[0].settings.fps,
        devices=tuple(describe(each, None) for each in members),
        findings=findings,
    )


def _inspection(
    sources: Sources,
    members: Sequence[Member],
    relation: Relation,
    table: Table,
    measured: Mapping[str, Measured],
    complete: int,
) -> Inspection:
    fps = relation.reference.settings.fps
    pulse_us = _pulse_times_us(members, table)
    return Inspection(
        take=str(sources.folder) if sources.folder else None,
        verdict=Verdict.EMPTY,
        aligned_by=relation.by,
        reference=relation.reference.name,
        fps=fps,
        pulses=len(table),
        complete=complete,
        duration_s=round(len(table) / fps, 3),
        first_pulse_us={name: float(times[0]) for name, times in pulse_us.items() if len(times)},
        last_pulse_us={name: float(times[-1]) for name, times in pulse_us.items() if len(times)},
        devices=tuple(describe(each, measured.get(each.name)) for each in members),
        findings=(),
    )


def _pulse_times_us(members: Sequence[Member], table: Table) -> dict[str, NDArray[np.float64]]:
    """Return the pulse times within the table, by device."""
    stamps = {each.name: each.stamps.pulse_times_us for each in members}
    return {
        device.name: stamps[device.name][table.captures[:, place][table.captures[:, place] != MISSING]]
        for place, device in enumerate(table.devices)
    }
