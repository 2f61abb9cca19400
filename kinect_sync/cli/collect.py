"""`ksync hosts collect`: the files of a take, brought from its hosts to this computer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kinect_sync.benches.collecting import collect_from
from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import (
    json_option,
    optional_rig_argument,
    quiet_option,
    studio_option,
    take_argument,
)
from kinect_sync.cli.saying import say
from kinect_sync.hosts.collecting import Progress
from kinect_sync.hosts.collection import CollectedFile, CollectReport, Outcome
from kinect_sync.rig.loading import load_rig
from kinect_sync.steady import steady_s

LINE_S = 5.0
"""From one line of progress to the next, where there is no terminal."""

_EPILOG = (
    "Exit codes: 0 every recording is here; 1 some are elsewhere, or differ from those here; 2 usage, a host "
    "records, or no host has the take; 3 the disk, or a file came damaged; 130 interrupted: run it again."
)


@click.command(epilog=_EPILOG)
@take_argument
@optional_rig_argument
@studio_option
@json_option
@quiet_option
def collect(take: Path, rig: str | None, studio: Path, *, as_json: bool, quiet: bool) -> None:
    """Collect the files of TAKE, the folder of a take on this computer, from the hosts that recorded it.

    The hosts are those of RIG, else those that the take was recorded with, else all of the studio. Run again
    after an interruption, it goes on where it was. Nothing is deleted on a host, and nothing overwritten
    here. Each file is hashed on both sides.
    """

    def work() -> CollectReport:
        hosts = load_rig(rig).rig if rig is not None else None
        with progress_of_collection(quiet=quiet) as progress:
            return collect_from(take, studio, hosts, progress)

    answer(CollectReport, work, show_collection, as_json=as_json)


def show_collection(report: CollectReport) -> None:
    """Print what became of each file, and where they are."""
    for file in report.files:
        say(_line(file))
    say(f"take: {report.take}")


def _line(file: CollectedFile) -> str:
    words = {
        Outcome.COLLECTED: "collected, and whole",
        Outcome.HERE: "here already, and the same",
        Outcome.DIFFERS: "another file is in its place here",
        Outcome.ELSEWHERE: f"still there, but for {file.here_nbytes / 1e6:.1f} MB",
    }
    return f"{file.file} of {file.host}: {file.nbytes / 1e6:.1f} MB, {words[file.outcome]}"


@contextmanager
def progress_of_collection(*, quiet: bool) -> Iterator[Progress]:
    """Draw a bar on a terminal; elsewhere say now and then how much has come."""
    from kinect_sync.cli.console import stderr_console

    console = stderr_console()
    if quiet or not console.is_terminal:
        yield (lambda here, total: None) if quiet else _Lines().show  # noqa: ARG005
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("collecting"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, TimeRemainingColumn(), console=console) as bars:
        task = bars.add_task("collecting", total=None)
        yield lambda here, total: bars.update(task, completed=here, total=total)


class _Lines:
    """Says in lines how far it is."""

    def __init__(self) -> None:
        self._said_s = steady_s()

    def show(self, here: int, total: int) -> None:
        if steady_s() - self._said_s >= LINE_S or here == total:
            self._said_s = steady_s()
            say(f"{here / 1e6:.1f} of {total / 1e6:.1f} MB are here", err=True)
