"""`ksync export`: the images of a take as files that every other program reads."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import (
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
from kinect_sync.review.export.exporting import export_take
from kinect_sync.review.export.request import DEFAULT_PARTS, ExportReport, ExportRequest, Part

_EPILOG = (
    "Exit codes: 0 exported; 1 exported, but for images that are broken; 2 usage, or the take or the folder "
    "can't be used; 3 the SDK is needed and can't be used; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@take_argument
@click.option("-o", "--output", "directory", metavar="DIR", required=True, type=FOLDER,
              help="Folder to export into; what an earlier run made there is kept.")  # fmt: skip
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
    directory: Path,
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
    request = ExportRequest(
        take=take,
        directory=directory,
        parts=tuple(Part(word) for word in what),
        devices=devices,
        start=start,
        stop=stop,
        every=every,
        holes=holes,
        color_as_png=color_as_png,
    )

    def work() -> ExportReport:
        with progress_bar("exporting", "captures", quiet=quiet) as progress:
            return export_take(request, processes=processes or usable_cores() or 1, progress=progress)

    answer(ExportReport, work, lambda report: say(_line(report)), as_json=as_json)


def _line(report: ExportReport) -> str:
    made = f"{report.written} files written ({report.nbytes / 1e6:.1f} MB)"
    kept = f", {report.kept} kept" if report.kept else ""
    return f"{report.rows} pulses of {len(report.devices)} devices: {made}{kept}\nexport: {report.directory}"
