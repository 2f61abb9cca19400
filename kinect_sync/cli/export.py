"""`ksync export`: the images of a take as files that every other program reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import (
    FILE,
    FOLDER,
    Words,
    check_span,
    jobs_option,
    json_option,
    pulse_options,
    quiet_option,
    take_argument,
)
from kinect_sync.cli.progress import progress_bar
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.chosen import PulseChoice
from kinect_sync.review.export.exporting import export_take
from kinect_sync.review.export.mcap.exporting import export_mcap
from kinect_sync.review.export.mcap.request import MCAP_PARTS, McapRequest
from kinect_sync.review.export.request import DEFAULT_PARTS, ExportReport, ExportRequest, Part

_EPILOG = (
    "Exit codes: 0 exported; 1 exported, but for images that are broken; 2 usage, or the take or the folder "
    "can't be used; 3 the SDK is needed and can't be used; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@take_argument
@click.option("-o", "--output", "directory", metavar="DIR", type=FOLDER,
              help="Folder to export into; what an earlier run made there is kept.")  # fmt: skip
@click.option("--mcap", "file", metavar="FILE", type=FILE,
              help="Make one MCAP file instead, for Foxglove and Rerun.")  # fmt: skip
@click.option("--what", metavar="LIST", type=Words(tuple(map(str, Part))),
              default=",".join(map(str, DEFAULT_PARTS)), show_default=True,
              help=f"What to export, of {', '.join(map(str, Part))}.")  # fmt: skip
@pulse_options
@click.option("--png", "color_as_png", is_flag=True, help="Decode color to PNG instead of keeping the JPEGs.")
@jobs_option
@json_option
@quiet_option
def export(
    take: Path,
    directory: Path | None,
    file: Path | None,
    what: tuple[str, ...],
    devices: tuple[str, ...] | None,
    start: int,
    stop: int | None,
    every: int,
    processes: int | None,
    *,
    holes: bool,
    color_as_png: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Export the images of TAKE, the folder of a recording, as JPEG, PNG, PLY and JSON.

    A file is named after its pulse, so that one number is one moment on every device. Only pulses count of
    which every device has a whole capture. Run again after an interruption, it goes on where it was.
    """
    check_span("export", start, stop)
    chosen = PulseChoice(take=take, devices=devices, start=start, stop=stop, every=every, holes=holes)
    parts = tuple(Part(word) for word in what)
    job = _job(chosen, parts, directory, file, color_as_png=color_as_png)

    def work() -> ExportReport:
        with progress_bar("exporting", "captures", quiet=quiet) as progress:
            return job(processes=processes or usable_cores() or 1, progress=progress)

    answer(ExportReport, work, lambda report: say(_line(report)), as_json=as_json)


def _job(
    chosen: PulseChoice,
    parts: tuple[Part, ...],
    directory: Path | None,
    file: Path | None,
    *,
    color_as_png: bool,
) -> Callable[..., ExportReport]:
    """Return the export that was asked for: a folder of images, or one MCAP file."""
    if (directory is None) == (file is None):
        raise click.UsageError("give a folder with -o, or a file with --mcap")
    if directory is not None:
        return partial(
            export_take,
            ExportRequest(**dict(chosen), directory=directory, parts=parts, color_as_png=color_as_png),
        )
    if color_as_png or not set(parts) <= set(MCAP_PARTS):
        raise click.UsageError(f"an MCAP file holds {', '.join(map(str, MCAP_PARTS))}, and color as it is")
    return partial(export_mcap, McapRequest(**dict(chosen), file=file, parts=parts))


def _line(report: ExportReport) -> str:
    made = f"{report.written} files written ({report.nbytes / 1e6:.1f} MB)"
    kept = f", {report.kept} kept" if report.kept else ""
    whole = f"{report.rows} pulses of {len(report.devices)} devices: {made}{kept}"
    return f"{whole}\nexport: {report.directory or report.file}"
