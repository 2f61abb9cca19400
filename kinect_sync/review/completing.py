"""An index that lacks captures, completed from the recordings: a host could not be reached to the end, or its
director was not there any more.

What was told while the take ran stays: times of arrival, and reasons of holes, which no recording knows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.files import draft_of
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.collecting import INDEX_COMPLETED
from kinect_sync.findings.hosts import HOST_LOST
from kinect_sync.findings.recording import LAST_CAPTURES_UNTOLD
from kinect_sync.review.inspection.examining import Examination, examine
from kinect_sync.review.inspection.measuring import pulses_of, tabulate_all
from kinect_sync.review.inspection.model import FileInspection
from kinect_sync.review.inspection.recorded_verdict import verdict_of_a_recorder
from kinect_sync.review.inspection.relation import relate
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.index_reader import IndexColumns, TakeIndex, read_index
from kinect_sync.takes.manifest import DeviceReport, Manifest, TakeDevice, TakeReport
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.names import INDEX, KEPT_INDEX, KEPT_MANIFEST, MANIFEST
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE, Table, rows_of
from kinect_sync.timing.verification import is_short_of_a_take
from kinect_sync.verdicts import Verdict

_LOST = HOLES.index(HoleReason.DEVICE_LOST)
_LATE = HOLES.index(HoleReason.LATE)
_NOT_RECORDED = HOLES.index(HoleReason.NOT_RECORDED)


@dataclass(frozen=True, slots=True)
class Completed:
    """An index with all that the recordings have."""

    columns: Mapping[str, IndexColumns]
    added: Mapping[str, int]
    """Captures that the index lacked, by device."""

    @property
    def pulses(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values())).capture)


def complete_take(folder: Path) -> tuple[Finding, ...]:
    """Put into the index, and into take.json, what the recordings have and they lack; say what that was.

    Nothing happens where they lack nothing. What was there before is kept beside. Raises KsyncError where
    the take can't be read, and OSError where the disk refuses.
    """
    examination = examine([folder])
    manifest = examination.sources.manifest
    if manifest is None or examination.table is None:
        return ()
    index = read_index(folder / INDEX)
    completed = _completed(examination, manifest, index)
    if not any(completed.added.values()):
        _judge_late(folder, examination, manifest)
        return ()
    lacked = f"{INDEX} had {len(index)} pulses and lacked {_listed(completed.added)}"
    told = INDEX_COMPLETED.found(f"{lacked}; it has {completed.pulses} now")
    report = _report(examination, manifest, completed, told)
    _keep(folder / MANIFEST, folder / KEPT_MANIFEST)
    _keep(folder / INDEX, folder / KEPT_INDEX)
    finished = manifest.model_copy(update={"state": "finished", "report": report})
    with _index_of(folder, completed, manifest.names.index(manifest.reference)):
        write_manifest(folder, finished)
    _judge_anew(folder, examine([folder]), finished, report)
    return (told,)


def _judge_late(folder: Path, examination: Examination, manifest: Manifest) -> None:
    """Judge a take that was completed, if whoever did that was killed before."""
    report = manifest.report
    if report is not None and any(each.kind is INDEX_COMPLETED for each in report.findings):
        _judge_anew(folder, examination, manifest, report)


def _judge_anew(folder: Path, examination: Examination, manifest: Manifest, report: TakeReport) -> None:
    """Put into take.json what the take is by now: before, its files and its index said different things."""
    verdict = verdict_of_a_recorder(examination.inspection.verdict)
    if verdict is Verdict.IN_SYNC and any(map(is_short_of_a_take, report.findings)):
        verdict = Verdict.INCOMPLETE
    judged = report.model_copy(update={"verdict": verdict})
    if judged != manifest.report:
        write_manifest(folder, manifest.model_copy(update={"report": judged}))


def _listed(added: Mapping[str, int]) -> str:
    return ", ".join(f"{count} captures of `{name}`" for name, count in added.items() if count)


# --- the index ------------------------------------------------------------------------------------------


def _completed(examination: Examination, manifest: Manifest, index: TakeIndex) -> Completed:
    sources = examination.sources
    told = [each for each in examination.members if len(each.pulse_times_us)]
    relation = relate(told, manifest, index, by_host=False)
    table, holes = tabulate_all(told, relation, sources, index.untold_by_files())
    pulses = max(len(index), pulses_of(sources, table) if _was_heard(manifest) else len(table))
    places = {device.name: place for place, device in enumerate(table.devices)}
    columns, added = {}, {}
    for name in manifest.names:
        before = _lengthened(index.devices[name], pulses)
        if name in places:
            columns[name], added[name] = _merged(before, _column(table, holes, places[name], pulses))
        else:
            columns[name], added[name] = before, 0
    return Completed(columns, added)


def _was_heard(manifest: Manifest) -> bool:
    """Tell whether the end of the take is the one that was told: where all hosts were away, it is not."""
    report = manifest.report
    return manifest.state == "finished" and (report is None or not all(each.lost for each in report.devices))


def _column(table: Table, holes: NDArray[np.int8], place: int, pulses: int) -> IndexColumns:
    """Return a device's column as the recordings have it."""
    column = IndexColumns(
        table.captures[:pulses, place],
        table.color_us[:pulses, place],
        table.depth_us[:pulses, place],
        table.host_time_ns[:pulses, place],
        table.residual_us[:pulses, place],
        holes[:pulses, place],
    )
    return _lengthened(column, pulses)


def _lengthened(column: IndexColumns, pulses: int) -> IndexColumns:
    """Return a column with rows of a lost device at its end."""
    missing = pulses - len(column.capture)
    empty = np.full(missing, MISSING, np.int64)
    return IndexColumns(
        np.concatenate([column.capture, empty]),
        np.concatenate([column.color_us, empty]),
        np.concatenate([column.depth_us, empty]),
        np.concatenate([column.host_ns, empty]),
        np.concatenate([column.residual_us, np.full(missing, np.nan)]),
        np.concatenate([column.hole, np.full(missing, _LOST, np.int8)]),
    )


def _merged(told: IndexColumns, filed: IndexColumns) -> tuple[IndexColumns, int]:
    """Return what was told, and what the recording has beyond it; and how many captures these are."""
    known = told.capture != MISSING
    added = ~known & (filed.capture != MISSING)
    capture = np.where(known, told.capture, filed.capture)
    hole = np.where(added, filed.hole, told.hole)
    last = int(np.flatnonzero(capture != MISSING)[-1]) if (capture != MISSING).any() else -1
    disproved = (capture == MISSING) & ((hole == _LOST) | (hole == _LATE)) & (np.arange(len(hole)) < last)
    hole[disproved] = _NOT_RECORDED
    merged = IndexColumns(
        capture,
        np.where(known, told.color_us, filed.color_us),
        np.where(known, told.depth_us, filed.depth_us),
        told.host_ns,
        np.where(np.isnan(told.residual_us), filed.residual_us, told.residual_us),
        hole.astype(np.int8),
    )
    return merged, int(added.sum())


@contextmanager
def _index_of(folder: Path, completed: Completed, reference: int) -> Iterator[None]:
    """Write the index, and put it in the place of the one before when the block has ended well.

    Whoever finds it finds all of it; where the disk is full, nothing has changed.
    """
    with draft_of(folder / INDEX, durable=True) as draft:
        with closing(IndexFile(draft, list(completed.columns))) as index:
            for row in rows_of([each.fields for each in completed.columns.values()], reference):
                index.append(row)
        yield


# --- take.json ------------------------------------------------------------------------------------------


def _report(examination: Examination, manifest: Manifest, completed: Completed, told: Finding) -> TakeReport:
    inspection = examination.inspection
    earlier = manifest.report
    before = {each.name: each for each in earlier.devices} if earlier is not None else {}
    entries = {each.name: each for each in inspection.devices}
    findings = (*(earlier.findings if earlier is not None else ()), told)
    findings = tuple(_as_known_now(each, completed) for each in findings if not _is_answered(each, completed))
    whole = [column.hole == NO_HOLE for column in completed.columns.values()]
    return TakeReport(
        take=earlier.take if earlier is not None else None,
        verdict=Verdict.INCOMPLETE,
        pulses=completed.pulses,
        complete=int(np.logical_and.reduce(whole).sum()),
        duration_s=round(completed.pulses / max(inspection.fps, 1), 3),
        devices=tuple(
            _device(each, completed.columns[each.settings.name], entries.get(each.settings.name),
                    before.get(each.settings.name))
            for each in manifest.devices
        ),
        findings=tuple(dict.fromkeys(findings)),
    )  # fmt: skip


def _device(
    device: TakeDevice, column: IndexColumns, entry: FileInspection | None, before: DeviceReport | None
) -> DeviceReport:
    holes = {str(reason): count for reason, count in column.holes().items()}
    measured = entry if entry is not None else before
    filed = entry.captures_before + entry.captures + entry.captures_after if entry is not None else 0
    return DeviceReport(
        name=device.settings.name,
        serial=device.settings.serial,
        role=device.settings.role,
        file=device.file,
        host=device.host,
        captures=max(filed, int((column.capture != MISSING).sum())),
        dropped=int((~column.whole).sum()),
        holes=holes,
        lost=bool(len(column.hole) and column.hole[-1] == _LOST),
        bias_us=measured.bias_us if measured is not None else None,
        jitter_us=measured.jitter_us if measured is not None else None,
        drift_ppm=measured.drift_ppm if measured is not None else None,
    )


def _is_answered(finding: Finding, completed: Completed) -> bool:
    """Tell whether what was not known of a device is known now."""
    return finding.kind is LAST_CAPTURES_UNTOLD and bool(completed.added.get(finding.device or ""))


def _as_known_now(finding: Finding, completed: Completed) -> Finding:
    """Return a finding as it weighs now: a host that was away has cost nothing where its files are whole."""
    whole = all(not len(each.hole) or each.hole[-1] != _LOST for each in completed.columns.values())
    if finding.kind is HOST_LOST and whole:
        return finding.model_copy(update={"severity": Severity.WARNING})
    return finding


def _keep(path: Path, kept: Path) -> None:
    """Keep what was there before, unless something older is kept already."""
    if not kept.exists():
        with draft_of(kept, new=True, durable=True) as draft:
            shutil.copyfile(path, draft)
