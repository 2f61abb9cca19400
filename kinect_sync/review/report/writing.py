"""Write the report of a take."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.files import TAKE_EMPTY
from kinect_sync.findings.output import FILE_EXISTS, FILE_NOT_WRITTEN
from kinect_sync.review.report.data import gather
from kinect_sync.review.report.page import GENERATOR, make_page
from kinect_sync.takes.opened_take import open_take


def write_report(take: Path, output: Path) -> tuple[Finding, ...]:
    """Write the page of a take to `output`, replacing an older one; return what to know of the take.

    Raises UsageError where the take can't be read, holds no pulse, or the page can't be written, as where
    `output` is a file that is no page: it may be a recording.
    """
    if output.is_file() and not _is_page(output):
        what = f"{output} exists, and is no report"
        raise UsageError(FILE_EXISTS.found(what, remedy="give another name with -o"))
    opened = open_take(take)
    if not len(opened.index):
        what = f"the take {take} has no pulses to draw"
        raise UsageError(TAKE_EMPTY.found(what))
    page = make_page(gather(opened))
    try:
        _write(output, page.encode())
    except OSError as error:
        what = f"{output} cannot be written: {error.strerror or error}"
        finding = FILE_NOT_WRITTEN.found(what)
        raise UsageError(finding) from error
    return (*opened.remarks(), *opened.missing())


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
