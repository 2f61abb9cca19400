"""`ksync report`: a take as a page to look at."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import calibration_option, json_option, output_file_option, take_argument
from kinect_sync.cli.saying import say
from kinect_sync.review.report.writing import PageReport, write_report

_REPORT = "report.html"


_EPILOG = (
    "Exit codes: 0 written, whatever the verdict of the take; 1 written, and a recording is missing; "
    "2 usage, or the take can't be read; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@take_argument
@output_file_option("the page", default=f"{_REPORT} in TAKE")
@calibration_option
@json_option
def report(take: Path, output: Path | None, calibration: Path | None, *, as_json: bool) -> None:
    """Draw TAKE, the folder of a recording, as one HTML page that needs nothing else.

    Verdict, rig, captures and holes, residuals, frame rate, arrival, queue and disk, lasers, the first
    complete set; where the rig is calibrated, how its cameras stand and fit, and that set as one cloud.
    """

    def work() -> PageReport:
        return write_report(take, output or take / _REPORT, calibration)

    answer(PageReport, work, lambda page: say(f"report: {page.file}"), as_json=as_json)
