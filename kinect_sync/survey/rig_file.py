"""The rig file of what is connected, written where none was before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.errors import UsageError
from kinect_sync.files import create_file
from kinect_sync.findings import Finding
from kinect_sync.findings.rig_file import RIG_EXISTS, RIG_UNWRITABLE
from kinect_sync.rig.loading import parse_rig
from kinect_sync.survey.sketch import Sketch
from kinect_sync.survey.sketch_text import rig_text
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class InitReport(Report):
    """What `ksync init --json` prints."""

    report: Literal["rig_file"] = "rig_file"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: there is a rig file, and it is valid."""
    file: str | None = None
    """The file that was written; null where the text went to stdout, or nothing was written."""
    text: str | None = None
    """The rig file; null where what is connected makes no rig, or nobody knows what is."""
    guesses: dict[str, str] = Field(default_factory=dict)
    """What was guessed of single devices, by serial."""


def write_rig(sketch: Sketch, output: Path | None) -> InitReport:
    """Write the file where one is named.

    Raises RigError where what is connected makes no rig, UsageError where the file exists or can't be
    written.
    """
    text = rig_text(sketch)
    parse_rig(text, "<sketch>")
    if output is not None:
        _create(output, text)
    return InitReport(
        verdict=Verdict.GOOD,
        file=str(output) if output else None,
        text=text,
        guesses=sketch.guesses,
        findings=sketch.doubts,
    )


def require_new(output: Path) -> None:
    """See that there is no such file, before anybody is asked anything; UsageError where there is."""
    if output.exists():
        raise UsageError(_exists(output))


def _create(output: Path, text: str) -> None:
    try:
        create_file(output, text.encode())
    except FileExistsError:
        raise UsageError(_exists(output)) from None
    except OSError as error:
        told = f"{output} cannot be written: {error.strerror or error}"
        raise UsageError(RIG_UNWRITABLE.found(told)) from error


def _exists(output: Path) -> Finding:
    return RIG_EXISTS.found(f"there is a file {output} already, and ksync overwrites none")
