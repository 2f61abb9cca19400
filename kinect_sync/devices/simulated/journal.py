"""The journal: what really happened on the bench, whatever a recording says.

It is how a test knows the truth: one line per exposure, with true host times and the fate of the capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from kinect_sync.devices.simulated.exposures import Exposure
from kinect_sync.values import Value


class Fate(str, Enum):
    """What became of the capture of one pulse."""

    DELIVERED = "delivered"
    """`get_capture` gave it out whole."""
    HALF = "half"
    """`get_capture` gave it out without one of its images."""
    DROPPED = "dropped"
    """The device never delivered it."""
    OVERRUN = "overrun"
    """It was the oldest in a full queue that was not read in time."""
    UNREAD = "unread"
    """It was in the queue when the cameras stopped."""


class Exposed(Value):
    """One line of the journal: the exposures of one device for one pulse."""

    serial: str
    number: int
    """Number of the pulse, the same on every device that saw it; images are marked with it."""
    color_time_ns: int
    """Host time of the centre of the color exposure."""
    depth_time_ns: int
    """Host time of the centre of the depth exposure."""
    color_usec: int
    """Device timestamp of color, as delivered."""
    depth_usec: int
    """Device timestamp of depth and IR, as delivered."""
    fate: Fate
    why: str | None = None
    """What explains it, where something does."""


class Journal:
    """Writes the journal of one device; line by line, as the process may be killed at any moment."""

    def __init__(self, directory: Path, serial: str) -> None:
        """Go on with the journal of this device."""
        self._serial = serial
        self._stream = journal_path(directory, serial).open("a", buffering=1, encoding="utf-8")

    def write(self, exposure: Exposure, fate: Fate, why: str | None = None) -> None:
        """Write down one exposure."""
        line = Exposed(
            serial=self._serial,
            number=exposure.number,
            color_time_ns=exposure.color_ns,
            depth_time_ns=exposure.depth_ns,
            color_usec=exposure.color_usec,
            depth_usec=exposure.depth_usec,
            fate=fate,
            why=why,
        )
        self._stream.write(line.model_dump_json() + "\n")

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def journal_path(directory: Path, serial: str) -> Path:
    """Say where the journal of a device is."""
    return directory / f"{serial}.journal.jsonl"


def read_journal(directory: Path, serial: str) -> Iterator[Exposed]:
    """Read a device's journal; a last line that was cut off by a crash is left out."""
    path = journal_path(directory, serial)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.endswith("\n"):
                yield Exposed.model_validate_json(line)
