"""`load.csv` made ready to be drawn: no more intervals than a screen shows, with no peak lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.review.report.data import Floats, TakeData
from kinect_sync.review.report.scale import Scale
from kinect_sync.takes.load_reader import Load, LoadColumns

_INTERVALS = 300
"""Beyond, neighbouring seconds are drawn as one."""
_SHORT_S = 0.5
"""The last row follows the one before as soon as the files are closed; a rate over less means nothing."""
_HELD_S = 10.0
"""More than any capture waits between its arrival and the first row."""


@dataclass(frozen=True, slots=True)
class DeviceLoadData:
    """One device's load; arrays have the shape (intervals,)."""

    queue_bytes: Floats
    """The most that waited in each interval."""
    rate: Floats
    """Bytes written per second."""
    dropped_then: NDArray[np.int64]
    """Captures dropped in each interval because the queue was full."""
    written_bytes: int
    """By the end."""

    @property
    def dropped(self) -> int:
        """Captures dropped in all."""
        return int(self.dropped_then.sum())

    @property
    def peak_bytes(self) -> float:
        """The most that ever waited."""
        return float(self.queue_bytes.max())


@dataclass(frozen=True, slots=True)
class LoadData:
    """A take's load over intervals of a second or more."""

    edges_s: Floats
    """Where intervals begin and end, from the arrival of the first pulse, shape (intervals + 1,)."""
    free_bytes: Floats
    """At the edges."""
    limit_bytes: float
    """Of each device's queue."""
    top_rate: float
    """Bytes written by all devices in the second that had most."""
    peak: tuple[str, float]
    """The device of which the most waited, and when, in seconds."""
    devices: Mapping[str, DeviceLoadData]

    @property
    def time(self) -> Scale:
        """The axis of all drawings of the load."""
        return Scale(0.0, float(self.edges_s[-1]))

    @property
    def step_times(self) -> Floats:
        """Begin and end of each interval, shape (2 * intervals,)."""
        return np.repeat(self.edges_s, 2)[1:-1]

    @property
    def rate(self) -> Floats:
        """Bytes written per second by all devices, shape (intervals,)."""
        total: Floats = np.sum([each.rate for each in self.devices.values()], axis=0)
        return total

    @property
    def mean_rate(self) -> float:
        """Bytes written per second by all devices, from the first pulse to the end."""
        return sum(each.written_bytes for each in self.devices.values()) / self.time.high

    def mean_rate_of(self, name: str) -> float:
        """Bytes written per second by one device, from the first pulse to the end."""
        return self.devices[name].written_bytes / self.time.high

    @property
    def peak_bytes(self) -> float:
        """The most that ever waited of one device."""
        return max(each.peak_bytes for each in self.devices.values())

    @property
    def drops(self) -> list[tuple[int, int]]:
        """Runs of intervals in which captures were dropped: first edge, last edge."""
        any_dropped = np.sum([each.dropped_then for each in self.devices.values()], axis=0) > 0
        turns = np.flatnonzero(np.diff(np.concatenate(([0], any_dropped.astype(np.int8), [0]))))
        return [(int(first), int(last)) for first, last in zip(turns[::2], turns[1::2], strict=True)]


def thin(load: Load, data: TakeData) -> LoadData | str:
    """Return what is drawn of a load, or why nothing can be."""
    lacking = [device.name for device in data.devices if device.name not in load.devices]
    if lacking:
        return f"load.csv has no columns of {', '.join(lacking)}"
    seconds = (load.host_ns - _zero_ns(load, data)) / 1e9 if len(load) else np.zeros(0)
    rows = _edges(seconds, _INTERVALS)
    if len(rows) < 2:
        return "load.csv ends before a second had passed"
    columns = {each.name: load.devices[each.name] for each in data.devices}
    return LoadData(
        edges_s=seconds[rows],
        free_bytes=load.free_bytes[rows].astype(np.float64),
        limit_bytes=max(1.0, float(load.queue_limit_bytes.max())),
        top_rate=_top_rate(columns, seconds),
        peak=_peak(columns, seconds),
        devices={name: _device(each, rows, seconds[rows]) for name, each in columns.items()},
    )


def _zero_ns(load: Load, data: TakeData) -> int:
    """Return when the first pulse arrived, where other drawings begin too; else the time of the first row."""
    first_ns = zero_ns = int(load.host_ns[0])
    for device in data.devices:
        if device.zero_ns is not None:
            zero_ns = min(zero_ns, device.zero_ns)
    return zero_ns if first_ns - zero_ns <= _HELD_S * 1e9 else first_ns


def _edges(seconds: Floats, most: int) -> NDArray[np.intp]:
    """Return the rows between which at most `most` intervals lie, first and last row included."""
    if len(seconds) < 2 or seconds[-1] <= seconds[0]:
        return np.zeros(0, np.intp)
    last = len(seconds) - 1
    rows = np.unique(np.linspace(0, last, min(last, most) + 1).astype(np.intp))
    if len(rows) > 2 and seconds[last] - seconds[rows[-2]] < _SHORT_S:
        rows = np.delete(rows, -2)
    return rows


def _top_rate(columns: Mapping[str, LoadColumns], seconds: Floats) -> float:
    rows = _edges(seconds, len(seconds))
    written = np.sum([each.written_bytes[rows] for each in columns.values()], axis=0)
    return float((np.diff(written) / np.diff(seconds[rows])).max())


def _peak(columns: Mapping[str, LoadColumns], seconds: Floats) -> tuple[str, float]:
    """Return of which device the most waited, and the middle of the second in which it did."""
    name = max(columns, key=lambda each: columns[each].queue_peak_bytes[1:].max())
    row = 1 + int(np.argmax(columns[name].queue_peak_bytes[1:]))
    return name, float(seconds[row - 1 : row + 1].mean())


def _device(columns: LoadColumns, rows: NDArray[np.intp], edges_s: Floats) -> DeviceLoadData:
    # A row tells the peak since the row before: the interval from edge a to edge b has those of a+1 to b.
    peaks = np.maximum.reduceat(columns.queue_peak_bytes[: rows[-1] + 1], rows[:-1] + 1)
    return DeviceLoadData(
        queue_bytes=peaks.astype(np.float64),
        rate=np.diff(columns.written_bytes[rows]) / np.diff(edges_s),
        dropped_then=np.diff(columns.queue_full[rows]),
        written_bytes=int(columns.written_bytes[-1]),
    )
