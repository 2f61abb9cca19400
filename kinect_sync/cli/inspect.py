"""`ksync inspect`: whether recordings line up, and what is wrong with them if not."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.inspection_summary import show_inspection
from kinect_sync.cli.options import json_option, max_drop_option, recordings_argument
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.review.inspection.examining import examine
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
@json_option
@click.pass_context
def inspect(
    ctx: click.Context,
    paths: tuple[Path, ...],
    max_drop_percent: float,
    *,
    align_by_host: bool,
    rebuild: bool,
    as_json: bool,
) -> None:
    """Inspect a take, or MKV files of any recorder, without decoding an image.

    Says whether the recordings line up pulse by pulse, where captures are missing, and what is odd about
    each file.
    """
    examination = examine(paths, by_host=align_by_host, max_drop_percent=max_drop_percent)
    inspection, failure = examination.inspection, None
    written: tuple[Finding, ...] = ()
    if rebuild:
        try:
            written = write_take(examination)
            inspection = without_index_missing(inspection)
        except UsageError as error:
            failure = error  # what was found out is shown all the same
    show_findings((*inspection.findings, *written))
    if as_json:
        click.echo(inspection.model_dump_json(indent=2))
    else:
        show_inspection(inspection)
    if failure is not None:
        raise failure
    ctx.exit(ExitCode.OK if inspection.verdict in ("in_sync", "complete") else ExitCode.NO)
