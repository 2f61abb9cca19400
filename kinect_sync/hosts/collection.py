"""What a collection of files tells: which came, and which are still elsewhere."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class Outcome(str, Enum):
    """What became of a file."""

    COLLECTED = "collected"
    """It came, and is whole."""
    HERE = "here"
    """It was here already, and is the same as on its host."""
    DIFFERS = "differs"
    """Another file has its place here."""
    ELSEWHERE = "elsewhere"
    """It, or the rest of it, is still on its host."""

    def __str__(self) -> str:
        """Return the word as it stands in the report."""
        return str(self.value)


class CollectedFile(Value):
    """A file of the take that a host has."""

    host: str
    """Name of the host."""
    file: str
    """Name of the file in the take's folder, there and here."""
    outcome: Outcome
    """`collected`; `here` already; `differs`, where another file has its place here; or `elsewhere`: it, or
    the rest of it, is still on its host."""
    nbytes: int
    """Its size on the host."""
    here_nbytes: int
    """How much of it is here."""
    sha256: str | None
    """What it hashes to on both sides; null where that was not told."""


class CollectReport(Report):
    """What `ksync hosts collect --json` prints."""

    report: Literal["collection"] = "collection"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.COLLECTED, Verdict.INCOMPLETE, *UNANSWERED)]
    """`collected` where every recording of the take is here."""
    take: str | None = None
    """The folder of the take on this computer."""
    hosts: tuple[str, ...] = ()
    """The hosts that were asked."""
    files: tuple[CollectedFile, ...] = Field(default=())
    """Their files of the take, by host and name."""
