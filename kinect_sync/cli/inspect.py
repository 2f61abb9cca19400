"""`ksync inspect`: whether recordings line up, and what is wrong with them if not."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.inspection_summary import show_inspection
from kinect_sync.cli.options import json_option, max_drop_option, recordings_argument, studio_option
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.review.inspection.examining import Examination, examine
from kinect_sync.review.inspection.model import Inspection
from kinect_sync.review.inspection.rebuilding import rebuild as write_take
from kinect_sync.review.inspection.rebuilding import without_index_missing

_EPILOG = (
    "Exit codes: 0 in sync, or a single recording that is complete; 1 out of sync, incomplete, or not "
    "synchronized; 2 nothing that can be read; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@recordings_argument
@click.option(
    "--align-by-host",
    is_flag=True,
    help="Tie unrelated clocks by arrival at the host, or else by the dates of the files: roughly.",
)
@max_drop_option
@click.option("--rebuild", is_flag=True, help="Write the alignment.csv and take.json that a folder lacks.")
@studio_option
@json_option
def inspect(
    paths: tuple[Path, ...],
    max_drop_percent: float,
    studio: Path,
    *,
    align_by_host: bool,
    rebuild: bool,
    as_json: bool,
) -> None:
    """Inspect a take, or MKV files of any recorder, without decoding an image.

    Says whether the recordings line up pulse by pulse, where captures are missing, and what is odd about
    each file. Of files that are on other hosts still, the times are asked for there.
    """
    found: list[Examination] = []
    written: list[Finding] = []

    def work() -> Inspection:
        from kinect_sync.benches.looking import recordings_elsewhere

        elsewhere = {} if rebuild else recordings_elsewhere(paths, studio)
        examination = examine(
            paths, by_host=align_by_host, max_drop_percent=max_drop_percent, elsewhere=elsewhere
        )
        found.append(examination)
        if not rebuild:
            return examination.inspection
        try:
            written.extend(write_take(examination))
        except UsageError as error:  # what was found out is told all the same
            return refused(examination.inspection, error)
        return without_index_missing(examination.inspection)

    answer(
        Inspection,
        work,
        lambda _: show_inspection(found[0].inspection),
        as_json=as_json,
        tell=lambda inspection: (*inspection.findings, *written),
    )


def refused(inspection: Inspection, error: UsageError) -> Inspection:
    """Return an inspection of recordings that could not be rebuilt as was asked for."""
    findings = (*inspection.findings, *error.findings)
    return inspection.model_copy(update={"verdict": error.verdict, "findings": findings})
