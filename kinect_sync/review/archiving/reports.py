"""What became of a take that was brought back: the values that commands print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class RestoreReport(Report):
    """How restoring went: what `ksync restore --json` prints."""

    report: Literal["restoring"] = "restoring"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.RESTORED, Verdict.INCOMPLETE, *UNANSWERED)]
    """`incomplete` where images are damaged: they are named, and the recordings are without them."""
    archive: Path | None = None
    """Folder of what was restored."""
    directory: Path | None = None
    """Folder of the restored take."""
    files: tuple[str, ...] = ()
    """Names of the files that are there now."""
    kept: int = 0
    """How many of them had been there from an earlier run."""
