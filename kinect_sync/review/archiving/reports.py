"""What an archive is to be, and what became of it: the values that commands print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.takes.packing.packings import Packing
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class ArchiveRequest(Value):
    """Which take to archive, and how."""

    take: Path
    directory: Path
    codec: Packing = Packing.FFV1
    remove_originals: bool = False
    """Whether recordings whose archive was proven are removed."""


class LostImage(Value):
    """An image that is not any more what was recorded."""

    file: str
    """Name of the recording."""
    track: str
    """`COLOR`, `DEPTH` or `IR`."""
    timestamp_us: int
    """Device time."""
    device: str | None
    """Name of the device; null where no take.json tells."""
    pulse: int | None
    """Its pulse; null where no alignment.csv tells."""


class ArchivedFile(Value):
    """One file of a take, and what became of it."""

    name: str
    """Its name, in the take as in the archive."""
    state: Literal["archived", "copied", "kept", "whole", "damaged", "lost"]
    """`archived` now, `copied` as it was, or `kept` from an earlier run. Of a verified archive `whole`,
    `damaged`, or `lost` where it is not there any more."""
    nbytes: int
    """Of the file in the take; 0 where that is not known any more."""
    archived_nbytes: int
    """Of the file in the archive."""
    sha256: str
    """Of the file in the take: what restoring gives back. Empty where it is not known any more."""
    removed: bool = False
    """Whether the file in the take was removed."""


class ArchiveReport(Report):
    """How archiving went, or how an archive stands: what `ksync archive --json` prints."""

    report: Literal["archive"] = "archive"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.ARCHIVED, Verdict.WHOLE, Verdict.BAD, *UNANSWERED)]
    """`archived`: all files of the take are in the archive, and were proven. With --verify, `whole` where the
    take could be restored byte for byte, else `bad`."""
    take: Path | None = None
    """Folder of the take; null where an archive was verified."""
    directory: Path | None = None
    """Folder of the archive."""
    codec: Packing | None = None
    """What depth and IR were packed with; null where an archive was verified."""
    files: tuple[ArchivedFile, ...] = ()
    """The files of the take."""
    lost: tuple[LostImage, ...] = ()
    """The images that years have damaged."""


class RestoreReport(Report):
    """How restoring went: what `ksync restore --json` prints."""

    report: Literal["restoring"] = "restoring"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.RESTORED, Verdict.INCOMPLETE, *UNANSWERED)]
    """`incomplete` where the archive is damaged; what could be restored is there."""
    archive: Path | None = None
    """Folder of the archive."""
    directory: Path | None = None
    """Folder of the restored take."""
    files: tuple[str, ...] = ()
    """Names of the files that are there now."""
    kept: int = 0
    """How many of them had been there, as they should be."""
    lost: tuple[LostImage, ...] = ()
    """The images that could not be restored."""
