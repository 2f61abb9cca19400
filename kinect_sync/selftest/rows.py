"""What the rows of a run say beyond its verdict: second by second, and by the host's clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from kinect_sync.director.observer import Observer
from kinect_sync.selftest.records import DeviceRecord, Second
from kinect_sync.timing.alignment import Cell, Row


@dataclass
class _Column:
    """One device, in memory that grows by one value a second."""

    fps: int
    first: tuple[int, int, int] | None = None
    """Pulse, device time (µs) and host time (ns) of its first capture."""
    last: tuple[int, int, int] | None = None
    seconds: list[Second] = field(default_factory=list)
    _second: int = 0
    _residuals: list[float] = field(default_factory=list)
    _ahead_us: float = -math.inf

    def add(self, pulse: int, cell: Cell) -> None:
        """Take in one pulse."""
        if pulse // self.fps != self._second:
            self.end_second()
            self._second = pulse // self.fps
        if cell.residual_us is not None:
            self._residuals.append(cell.residual_us)
        device_us = cell.color_us if cell.color_us is not None else cell.depth_us
        if device_us is None or cell.host_time_ns is None:
            return
        self.last = (pulse, device_us, cell.host_time_ns)
        self.first = self.first or self.last
        gained_us = (device_us - self.first[1]) - (cell.host_time_ns - self.first[2]) / 1000
        self._ahead_us = max(self._ahead_us, gained_us)

    def end_second(self) -> None:
        """Write down the second that has passed, if anything came in it."""
        if self._residuals or math.isfinite(self._ahead_us):
            self.seconds.append(
                Second(
                    at_s=float(self._second),
                    residual_us=_mean(self._residuals),
                    ahead_us=round(self._ahead_us, 1) if math.isfinite(self._ahead_us) else None,
                )
            )
        self._residuals, self._ahead_us = [], -math.inf

    def rates(self) -> tuple[float | None, float | None]:
        """Return the period on the device's clock in µs, and pulses per second of the host's."""
        if self.first is None or self.last is None or self.last[0] == self.first[0]:
            return None, None
        pulses = self.last[0] - self.first[0]
        host_s = (self.last[2] - self.first[2]) / 1e9
        return (self.last[1] - self.first[1]) / pulses, pulses / host_s if host_s > 0 else None


class RowWatch(Observer):
    """Watches the rows of one run."""

    def __init__(self, names: Sequence[str], fps: int) -> None:
        """Begin without rows; `names` in the order of the rows' cells."""
        self._columns = {name: _Column(fps) for name in names}

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Take rows in."""
        for row in rows:
            for column, cell in zip(self._columns.values(), row.cells, strict=True):
                column.add(row.pulse, cell)

    def complete(self, record: DeviceRecord) -> DeviceRecord:
        """Return a device's record with what the rows say of it."""
        column = self._columns[record.name]
        column.end_second()
        period_us, host_fps = column.rates()
        told = {"seconds": tuple(column.seconds), "period_us": period_us, "host_fps": host_fps}
        return record.model_copy(update=told)


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None
