"""`alignment.csv` read back, as arrays: whatever looks at a take afterwards begins here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.takes.index import FIELDS

MISSING = -1
"""In the place of a number that is not there."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IndexColumns:
    """One device's part of the index, shape (pulses,) each; `MISSING` or NaN where a field is empty."""

    capture: Numbers
    color_us: Numbers
    depth_us: Numbers
    """Of depth, or of IR where there is no depth."""
    host_ns: Numbers
    residual_us: NDArray[np.float64]
    hole: tuple[str, ...]
    """The reason why a whole capture is missing; empty where none is."""

    @property
    def whole(self) -> NDArray[np.bool_]:
        """At which pulses the device has a whole capture."""
        return np.fromiter((not reason for reason in self.hole), np.bool_, len(self.hole))


@dataclass(frozen=True, slots=True)
class Index:
    """The alignment of a take: rows are pulses, columns are devices."""

    pulses: Numbers
    devices: Mapping[str, IndexColumns]

    def __len__(self) -> int:
        """Return the number of pulses."""
        return len(self.pulses)

    def complete(self, names: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """At which pulses all devices, or those named, have a whole capture."""
        whole = [self.devices[name].whole for name in (self.devices if names is None else names)]
        return np.logical_and.reduce(whole) if whole else np.zeros(len(self), np.bool_)


def read_index(path: Path) -> Index:
    """Read an index; a last line that a kill cut off is left out.

    Raises UsageError: `index-missing` where there is none or it can't be read, `index-broken` where it is
    not what `ksync` writes.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        what = f"{path} can't be read: {reason}"
        remedy = f"put it aside if it is there, and run `ksync inspect {path.parent} --rebuild`"
        raise _error("index-missing", what, remedy) from error
    lines = text.split("\n")[:-1]
    if not lines:
        raise _broken(path, 1, "it has no heading")
    names = _names(path, lines[0])
    rows = [line.split(",") for line in lines[1:]]
    width = 1 + len(names) * len(FIELDS)
    wrong = next((number for number, row in enumerate(rows, 2) if len(row) != width), None)
    if wrong is not None:
        raise _broken(path, wrong, f"it has not the {width} fields of the heading")
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    try:
        devices = {name: _device(columns[1 + len(FIELDS) * i :]) for i, name in enumerate(names)}
        return Index(_integers(columns[0]), devices)
    except ValueError as error:
        raise _broken(path, None, str(error)) from error


def _names(path: Path, heading: str) -> list[str]:
    words = heading.split(",")
    names = [word.rpartition(".")[0] for word in words[1 :: len(FIELDS)]]
    if words != ["pulse", *(f"{name}.{field}" for name in names for field in FIELDS)] or not names:
        raise _broken(path, 1, "its heading is not that of an alignment")
    return names


def _device(columns: Sequence[Sequence[str]]) -> IndexColumns:
    capture, color, depth, host = (_integers(column) for column in columns[:4])
    residual = np.array([float(text) if text else np.nan for text in columns[4]], np.float64)
    return IndexColumns(capture, color, depth, host, residual, tuple(columns[5]))


def _integers(column: Sequence[str]) -> Numbers:
    return np.array([int(text) if text else MISSING for text in column], np.int64)


def _broken(path: Path, line: int | None, what: str) -> UsageError:
    place = f"{path}:{line}" if line is not None else str(path)
    remedy = f"put it aside, and run `ksync inspect {path.parent} --rebuild`"
    return _error("index-broken", f"{place}: {what}", remedy)


def _error(code: str, what: str, remedy: str) -> UsageError:
    return UsageError(Finding(code=code, what=what, remedy=remedy))
