"""Export the images of a take as files that every other program reads, one number for one pulse."""

from __future__ import annotations

import csv
import errno
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import draft_of
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.export import (
    EXPORT_NOT_WRITTEN,
    EXPORT_OF_ANOTHER_TAKE,
    EXPORT_PROCESS_DIED,
    FOLDER_NOT_EMPTY,
    NOTHING_TO_EXPORT,
)
from kinect_sync.review.chosen import (
    TIME_FIELDS,
    IndexedCapture,
    chosen_rows,
    nothing_chosen,
    time_cells,
)
from kinect_sync.review.claiming import claim_folder, make_folder, mark_of
from kinect_sync.review.export.calibration import write_calibrations
from kinect_sync.review.export.request import (
    DEFAULT_PARTS,
    TRANSFORMED,
    ExportReport,
    ExportRequest,
    JobResult,
    Part,
)
from kinect_sync.review.export.selection import DeviceSource, JobMaker, open_sources
from kinect_sync.review.export.worker import Exporter, open_transformation
from kinect_sync.review.recorded import DeviceContext, context_of
from kinect_sync.review.spreading import Progress, spread
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.opened_take import OpenedTake, open_take
from kinect_sync.verdicts import Verdict

EXPORT = "export.json"
"""Says which take a folder is an export of, so that two are never mixed."""
INDEX_OF_EXPORT = "index.csv"


def export_take(request: ExportRequest, *, processes: int, progress: Progress) -> ExportReport:
    """Export a take; what an earlier run has made is kept.

    Raises UsageError where the take, the selection or the folder do not allow it, or the disk refuses;
    BenchError where the SDK is needed and can't be used. Files that were made stay, and are whole.
    """
    take = open_take(request.take)
    sources = open_sources(take, request)
    names = tuple(source.name for source in sources)
    _check_parts(sources, request)
    count = sum(len(rows) for _, rows in chosen_rows(take.index, names, request))
    maker = JobMaker(sources, request)
    tally = _Tally()
    contexts = {source.name: context_of(source.name, source.places) for source in sources}
    _check_transformations(sources, contexts)
    try:
        _claim(take, request.directory)
        _make_folders(sources, request)
        tally.findings += _calibrate(request, contexts)
        for result in spread(
            maker.jobs(take.index), partial(Exporter, contexts), processes, died=EXPORT_PROCESS_DIED
        ):
            tally.add(result)
            maker.leave_out(result)
            progress(tally.jobs + maker.skipped, count * len(sources))
        progress(tally.jobs + maker.skipped, count * len(sources))
        _write_index(maker, take.index, sources, request)
    except OSError as error:
        raise not_written(request.directory, error) from error
    return ExportReport(
        verdict=Verdict.INCOMPLETE if tally.broken else Verdict.EXPORTED,
        take=request.take,
        directory=request.directory,
        rows=count,
        written=tally.written,
        kept=maker.kept,
        broken=tally.broken,
        nbytes=tally.nbytes,
        devices=names,
        findings=(*take.remarks(), *nothing_chosen(take, count), *maker.lacking.findings(), *tally.findings),
    )


class _Tally:
    """What the jobs have made so far."""

    def __init__(self) -> None:
        self.jobs = self.written = self.broken = self.nbytes = 0
        self.findings: list[Finding] = []

    def add(self, result: JobResult) -> None:
        self.jobs += 1
        self.written += result.written
        self.broken += len(result.broken)
        self.nbytes += result.nbytes
        if result.finding is not None:
            self.findings.append(result.finding)


def _check_parts(sources: Sequence[DeviceSource], request: ExportRequest) -> None:
    """Refuse a part that no device can give: an empty folder would look like a defect."""
    images = [part for part in request.parts if part is not Part.CALIBRATION]
    nobody = [part for part in images if not any(part in source.parts for source in sources)]
    if nobody and (request.parts != DEFAULT_PARTS or nobody == images):
        what = f"no device of this selection recorded what {', '.join(map(str, nobody))} needs"
        raise UsageError(NOTHING_TO_EXPORT.found(what))


def _check_transformations(sources: Sequence[DeviceSource], contexts: Mapping[str, DeviceContext]) -> None:
    """See before anything is written that the SDK can compute what was asked for."""
    for source in sources:
        if TRANSFORMED.intersection(source.parts):
            open_transformation(contexts[source.name]).check()


def _calibrate(request: ExportRequest, contexts: Mapping[str, DeviceContext]) -> list[Finding]:
    """Write calibrations; where nobody asked for them by name, lacking them is only worth a word."""
    if Part.CALIBRATION not in request.parts:
        return []
    try:
        write_calibrations(list(contexts.values()), request.directory)
    except KsyncError as error:
        if request.parts != DEFAULT_PARTS:
            raise
        return [finding.model_copy(update={"severity": Severity.WARNING}) for finding in error.findings]
    return []


# --- the folder -------------------------------------------------------------------------------------------


def _claim(take: OpenedTake, directory: Path) -> None:
    claim_folder(
        directory,
        EXPORT,
        mark_of(take),
        not_empty=FOLDER_NOT_EMPTY,
        other=EXPORT_OF_ANOTHER_TAKE,
        word="an export",
    )


def _make_folders(sources: Sequence[DeviceSource], request: ExportRequest) -> None:
    for source in sources:
        if (request.directory / source.name).is_symlink():  # an export from elsewhere that goes on
            raise OSError(errno.ELOOP, "it is a link out of the export", str(request.directory / source.name))
        for part in source.parts:
            make_folder(request.directory / source.name / str(part))


def not_written(target: Path, error: OSError) -> UsageError:
    """Say that the disk refuses an export, a folder or a file."""
    place = error.filename or target
    what = f"the export could not be written: {place}: {error.strerror or error}"
    return UsageError(EXPORT_NOT_WRITTEN.found(what))


# --- the index --------------------------------------------------------------------------------------------


def _write_index(
    maker: JobMaker, index: IndexMap, sources: Sequence[DeviceSource], request: ExportRequest
) -> None:
    """Write the table of the export: a row per pulse, the paths of its files, and when they were taken."""
    heading = ["row", "pulse"]
    for source in sources:
        heading += [f"{source.name}.{part}" for part in source.parts]
        heading += [f"{source.name}.{field}" for field in TIME_FIELDS]
    with (
        draft_of(request.directory / INDEX_OF_EXPORT) as draft,
        draft.open("w", encoding="utf-8", newline="") as stream,
    ):
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(heading)
        number = 0
        for part, rows in chosen_rows(index, [each.name for each in sources], request):
            for row in rows:
                cells = (_cells(maker, each, IndexedCapture.of(part, each.name, row)) for each in sources)
                table.writerow([number, int(part.pulses[row]), *chain.from_iterable(cells)])
                number += 1


def _cells(maker: JobMaker, source: DeviceSource, row: IndexedCapture) -> list[object]:
    given = maker.parts(source, row.pulse, row.images(source.name, source.places))
    paths = [
        maker.path_of(source, part, row.pulse).as_posix() if part in given else "" for part in source.parts
    ]
    return [*paths, *time_cells(row)]
