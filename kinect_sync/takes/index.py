"""`alignment.csv`: the alignment of a take, one row per pulse, on the disk as the take runs."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

FIELDS = ("capture", "color_us", "depth_us", "host_ns", "residual_us", "hole")
"""Columns of each device: number in its file from 0, device timestamps, host time, residual, hole."""

Field = int | float | str | None


class IndexFile:
    """Appends rows; what was synced survives a power cut, what was flushed survives `kill -9`."""

    def __init__(self, path: Path, devices: Sequence[str]) -> None:
        """Create the file, which must not exist, with its heading."""
        self._stream = path.open("x", encoding="utf-8", newline="")
        self._csv = csv.writer(self._stream, lineterminator="\n")
        self._csv.writerow(["pulse", *(f"{name}.{field}" for name in devices for field in FIELDS)])
        self._stream.flush()

    def append(self, pulse: int, cells: Sequence[Sequence[Field]]) -> None:
        """Append one pulse; one cell per device in order, each with the values of FIELDS."""
        self._csv.writerow([pulse, *(_text(value) for cell in cells for value in cell)])

    def flush(self) -> None:
        """Hand the rows to the operating system."""
        self._stream.flush()

    def sync(self) -> None:
        """Force the rows to the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Force the rows to the disk and close; harmless when closed."""
        if not self._stream.closed:
            try:
                self.sync()
            finally:
                self._stream.close()


def _text(value: Field) -> str | int:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else value
