"""`alignment.csv`: the alignment of a take, one row per pulse, on the disk as the take runs."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from kinect_sync.timing.alignment import Cell, Row

PULSE = "pulse"
"""First column: number of the pulse, from 0, the first common one."""
MEANINGS = {
    "capture": "Number of the capture in the device's recording, from 0; also of one that lacks an image.",
    "color_us": "Device timestamp of color.",
    "depth_us": "Device timestamp of depth, or of IR where there is no depth.",
    "host_ns": "When the capture reached the host, on the clock of `begin.monotonic_ns` in take.json.",
    "residual_us": "Observed - expected device timestamp, with one decimal, positive is late: of color, or "
    "of depth where there is no color. Expected = the reference's at this pulse + the difference of the "
    "delays.",
    "hole": "Why there is no whole capture; empty where there is one.",
}
"""Columns of each device, and what they hold; a field is empty where there is nothing to say."""
FIELDS = tuple(MEANINGS)


def heading(devices: Sequence[str]) -> list[str]:
    """Return the names of all columns."""
    return [PULSE, *(f"{name}.{field}" for name in devices for field in FIELDS)]


def devices_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the devices that a heading names; ValueError where it is not that of an alignment."""
    names = tuple(word.rpartition(".")[0] for word in words[1 :: len(FIELDS)])
    if list(words) != heading(names) or not names or len(set(names)) < len(names):
        raise ValueError("its heading is not that of an alignment")
    return names


class IndexFile:
    """Appends rows; what was synced survives a power cut, what was flushed survives `kill -9`."""

    def __init__(self, path: Path, devices: Sequence[str]) -> None:
        """Create the file, which must not exist, with its heading."""
        self._stream = path.open("x", encoding="utf-8", newline="")
        self._csv = csv.writer(self._stream, lineterminator="\n")
        self._csv.writerow(heading(devices))
        self._stream.flush()

    def append(self, row: Row) -> None:
        """Append one pulse; its cells are in the order of the devices."""
        self._csv.writerow([row.pulse, *(text for cell in row.cells for text in _texts(cell))])

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


def _texts(cell: Cell) -> tuple[int | str | None, ...]:
    """Return the values of FIELDS, as the writer takes them: None is an empty field."""
    residual = None if cell.residual_us is None else f"{cell.residual_us:.1f}"
    hole = None if cell.hole is None else cell.hole.value
    return cell.capture, cell.color_us, cell.depth_us, cell.host_time_ns, residual, hole
