"""`ksync export`: the images of a take as files that every other program reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import COUNT, FOLDER, POSITIVE, json_option, quiet_option, take_argument
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.export.exporting import Progress, export_take
from kinect_sync.review.export.request import DEFAULT_PARTS, ExportReport, ExportRequest, Part


class Words(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """Words with commas between them, as `color,depth`."""

    name = "words"

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        """Take the words to choose from; without any, every word goes."""
        self._known = known

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split, and name every word that is not known."""
        if isinstance(value, tuple):
            return value
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        unknown = [word for word in words if self._known and word not in self._known]
        if not words:
            self.fail("name at least one", param, ctx)
        if unknown:
            self.fail(f"{', '.join(map(repr, unknown))} is not among {', '.join(self._known)}", param, ctx)
        return words


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
@click.option("--devices", metavar="LIST", type=Words(), show_default="all", help="Names of the devices.")
@click.option("--start", metavar="N", type=COUNT, default=0, show_default=True, help="First pulse.")
@click.option("--stop", metavar="N", type=COUNT, show_default="the end", help="Pulse before which to stop.")
@click.option("--every", metavar="N", type=POSITIVE, default=1, show_default=True,
              help="Export each so many-th pulse.")  # fmt: skip
@click.option("--holes", is_flag=True, help="Also export pulses that a device has no whole capture of.")
@click.option("--png", "color_as_png", is_flag=True, help="Decode color to PNG instead of keeping the JPEGs.")
@click.option(
    "--jobs", "processes", metavar="N", type=POSITIVE, show_default="one per core", help="Processes."
)
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
    if stop is not None and stop <= start:
        raise click.UsageError(f"--stop {stop} is not after --start {start}: there is nothing to export")
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
        with _progress(quiet=quiet) as progress:
            return export_take(request, processes=processes or usable_cores() or 1, progress=progress)

    answer(ExportReport, work, lambda report: say(_line(report)), as_json=as_json)


def _line(report: ExportReport) -> str:
    made = f"{report.written} files written ({report.nbytes / 1e6:.1f} MB)"
    kept = f", {report.kept} kept" if report.kept else ""
    return f"{report.rows} pulses of {len(report.devices)} devices: {made}{kept}\nexport: {report.directory}"


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Draw a bar on a terminal; elsewhere there is nothing to say until the end."""
    from kinect_sync.cli.console import stderr_console

    console = stderr_console()
    if quiet or not console.is_terminal:
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn(), TextColumn("captures"))
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("exporting", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
