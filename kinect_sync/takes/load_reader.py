"""`load.csv` read back, as arrays: what the report draws of queues and disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.files import read_regular
from kinect_sync.findings.files import LOAD_BROKEN, LOAD_MISSING
from kinect_sync.takes.cells import CellError, Cells
from kinect_sync.takes.load import DeviceLoad, TakeLoad, heading
from kinect_sync.timing.table import MISSING

MOST_NBYTES = 256 << 20
"""Nine devices make a megabyte an hour."""
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LoadColumns:
    """One device's part of the load, shape (rows,) each; see `load.DeviceLoad`."""

    queue_peak_bytes: Numbers
    written_bytes: Numbers
    queue_full: Numbers


@dataclass(frozen=True, slots=True)
class Load:
    """How queues and disk stood, once a second; arrays have the shape (rows,); see `load.TakeLoad`."""

    host_ns: Numbers
    """Grows from row to row, but for the last two, which may be at one time."""
    pulses: Numbers
    free_bytes: Numbers
    queue_limit_bytes: Numbers
    devices: Mapping[str, LoadColumns]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.host_ns)


def read_load(path: Path) -> Load:
    """Read a load; a last line that a kill cut off is left out.

    Raises UsageError: `load-missing` where there is none or it can't be read, `load-broken` where it is not
    what `ksync` writes. No data of the take depends on it.
    """
    try:
        lines, newline, _ = read_regular(path, MOST_NBYTES).rpartition(b"\n")
    except OSError as error:
        what = f"{path.name} can't be read: {error.strerror}"
        raise UsageError(LOAD_MISSING.found(what)) from error
    first, _, rows = (lines + newline).partition(b"\n")
    names = _names(path, first)
    try:
        cells = Cells.of(rows, len(heading(names)))
        table = cells.integers(slice(None)).T
    except CellError as error:
        raise _broken(path, f"line {error.row + 2}: {error}") from error
    steps_ns = np.diff(table[:, 0])
    if (table == MISSING).any():
        raise _broken(path, "a field is empty")
    if (steps_ns < 0).any() or (steps_ns[:-1] == 0).any():
        raise _broken(path, "its time goes back")
    return _load(table, names)


def _load(table: Numbers, names: Sequence[str]) -> Load:
    columns = list(table.T)
    first, width = len(TakeLoad._fields), len(DeviceLoad._fields)
    places = {name: first + width * number for number, name in enumerate(names)}
    devices = {name: LoadColumns(*columns[at : at + width]) for name, at in places.items()}
    host_ns, pulses, free_bytes, queue_limit_bytes = columns[:first]
    return Load(host_ns, pulses, free_bytes, queue_limit_bytes, devices)


def _names(path: Path, line: bytes) -> list[str]:
    words = line.decode(errors="replace").split(",")
    names = [word.rpartition(".")[0] for word in words[len(TakeLoad._fields) :: len(DeviceLoad._fields)]]
    if words != heading(names) or not names:
        raise _broken(path, "its heading is another")
    return names


def _broken(path: Path, what: str) -> UsageError:
    return UsageError(LOAD_BROKEN.found(f"{path.name} is not what ksync writes ({what})"))
