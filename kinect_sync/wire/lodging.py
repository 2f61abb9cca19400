"""What an agent and a worker say to each other besides what a director says to workers: who is there, and
what was heard.

A worker that lodges outlives its agent. So it knows by itself what it was sent to do, how long nobody has
commanded it, and which of its events nobody has heard yet; an agent that finds it is told all of that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from kinect_sync.values import Value, read_known
from kinect_sync.wire.messages import (
    Command,
    End,
    Failed,
    Finished,
    Open,
    Progress,
    Record,
    Recover,
)


class Place(Value):
    """Where a worker lodges."""

    folder: Path
    """A folder of its own: its key is there, its socket, and what nobody had heard when it left."""
    orphan_limit_s: float
    """For how long it records on without anybody who commands, if no end is planned."""

    @property
    def key(self) -> Path:
        """The file with the key of whoever may speak to it."""
        return self.folder / "key"

    @property
    def output(self) -> Path:
        """The file that its process prints into."""
        return self.folder / "output"

    @property
    def rings(self) -> Path:
        """The file that names the folder of its rings, which is in memory where there can be one."""
        return self.folder / "rings"

    @property
    def rest(self) -> Path:
        """The file with the events that nobody had heard when it left."""
        return self.folder / "rest"


class Errand(Value):
    """What a worker was sent to do, as far as a host has to know it."""

    device: str | None = None
    take: str | None = None
    records: bool = False
    """Whether a file is being written: then it is not left alone for the want of somebody who commands."""
    fps: float = 30
    end_pulse: int | None = None
    """The first pulse that is not recorded; null where nobody has said yet."""
    newest_pulse: int = -1
    captures: int = 0
    """Captures in the file."""

    @property
    def ends_in_s(self) -> float | None:
        """When it ends as planned; None where no end is planned."""
        if self.end_pulse is None:
            return None
        return max(0, self.end_pulse - 1 - self.newest_pulse) / self.fps

    def told(self, command: Value) -> Errand:
        """Return what it is after a command."""
        if isinstance(command, Open):
            return self.model_copy(update={"device": command.settings.name, "fps": command.settings.fps})
        if isinstance(command, Record) and command.file is not None:
            begun = {"take": command.file.take, "records": True, "end_pulse": command.end_pulse}
            return self.model_copy(update=begun)
        if isinstance(command, Recover):
            return self.model_copy(update={"device": command.settings.name, "take": command.file.take})
        if isinstance(command, End):
            return self.model_copy(update={"end_pulse": command.pulse})
        return self

    def said(self, event: Value) -> Errand:
        """Return what it is after an event."""
        if isinstance(event, Progress):
            news = {"newest_pulse": event.newest_pulse, "captures": event.captures}
            return self.model_copy(update=news)
        if isinstance(event, Finished | Failed):
            return self.model_copy(update={"records": False})
        return self


# --- what the agent says --------------------------------------------------------------------------------


class Told(Value):
    """A command; one whose number is not greater than those before was carried out already."""

    kind: Literal["told"] = "told"
    number: int | None
    """The director's number; null where the agent itself commands."""
    command: Command


class Commanded(Value):
    """Whoever sent the worker is there, and has heard so much; said as long as it is so."""

    kind: Literal["commanded"] = "commanded"
    heard: int
    """The number of the last event that was heard without a gap: those need not be kept."""


Word = Annotated[Told | Commanded, Field(discriminator="kind")]
_WORDS: TypeAdapter[Word] = TypeAdapter(Word)


def read_word(text: bytes) -> Word:
    """Parse what an agent said; ValueError for none of ours."""
    return _WORDS.validate_json(text)


# --- what the worker says -------------------------------------------------------------------------------


class Welcome(Value):
    """How things stand as an agent comes; then come the events that are kept, each with its number."""

    kind: Literal["welcome"] = "welcome"
    errand: Errand
    told: int
    """The number of the last command that came from a director."""
    first: int
    """The number of the first event that is kept."""
    last: int
    """The number of the last event so far."""
    alone_s: float
    """For how long nobody has commanded."""


def read_welcome(text: bytes) -> Welcome:
    """Parse how a worker greets, also one of another version that says more; ValueError for none of ours."""
    return read_known(Welcome, text)


def numbered(number: int, line: bytes) -> bytes:
    """Write an event with its number."""
    return number.to_bytes(8, "big") + line


def read_numbered(message: bytes) -> tuple[int, bytes]:
    """Read what `numbered` wrote."""
    return int.from_bytes(message[:8], "big"), message[8:]
