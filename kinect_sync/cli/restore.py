"""`ksync restore`: Azure Kinect recordings of a take whose depth and IR are packed."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import FOLDER, json_option, quiet_option, take_argument
from kinect_sync.cli.progress import progress_bar
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.archiving.reports import RestoreReport
from kinect_sync.review.archiving.unpacking import unpack_take

_EPILOG = (
    "Exit codes: 0 restored; 1 restored, but for images that are damaged; 2 usage, or the take or the folder "
    "can't be used; 130 interrupted: run it again."
)


@click.command(epilog=_EPILOG)
@take_argument
@click.option("-o", "--output", "directory", metavar="DIR", required=True, type=FOLDER,
              help="Folder to restore into; what an earlier run made there is kept.")  # fmt: skip
@json_option
@quiet_option
def restore(take: Path, directory: Path, *, as_json: bool, quiet: bool) -> None:
    """Make Azure Kinect recordings of TAKE, the folder of a take that was recorded with --compress.

    Images, times and tags are the same, and every program that reads recordings of the SDK reads them. Cut
    off files are completed. All other files of the take are copied.
    """

    def work() -> RestoreReport:
        with progress_bar("restoring", "MB", quiet=quiet) as tell:
            return unpack_take(
                take,
                directory,
                cores=usable_cores() or 1,
                progress=lambda done, total: tell(done // 1_000_000, total // 1_000_000),
            )

    answer(RestoreReport, work, lambda report: say(_line(report)), as_json=as_json)


def _line(report: RestoreReport) -> str:
    kept = f", {report.kept} of them kept" if report.kept else ""
    return f"{report.verdict.told}: {len(report.files)} files{kept}\ntake: {report.directory}"
