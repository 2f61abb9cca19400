"""`ksync repair`: complete recordings that a dead recorder left."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import json_option, recordings_argument
from kinect_sync.cli.saying import say
from kinect_sync.review.repairing import FileRepair, RepairReport
from kinect_sync.review.repairing import repair as repair_files
from kinect_sync.verdicts import Verdict

_EPILOG = (
    "Exit codes: 0 all recordings are whole now; 1 one could not be repaired; 2 nothing that can be read; "
    "130 interrupted: run it again."
)


@click.command(epilog=_EPILOG)
@recordings_argument
@click.option(
    "--in-place", is_flag=True, help="Complete the files themselves; by default copies are written."
)
@json_option
def repair(paths: tuple[Path, ...], *, in_place: bool, as_json: bool) -> None:
    """Complete the recordings of a take, or MKV files, that their recorder did not live to finish.

    Those of ksync and those of k4arecorder, which nothing opens. Give all recordings of a set: a start
    offset that one of them lost is worked out from the others. The original stays; NAME.repaired.mkv is
    written beside it.
    """

    def work() -> RepairReport:
        return repair_files(paths, in_place=in_place)

    answer(RepairReport, work, _show, as_json=as_json)


def _show(report: RepairReport) -> None:
    for file in report.files:
        say(_line(file))


def _line(file: FileRepair) -> str:
    line = f"{file.name}: {'whole already' if file.state is Verdict.WHOLE else file.state.told}"
    if file.missing:
        line += f"; it lacked {', '.join(file.missing)}"
    if file.result is not None:
        counts = ", ".join(f"{count} {name}" for name, count in file.images.items())
        line += f"; {counts} in {file.result}"
    return line
