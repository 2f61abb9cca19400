"""`alignment.csv` read back, as arrays: whatever looks at a take afterwards begins here.

In stretches of rows, for what must not grow with the take, or as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.files import open_regular
from kinect_sync.findings import Severity
from kinect_sync.findings.files import INDEX_BROKEN, INDEX_MISSING
from kinect_sync.rig.problem import shown
from kinect_sync.takes.cells import CellError, Cells
from kinect_sync.takes.index import FIELDS, devices_of
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE

Numbers = NDArray[np.int64]

STRETCH_NBYTES = 1 << 20
"""How much is read at once: some 2,000 rows of nine devices. No row may be longer."""

_CODES = {reason.value: code for code, reason in enumerate(HOLES)}


@dataclass(frozen=True, slots=True)
class IndexColumns:
    """One device's part of the index, shape (pulses,) each; `timing.table.MISSING` or NaN for an empty field.

    What the fields mean, `index.FIELDS` says.
    """

    capture: Numbers
    color_us: Numbers
    depth_us: Numbers
    host_ns: Numbers
    residual_us: NDArray[np.float64]
    hole: NDArray[np.int8]
    """Places in `timing.table.HOLES`, or `NO_HOLE`."""

    @property
    def fields(self) -> tuple[NDArray[np.generic], ...]:
        """All of them, as `timing.table.rows_of` takes them."""
        return (self.capture, self.color_us, self.depth_us, self.host_ns, self.residual_us, self.hole)

    @property
    def whole(self) -> NDArray[np.bool_]:
        """At which pulses the device has a whole capture."""
        whole: NDArray[np.bool_] = self.hole == NO_HOLE
        return whole

    def holes(self) -> dict[HoleReason, int]:
        """Return how many holes there are, by reason."""
        codes, counts = np.unique(self.hole[~self.whole], return_counts=True)
        return {HOLES[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


@dataclass(frozen=True, slots=True)
class TakeIndex:
    """The alignment of a take, or a stretch of it: rows are pulses, columns are devices."""

    pulses: Numbers
    devices: Mapping[str, IndexColumns]

    def __len__(self) -> int:
        """Return the number of pulses."""
        return len(self.pulses)

    def complete(self, names: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """At which pulses all devices, or those named, have a whole capture."""
        whole = [self.devices[name].whole for name in (self.devices if names is None else names)]
        return np.logical_and.reduce(whole) if whole else np.zeros(len(self), np.bool_)

    def untold_by_files(self) -> TakeIndex:
        """Return what no recording holds, arrivals and reasons of holes: a quarter of the memory.

        The other fields are empty.
        """
        empty = np.broadcast_to(np.int64(MISSING), len(self))
        unknown = np.broadcast_to(np.float64(np.nan), len(self))
        return TakeIndex(
            self.pulses,
            {
                name: IndexColumns(empty, empty, empty, each.host_ns, unknown, each.hole)
                for name, each in self.devices.items()
            },
        )

    def chosen(self, start: int = 0, stop: int | None = None, every: int = 1) -> NDArray[np.bool_]:
        """At which rows the pulses stand from `start` to before `stop`, of them each so many-th.

        `every` counts pulses, not rows, so that what is chosen stands at equal distances in time and does not
        move when one capture more is lost.
        """
        pulses = self.pulses
        end = pulses.max(initial=-1) + 1 if stop is None else stop
        chosen: NDArray[np.bool_] = (pulses >= start) & (pulses < end) & ((pulses - start) % every == 0)
        return chosen


def read_index(path: Path) -> TakeIndex:
    """Read an index as a whole: an hour of nine devices is 40 MB.

    Raises UsageError: `index-missing` where there is none or it can't be read, `index-broken` where it is
    not what `ksync` writes.
    """
    pulses: list[Numbers] = []
    columns: dict[str, list[IndexColumns]] = {}
    for _, part in placed_stretches(path):
        pulses.append(part.pulses)
        for name, each in part.devices.items():
            columns.setdefault(name, []).append(each)
    # A device after the other, so that no more than one is there twice.
    devices = {name: _joined(columns.pop(name)) for name in tuple(columns)}
    return TakeIndex(np.concatenate(pulses), devices)


class PlacedStretch(NamedTuple):
    """Where some rows of an index stand in its file."""

    offset: int
    nbytes: int
    line: int
    """Number of its first line, the heading's being 1."""


def placed_stretches(path: Path) -> Iterator[tuple[PlacedStretch, TakeIndex]]:
    """Read an index stretch by stretch, at least one; a last line that a kill cut off is left out.

    Raises as `read_index` does.
    """
    with _opened(path) as (names, stream):
        offset, line, rest, first = stream.tell(), 2, b"", True
        while (read := stream.read(STRETCH_NBYTES)) or first:
            lines, newline, rest = (rest + read).rpartition(b"\n")
            if len(rest) > STRETCH_NBYTES:
                raise _broken(path, line, "it is no line of an alignment")
            placed = PlacedStretch(offset, len(lines + newline), line)
            part = _parsed(path, lines + newline, line, names)
            if len(part) or first:
                yield placed, part
            offset, line, first = offset + placed.nbytes, line + len(part), False


def read_stretch(path: Path, placed: PlacedStretch) -> TakeIndex:
    """Read a stretch of an index once more. Raises as `read_index` does."""
    with _opened(path) as (names, stream):
        stream.seek(placed.offset)
        return _parsed(path, stream.read(placed.nbytes), placed.line, names)


def index_devices(path: Path) -> tuple[str, ...]:
    """Read the names of an index's devices, and nothing else of it. Raises as `read_index` does."""
    with _opened(path) as (names, _):
        return names


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tuple[str, ...], BinaryIO]]:
    """Open an index and read its heading."""
    try:
        with open_regular(path) as stream:
            yield _names(path, stream), stream
    except OSError as error:
        what = f"{path} can't be read: {error.strerror}"
        remedy = f"put it aside if it is there, and run `ksync inspect {path.parent} --rebuild`"
        raise UsageError(INDEX_MISSING.found(what, remedy=remedy, severity=Severity.ERROR)) from error


def _names(path: Path, stream: BinaryIO) -> tuple[str, ...]:
    line = stream.readline(STRETCH_NBYTES)
    if not line.endswith(b"\n"):
        raise _broken(path, 1, "it has no heading")
    try:
        return devices_of(line.decode().rstrip("\r\n").split(","))
    except UnicodeDecodeError as error:
        raise _broken(path, 1, "it is not text") from error
    except ValueError as error:
        raise _broken(path, 1, str(error)) from error


def _parsed(path: Path, lines: bytes, line: int, names: Sequence[str]) -> TakeIndex:
    try:
        cells = Cells.of(lines.replace(b"\r\n", b"\n"), 1 + len(names) * len(FIELDS))
        return TakeIndex(cells.integers(slice(1))[0], _devices(cells, names))
    except CellError as error:
        raise _broken(path, line + error.row, str(error)) from error


def _devices(cells: Cells, names: Sequence[str]) -> dict[str, IndexColumns]:
    width = len(FIELDS)
    capture, color, depth, host = (cells.integers(slice(1 + place, None, width)) for place in range(4))
    residual = cells.tenths(slice(5, None, width))
    return {
        name: IndexColumns(
            capture[at], color[at], depth[at], host[at], residual[at], _holes(cells, 6 + width * at)
        )
        for at, name in enumerate(names)
    }


def _holes(cells: Cells, column: int) -> NDArray[np.int8]:
    holes = np.full(len(cells), NO_HOLE, np.int8)
    for row, word in cells.texts(column).items():
        if word not in _CODES:
            raise CellError(row, f"`{shown(word)}` is no reason of a hole that this ksync knows")
        holes[row] = _CODES[word]
    return holes


def _joined(parts: Sequence[IndexColumns]) -> IndexColumns:
    names = [field.name for field in fields(IndexColumns)]
    return IndexColumns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _broken(path: Path, line: int, what: str) -> UsageError:
    remedy = f"put it aside, and run `ksync inspect {path.parent} --rebuild`"
    return UsageError(INDEX_BROKEN.found(f"{path}:{line}: {what}", remedy=remedy))
