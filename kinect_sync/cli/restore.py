"""`ksync restore`: the files that an archive was made of."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import FOLDER, jobs_option, json_option, quiet_option
from kinect_sync.cli.progress import progress_in_mb
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.archiving.reports import RestoreReport
from kinect_sync.review.archiving.restoring import restore_take

_EPILOG = (
    "Exit codes: 0 restored; 1 the archive is damaged, and all else of it is restored; 2 usage, or the "
    "folders can't be used; 130 interrupted: run it again."
)
_ARCHIVE, _RESTORED = ".archive", ".restored"


@click.command(epilog=_EPILOG)
@click.argument("archive", metavar="ARCHIVE", type=FOLDER)
@click.option("-o", "--output", "directory", metavar="DIR", type=FOLDER,
              show_default="ARCHIVE without .archive, or with .restored",
              help="Folder to restore into; what is there as it should be is kept.")  # fmt: skip
@jobs_option
@json_option
@quiet_option
def restore(
    archive: Path, directory: Path | None, processes: int | None, *, as_json: bool, quiet: bool
) -> None:
    """Restore the files that ARCHIVE was made of, byte for byte, those that were cut off or damaged too.

    Of a take that was recorded with --compress it makes Azure Kinect recordings with the same images, times
    and tags. Nothing is overwritten. Where an archive is damaged, all else of it is restored.
    """

    def work() -> RestoreReport:
        with progress_in_mb("restoring", quiet=quiet) as progress:
            return restore_take(
                archive,
                directory or _beside(archive),
                cores=processes or usable_cores() or 1,
                progress=progress,
            )

    answer(RestoreReport, work, _show, as_json=as_json)


def _beside(archive: Path) -> Path:
    whole = archive if archive.name not in ("", "..") else archive.resolve()
    name = whole.name
    return whole.with_name(name.removesuffix(_ARCHIVE) if name.endswith(_ARCHIVE) else name + _RESTORED)


def _show(report: RestoreReport) -> None:
    kept = f", {report.kept} of them there before" if report.kept else ""
    say(f"{report.verdict.told}: {len(report.files)} files{kept}")
    say(f"take: {report.directory}")
