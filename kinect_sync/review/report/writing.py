"""Write the report of a take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.calibration.rig_calibration import (
    FILE,
    RigCalibration,
    read_calibration_beside,
    read_rig_calibration,
)
from kinect_sync.errors import UsageError
from kinect_sync.files import is_regular, replace_file
from kinect_sync.findings import has_errors
from kinect_sync.findings.files import TAKE_EMPTY
from kinect_sync.findings.output import FILE_EXISTS, FILE_NOT_WRITTEN
from kinect_sync.review.report.gathering import gather
from kinect_sync.review.report.page import GENERATOR, make_page
from kinect_sync.takes.opened_take import open_take
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class PageReport(Report):
    """What `ksync report --json` prints; what the take is like stands on the page."""

    report: Literal["page"] = "page"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.INCOMPLETE, *UNANSWERED)]
    """`good`: the page was written, whatever it says. `incomplete`: it was, and a recording is missing."""
    file: str | None = None
    """The page that was written."""


def write_report(take: Path, output: Path, calibration: Path | None = None) -> PageReport:
    """Write the page of a take to `output`, replacing an older one.

    `calibration` is that of its rig; without it the one in the take's folder, if there is one. Raises
    UsageError where the take can't be read, holds no pulse, or the page can't be written, as where `output`
    is a file that is no page: it may be a recording; and where the calibration that was named can't be read.
    """
    brought_along = output.parent == take and os.path.lexists(output) and not is_regular(output)
    if brought_along or (output.is_file() and not _is_page(output)):
        what = f"{output} exists, and is no report"
        raise UsageError(FILE_EXISTS.found(what, remedy="give another name with -o"))
    opened = open_take(take)
    if not len(opened.index):
        what = f"the take {take} has no pulses to draw"
        raise UsageError(TAKE_EMPTY.found(what))
    page = make_page(gather(opened, _calibration(take, calibration)))
    try:
        _write(output, page.encode())
    except OSError as error:
        what = f"{output} cannot be written: {error.strerror or error}"
        finding = FILE_NOT_WRITTEN.found(what)
        raise UsageError(finding) from error
    findings = (*opened.remarks(), *opened.missing())
    verdict = Verdict.INCOMPLETE if has_errors(findings) else Verdict.GOOD
    return PageReport(verdict=verdict, findings=findings, file=str(output))


def _calibration(take: Path, named: Path | None) -> RigCalibration | str | None:
    """Read a calibration; one that came with the take stops nobody from looking at its recordings."""
    if named is not None:
        return read_rig_calibration(named)
    if not os.path.lexists(take / FILE):
        return None
    try:
        return read_calibration_beside(take)
    except UsageError as error:
        return str(error)


def _is_page(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return GENERATOR.encode() in stream.read(512)
    except OSError:
        return False


def _write(output: Path, page: bytes) -> None:
    """Write the page in one step; what is no file, such as a pipe, stays what it is."""
    if output.exists() and not output.is_file():
        output.write_bytes(page)
    else:
        replace_file(output, page)
