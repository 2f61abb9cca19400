"""`alignment.csv`: the alignment of a take, one row per pulse, on the disk as the take runs."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kinect_sync.files import replace_file
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


SYNC_BYTES = 1 << 20
"""Rows that wait for their next sync at most, where nobody else asks for one."""
KEPT_BYTES = 64 << 20
"""What is kept at most of what a disk does not take: more than an hour of nine devices at 30 fps."""


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
    """Appends rows; what was synced survives a power cut, what was flushed survives `kill -9`.

    A disk that refuses loses no row, and no row is cut: what it has not surely taken is kept, and the next
    call tries again.
    """

    def __init__(self, path: Path, devices: Sequence[str]) -> None:
        """Create the file, which must not exist, with its heading."""
        self._path = path
        self._stream = path.open("xb", buffering=0)
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self._sync_at_bytes = SYNC_BYTES
        self._handed = 0
        """How many of the kept ones the operating system has."""
        self._sure_bytes = 0
        """Size of the file when it was last synced."""
        self._left_out = 0
        self._keep(heading(devices))
        try:
            self.flush()
        except OSError:
            self._stream.close()
            raise

    def append(self, row: Row) -> None:
        """Append one pulse; its cells are in the order of the devices.

        Of rows that a disk does not take for very long the last ones are left out, as `close` tells.
        """
        if self._left_out or self._kept_bytes > KEPT_BYTES:
            self._left_out += 1
            return
        self._keep([row.pulse, *(text for cell in row.cells for text in _texts(cell))])
        if self._kept_bytes > self._sync_at_bytes:
            self._sync_at_bytes = self._kept_bytes + SYNC_BYTES
            with suppress(OSError):
                self.sync()

    def flush(self) -> None:
        """Hand the rows to the operating system; OSError where it refuses."""
        waiting = self._kept[self._handed :]
        at = self._stream.tell()
        try:
            _write(self._stream, b"".join(waiting))
        except OSError:
            self._go_back(at)
            raise
        self._handed += len(waiting)

    def sync(self) -> None:
        """Force the rows to the disk; OSError where it refuses.

        What was handed over before counts as lost then: a system says only once that it could not write.
        """
        self.flush()
        try:
            os.fsync(self._stream.fileno())
        except OSError:
            self._go_back(self._sure_bytes)
            self._handed = 0
            raise
        self._sure_bytes = self._stream.tell()
        self._kept.clear()
        self._kept_bytes = self._handed = 0
        self._sync_at_bytes = SYNC_BYTES

    def close(self) -> None:
        """Force the rows to the disk and close, if need be in a new file; OSError where rows are missing."""
        if self._stream.closed:
            return
        try:
            self.sync()
        except OSError:
            self._stream.close()
            self._write_anew()
        finally:
            self._stream.close()
        if self._left_out:
            raise OSError(errno.EIO, f"its last {self._left_out} rows were left out")

    def _write_anew(self) -> None:
        with self._path.open("rb") as old:
            sure = old.read(self._sure_bytes)
        replace_file(self._path, b"".join([sure, *self._kept]), durable=True)

    def _go_back(self, size: int) -> None:
        with suppress(OSError):
            self._stream.truncate(size)
        self._stream.seek(size)

    def _keep(self, fields: Sequence[int | str | None]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(fields)
        self._kept.append(line.getvalue().encode())
        self._kept_bytes += len(self._kept[-1])


def _write(stream: io.FileIO, data: bytes) -> None:
    """Write all of it; a disk about to be full takes a part, and then says why."""
    left = memoryview(data)
    while left:
        left = left[os.write(stream.fileno(), left) :]


def _texts(cell: Cell) -> tuple[int | str | None, ...]:
    """Return the values of FIELDS, as the writer takes them: None is an empty field."""
    residual = None if cell.residual_us is None else f"{cell.residual_us:.1f}"
    hole = None if cell.hole is None else cell.hole.value
    return cell.capture, cell.color_us, cell.depth_us, cell.host_time_ns, residual, hole
