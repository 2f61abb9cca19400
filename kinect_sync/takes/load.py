"""`load.csv`: how queues and disk stood during a take, one row per second, on the disk as the take runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kinect_sync.takes.appending import AppendedFile


class TakeLoad(NamedTuple):
    """The columns of a row before those of the devices."""

    host_ns: int
    """When, on the clock of `begin.monotonic_ns` in take.json."""
    pulses: int
    """Pulses aligned so far."""
    free_bytes: int
    """Free space of the disk that the take is on; of the fullest one where there are several."""
    queue_limit_bytes: int
    """The bound of each device's queue: from there on, captures are dropped."""


class DeviceLoad(NamedTuple):
    """One device's columns in a row."""

    queue_peak_bytes: int
    """The most that waited for the disk since the row before."""
    written_bytes: int
    """Size of its file so far."""
    queue_full: int
    """Captures dropped so far because the queue was full."""


def heading(devices: Iterable[str]) -> list[str]:
    """Return the names of all columns."""
    return [*TakeLoad._fields, *(f"{name}.{field}" for name in devices for field in DeviceLoad._fields)]


class LoadFile:
    """Appends whole rows; every one is at once with the operating system, and survives `kill -9`.

    All methods raise `KsyncError` where the disk refuses; the file then ends with the row before.
    """

    def __init__(self, path: Path, devices: Sequence[str]) -> None:
        """Create the file, which must not exist, with its heading."""
        self._file = AppendedFile(path)
        self._append(heading(devices))

    def append(self, take: TakeLoad, devices: Iterable[DeviceLoad]) -> None:
        """Append a row: the take's load, then one per device in order."""
        self._append(str(value) for values in (take, *devices) for value in values)

    def close(self) -> None:
        """Force the rows to the disk and close; harmless when closed."""
        try:
            self._file.sync()
        finally:
            self._file.close()

    def _append(self, fields: Iterable[str]) -> None:
        self._file.append([",".join(fields).encode() + b"\n"])
