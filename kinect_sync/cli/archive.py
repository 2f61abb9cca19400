"""`ksync archive`: a take packed without loss, and the proof years later that it still is."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import FOLDER, jobs_option, json_option, quiet_option, take_argument
from kinect_sync.cli.progress import progress_in_mb
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.archiving.archiving import archive_take
from kinect_sync.review.archiving.reports import ArchivedFile, ArchiveReport, ArchiveRequest
from kinect_sync.review.archiving.verifying import verify_archive
from kinect_sync.takes.packing.packings import Packing

_EPILOG = (
    "Exit codes: 0 archived, or the archive is whole; 1 the archive is damaged; 2 usage, or the take or the "
    "folder can't be used; 130 interrupted: run it again."
)


@click.command(epilog=_EPILOG)
@take_argument
@click.option("-o", "--output", "directory", metavar="DIR", type=FOLDER, show_default="TAKE.archive",
              help="Folder of the archive; what an earlier run made there is kept.")  # fmt: skip
@click.option("--codec", type=click.Choice([each.value for each in Packing]), show_default="ffv1",
              help="What depth and IR are packed with.")  # fmt: skip
@click.option("--remove-originals", is_flag=True,
              help="Remove the recordings of TAKE once all of the archive was read back.")  # fmt: skip
@click.option("--verify", is_flag=True, help="TAKE is an archive: prove that it is whole.")
@jobs_option
@json_option
@quiet_option
def archive(
    take: Path,
    directory: Path | None,
    codec: str | None,
    processes: int | None,
    *,
    remove_originals: bool,
    verify: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Archive TAKE, the folder of a recording: depth and IR packed without loss, all else as it is.

    Each recording becomes a Matroska file that ffmpeg, mpv and VLC play and every command of ksync reads; the
    Azure Kinect SDK opens it for color and calibration. `ksync restore` brings the files back byte for byte.
    FFV1 takes a third of the space, and needs `pip install "kinect-sync[archive]"`; `png` is packed three
    times as fast. Run again after an interruption, it goes on where it was.
    """
    if verify and (directory is not None or codec is not None or remove_originals):
        raise click.UsageError(
            "--verify reads an archive: it goes with none of -o, --codec, --remove-originals"
        )
    request = ArchiveRequest(
        take=take,
        directory=directory or _beside(take),
        codec=Packing(codec or Packing.FFV1.value),
        remove_originals=remove_originals,
    )

    def work() -> ArchiveReport:
        with progress_in_mb("verifying" if verify else "archiving", quiet=quiet) as progress:
            if verify:
                return verify_archive(take, cores=processes or usable_cores() or 1, progress=progress)
            return archive_take(request, cores=processes or usable_cores() or 1, progress=progress)

    answer(ArchiveReport, work, _show, as_json=as_json)


def _beside(take: Path) -> Path:
    whole = take if take.name not in ("", "..") else take.resolve()
    return whole.with_name(f"{whole.name}.archive")


def _show(report: ArchiveReport) -> None:
    for file in report.files:
        say(_line(file))
    before, now = (sum(sizes) for sizes in zip(*map(_sizes, report.files), strict=True))
    if report.take is not None:
        share = f"{now / max(1, before):.0%}"
        say(f"archived: {before / 1e6:.1f} MB in {now / 1e6:.1f} MB ({share}), and read back")
    else:
        say(f"{report.verdict.told}: {now / 1e6:.1f} MB, of {before / 1e6:.1f} MB as they were")
    say(f"archive: {report.directory}")


def _sizes(file: ArchivedFile) -> tuple[int, int]:
    return file.nbytes, file.archived_nbytes


def _line(file: ArchivedFile) -> str:
    sizes = f"{file.nbytes / 1e6:.1f} MB in {file.archived_nbytes / 1e6:.1f} MB"
    return f"{file.name}: {file.state}, {sizes}{', the original removed' if file.removed else ''}"
