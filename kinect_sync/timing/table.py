"""The alignment of whole recordings at once, over arrays: how an index is rebuilt from the files alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.alignment import AlignedDevice, Cell, HoleReason, Row
from kinect_sync.timing.pulses import JUMPED, PulseCounter, is_pulse

MISSING = -1
"""In the place of a timestamp or of a capture number: there is none."""
HOLES = tuple(HoleReason)
"""The reasons by their number in `Table.holes`."""
NO_HOLE = -1
_ROWS_AT_ONCE = 4096

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CaptureTimes:
    """The timestamps of one device's file, shape (captures,) each, `MISSING` where an image is missing."""

    device: AlignedDevice
    color_us: Numbers
    depth_us: Numbers
    """Of depth, or of IR where there is no depth."""
    host_time_ns: Numbers | None = None
    """A recording does not hold host times."""

    @property
    def pulse_times_us(self) -> NDArray[np.float64]:
        """When each capture's pulse came, as `pulses.pulse_time_us`; NaN without any timestamp."""
        offsets = self.device.offsets
        color = self.color_us - offsets.subordinate_delay_us
        depth = self.depth_us - offsets.subordinate_delay_us - offsets.depth_delay_us
        times = np.where(self.color_us != MISSING, color, depth)
        times[(self.color_us == MISSING) & (self.depth_us == MISSING)] = np.nan
        return times

    @property
    def observed_us(self) -> Numbers:
        """The timestamp that the device is aligned by."""
        return self.color_us if self.device.has_color else self.depth_us

    @property
    def half(self) -> NDArray[np.bool_]:
        """Which captures lack an image that the device should give."""
        no_color = (self.color_us == MISSING) & self.device.has_color
        no_depth = (self.depth_us == MISSING) & self.device.has_depth
        return np.asarray(no_color | no_depth, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Table:
    """An alignment as arrays of shape (pulses, devices)."""

    devices: tuple[AlignedDevice, ...]
    first_pulse: int
    """Number of the first row's pulse, counted from the anchors."""
    captures: Numbers
    """Number in the file, or `MISSING`."""
    color_us: Numbers
    depth_us: Numbers
    host_time_ns: Numbers
    residual_us: NDArray[np.float64]
    """NaN where the device or the reference has no timestamp."""
    half: NDArray[np.bool_]
    numbers: tuple[Numbers, ...]
    """Per device, the pulse of each capture in its file, as `PulseCounter.number` gives it."""
    reference: int = 0
    """The place of the device against which the others are measured."""

    def __len__(self) -> int:
        """Return the number of pulses."""
        return len(self.captures)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which pulses have a whole capture of every device, shape (pulses,)."""
        whole: NDArray[np.bool_] = ((self.captures != MISSING) & ~self.half).all(axis=1)
        return whole

    @property
    def holes(self) -> NDArray[np.int8]:
        """Why there is no whole capture, as places in `HOLES`, shape (pulses, devices)."""
        holes = np.where(self.half, HOLES.index(HoleReason.HALF_CAPTURE), NO_HOLE).astype(np.int8)
        holes[self.captures == MISSING] = HOLES.index(HoleReason.NOT_RECORDED)
        return holes

    def between(self, start: int, stop: int) -> Table:
        """Return the rows from `start` to before `stop`, both counted from the first row."""
        rows = slice(start, stop)
        return replace(
            self,
            first_pulse=self.first_pulse + start,
            captures=self.captures[rows],
            color_us=self.color_us[rows],
            depth_us=self.depth_us[rows],
            host_time_ns=self.host_time_ns[rows],
            residual_us=self.residual_us[rows],
            half=self.half[rows],
        )

    def rows(self, holes: NDArray[np.int8] | None = None) -> Iterator[Row]:
        """Yield the rows, numbered from 0, as the streaming form does.

        The files can't tell a capture that the sensor dropped from one that found the queue full: both
        are `NOT_RECORDED`, unless `holes`, as `Table.holes`, knows more.
        """
        fields = (self.captures, self.color_us, self.depth_us, self.host_time_ns, self.residual_us,
                  self.holes if holes is None else holes)  # fmt: skip
        columns = [[field[:, place] for field in fields] for place in range(len(self.devices))]
        return rows_of(columns, self.reference)


def rows_of(columns: Sequence[Sequence[NDArray[np.generic]]], reference: int) -> Iterator[Row]:
    """Yield the rows of arrays, numbered from 0, a few thousand at a time.

    Each device has six arrays, shape (pulses,) each: capture, color, depth and host time, residual, hole.
    """
    for start in range(0, len(columns[0][0]), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        cells = (map(_cell, *(field[part].tolist() for field in fields)) for fields in columns)
        for offset, row in enumerate(zip(*cells, strict=True)):
            yield Row(start + offset, row, reference)


def _cell(capture: int, color: int, depth: int, host: int, residual: float, hole: int) -> Cell:
    return Cell(
        _known(capture),
        _known(color),
        _known(depth),
        _known(host),
        None if residual != residual else residual,
        None if hole == NO_HOLE else HOLES[hole],
    )


def _known(value: int) -> int | None:
    return None if value == MISSING else value


def align(
    recordings: Sequence[CaptureTimes],
    reference: str,
    fps: int,
    anchors_us: Mapping[str, float] | None = None,
) -> Table:
    """Align whole recordings: number their captures, find the first common pulse, and fill the table.

    `anchors_us` is where each device's clock stood at the take's pulse 0, which is then the first row.
    Without it the first pulse of the reference stands for all, which is right while the clocks, zeroed
    together, have not drifted apart by half a period: the first 20 s after the start of the cameras at
    30 fps and 800 ppm. The first row is then the first pulse that all have, and the table is empty when
    there is none. Raises ValueError when the reference has no capture.
    """
    common_first = anchors_us is None
    named = {recording.device.name: recording for recording in recordings}
    if anchors_us is None:
        times = named[reference].pulse_times_us
        if np.isnan(times).all():
            raise ValueError(f"the reference {reference!r} has no captures to align against")
        anchors_us = dict.fromkeys(named, float(times[~np.isnan(times)][0]))
    numbers = tuple(_number(recording, fps, anchors_us[recording.device.name]) for recording in recordings)
    counted = [number[is_pulse(number)] for number in numbers]
    first, end = 0, max((int(number[-1]) + 1 for number in counted if len(number)), default=0)
    if common_first:
        common = reduce(np.intersect1d, counted)
        first = int(common[0]) if len(common) else end
    return _fill(recordings, named[reference], numbers, range(first, end))


def _number(recording: CaptureTimes, fps: int, anchor_us: float) -> Numbers:
    times = recording.pulse_times_us
    timed = ~np.isnan(times)
    numbers = np.full(len(times), JUMPED, dtype=np.int64)
    numbers[timed] = PulseCounter(fps, anchor_us).number(times[timed])
    return numbers


def _fill(
    recordings: Sequence[CaptureTimes], reference: CaptureTimes, numbers: tuple[Numbers, ...], pulses: range
) -> Table:
    shape = (len(pulses), len(recordings))
    captures, color, depth, host = (np.full(shape, MISSING, dtype=np.int64) for _ in range(4))
    half = np.zeros(shape, dtype=np.bool_)
    for column, (recording, number) in enumerate(zip(recordings, numbers, strict=True)):
        kept = np.flatnonzero((number >= pulses.start) & (number < pulses.stop))
        rows = number[kept] - pulses.start
        captures[rows, column] = kept
        color[rows, column] = recording.color_us[kept]
        depth[rows, column] = recording.depth_us[kept]
        half[rows, column] = recording.half[kept]
        if recording.host_time_ns is not None:
            host[rows, column] = recording.host_time_ns[kept]
    devices = tuple(recording.device for recording in recordings)
    place = devices.index(reference.device)
    residual = _residuals(devices, color, depth, place)
    return Table(devices, pulses.start, captures, color, depth, host, residual, half, numbers, place)


def _residuals(
    devices: tuple[AlignedDevice, ...], color: Numbers, depth: Numbers, reference: int
) -> NDArray[np.float64]:
    """Return observed - expected, made a device at a time: the tables of long takes are large enough."""
    observed = [(color if device.has_color else depth)[:, place] for place, device in enumerate(devices)]
    expected = observed[reference]
    residual = np.empty(color.shape, np.float64)
    for place, (device, seen) in enumerate(zip(devices, observed, strict=True)):
        residual[:, place] = (seen - expected) - (device.delay_us - devices[reference].delay_us)
        residual[(seen == MISSING) | (expected == MISSING), place] = np.nan
    return residual
