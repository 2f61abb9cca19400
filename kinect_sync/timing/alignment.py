"""The alignment of a take: rows are pulses, columns are devices, a cell is a capture or a hole.

Streaming, as the take runs (`Aligner`), and over whole recordings (`align` in `timing.table`). Neither
the position in the file nor the nearest timestamp names a row: devices drop captures, and their clocks
drift apart by seconds within the hour.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role
from kinect_sync.timing.pulses import ON_PULSE, Offsets

MAX_LAG_S = 30
"""How long a row waits for a device that is silent and not yet known to be lost."""
HELD_LAG_S = 3600
"""How long it waits for one that is known to go on, and will tell: of nine devices that is 0.2 GB."""


class HoleReason(str, Enum):
    """Why a pulse has no whole capture of a device in its file."""

    SENSOR_DROPPED = "sensor_dropped"
    """The device or the SDK never delivered it."""
    QUEUE_FULL = "queue_full"
    """Delivered, but the disk did not keep up."""
    HALF_CAPTURE = "half_capture"
    """In the file, but an image is missing."""
    DEVICE_LOST = "device_lost"
    """The device had stopped delivering, or its process or file ended before all of it was in the file."""
    LATE = "late"
    """Not known when the row had to be decided; the capture may be in the file."""
    NOT_RECORDED = "not_recorded"
    """Not in the file, and the file alone can't say why."""

    def __str__(self) -> str:
        """Return the word as it stands in the index."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class AlignedDevice:
    """One column of the alignment. A passive IR camera counts as depth: it gives the same timestamp."""

    name: str
    offsets: Offsets = ON_PULSE
    has_color: bool = True
    has_depth: bool = True
    gives_pulses: bool = True
    """Whether it counts out its pulses itself, as a master does, and as behind a trigger no device does."""

    @classmethod
    def of(cls, settings: DeviceSettings) -> AlignedDevice:
        """Derive the column of a device from its settings."""
        gives_pulses = settings.role is not Role.SUBORDINATE
        return cls(settings.name, Offsets.of(settings), settings.has_color, settings.has_ir, gives_pulses)

    @property
    def delay_us(self) -> float:
        """From the pulse to the timestamp that the device is aligned by: color, or else depth."""
        offsets = self.offsets
        return offsets.subordinate_delay_us + (0.0 if self.has_color else offsets.depth_delay_us)


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one capture that a device delivered."""

    pulse: int
    capture: int | None
    """Number in the device's file, from 0; None if it was not recorded."""
    color_us: int | None
    depth_us: int | None
    host_time_ns: int | None
    """When it reached the host; None where that was lost, or never known."""
    hole: HoleReason | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One device at one pulse."""

    capture: int | None
    """Number in the device's file; a capture that lacks an image has one and is a hole all the same."""
    color_us: int | None
    depth_us: int | None
    host_time_ns: int | None
    residual_us: float | None
    """Observed - expected device timestamp, positive is late: the color's, or the depth's of a device
    without color. Expected = the reference's timestamp at this pulse + the difference of the delays.
    None where either timestamp is missing; 0 for the reference itself."""
    hole: HoleReason | None


@dataclass(frozen=True, slots=True)
class Row:
    """All devices at one pulse, in the order of the devices."""

    pulse: int
    cells: tuple[Cell, ...]
    reference: int = 0
    """The place of the device against which the others are measured."""

    @property
    def complete(self) -> bool:
        """Whether every device has a whole capture of this pulse in its file."""
        return all(cell.hole is None for cell in self.cells)


class _Column:
    """One device's entries that wait for their rows."""

    __slots__ = ("device", "ended", "excused", "late", "lost", "newest", "pending", "shift_us")

    def __init__(self, device: AlignedDevice, reference: AlignedDevice) -> None:
        self.device = device
        self.shift_us = device.delay_us - reference.delay_us
        self.pending: deque[Entry] = deque()
        self.newest = -1
        self.late = 0
        self.lost = False
        self.excused = False
        """Whether it is not waited for."""
        self.ended = False
        """Whether it came to its end, and has told all."""

    def take(self, pulse: int) -> Entry | None:
        if self.pending and self.pending[0].pulse == pulse:
            return self.pending.popleft()
        return None

    def observed_us(self, entry: Entry | None) -> int | None:
        if entry is None:
            return None
        return entry.color_us if self.device.has_color else entry.depth_us


class Aligner:
    """Builds the rows of a running take from what each device reports, in constant memory.

    A row is decided as soon as every device has passed its pulse or is lost. A device that lags more
    than `max_lag` pulses behind the fastest one is not waited for: its holes are `LATE`, and what it
    reports for them later is counted (`late`). So no device buffers more than `max_lag` entries plus
    what one round of `add` brings, provided that `rows` is called after each round.
    """

    def __init__(
        self, devices: Sequence[AlignedDevice], reference: str, fps: int, *, max_lag: float | None = None
    ) -> None:
        """Align `devices` against `reference`: the master, or the first device behind a trigger.

        `max_lag` is in pulses, 30 s by default; with infinity, every device is waited for. Raises ValueError
        when the reference is no device.
        """
        named = {device.name: device for device in devices}
        if reference not in named or len(named) != len(devices):
            raise ValueError(f"reference {reference!r} must be one of distinct devices {sorted(named)}")
        self._columns = {name: _Column(device, named[reference]) for name, device in named.items()}
        self._reference = self._columns[reference]
        self._place = list(named).index(reference)
        self._max_lag = MAX_LAG_S * fps if max_lag is None else max_lag
        self._held_lag = HELD_LAG_S * fps
        self.held = False
        """Whether rows wait for up to `HELD_LAG_S`, as a device records on and will tell."""
        self._next = 0
        self._ended = False
        self._untold: frozenset[str] = frozenset()

    @property
    def next_pulse(self) -> int:
        """The pulse of the row that is decided next."""
        return self._next

    @property
    def late(self) -> Mapping[str, int]:
        """Entries per device that came after their row was decided, and are in no row."""
        return {name: column.late for name, column in self._columns.items()}

    @property
    def buffered(self) -> int:
        """Entries that wait for their rows, over all devices."""
        return sum(len(column.pending) for column in self._columns.values())

    def add(self, name: str, entries: Iterable[Entry]) -> None:
        """Add a device's next entries, in pulse order; ValueError when they are not.

        Entries of a lost device are welcome while their rows are open: messages outlive their sender.
        """
        column = self._columns[name]
        for entry in entries:
            column.excused = column.lost or column.ended
            if entry.pulse <= column.newest:
                raise ValueError(f"{name}: pulse {entry.pulse} after {column.newest}: not in pulse order")
            column.newest = entry.pulse
            if entry.pulse < self._next or self._ended:
                column.late += 1
            else:
                column.pending.append(entry)

    def lose(self, name: str) -> None:
        """Wait no more for a device: the pulses that it has not reported are `DEVICE_LOST`, for good."""
        self._columns[name].lost = self._columns[name].excused = True

    def end(self, name: str) -> None:
        """Wait no more for a device that came to its end: it has dropped the pulses it has not reported."""
        self._columns[name].ended = self._columns[name].excused = True

    def excuse(self, name: str) -> None:
        """Wait no more for a device until it reports again: pulses decided meanwhile are `DEVICE_LOST`."""
        self._columns[name].excused = True

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are decided now; what is not taken stays for the next call."""
        newest = max(column.newest for column in self._columns.values())
        waited_for = (column.newest for column in self._columns.values() if not column.excused)
        passed = min(waited_for, default=newest)
        max_lag = max(self._max_lag, self._held_lag) if self.held else self._max_lag
        yield from self._decide_before(int(max(passed, newest - max_lag)) + 1)

    def rows_before(self, pulse: int) -> Iterator[Row]:
        """Yield the rows before `pulse` now, whoever has not passed them: what is not known is `LATE`.

        For whoever can't wait for it; what is reported later of these pulses is counted (`late`).
        """
        yield from self._decide_before(pulse)

    def skip_to(self, pulse: int) -> None:
        """Give up the rows before `pulse`, and go on there; none is given back.

        What devices report of them later is counted as `late` like anything behind the next row.
        """
        for column in self._columns.values():
            while column.pending and column.pending[0].pulse < pulse:
                column.pending.popleft()
        self._next = max(self._next, pulse)

    def finish(self, end_pulse: int | None, untold: Collection[str] = ()) -> Iterator[Row]:
        """Yield all remaining rows before `end_pulse`, or up to the last one that any device reached.

        A device that is not lost and did not report the last pulses has dropped them, but for those of which
        is `untold` what they recorded: their holes are `LATE`.
        """
        self._ended, self._untold = True, frozenset(untold)
        newest = max(column.newest for column in self._columns.values())
        yield from self._decide_before(newest + 1 if end_pulse is None else end_pulse)

    def _decide_before(self, end: int) -> Iterator[Row]:
        while self._next < end:
            pulse = self._next
            self._next += 1
            yield self._decide(pulse)

    def _decide(self, pulse: int) -> Row:
        taken = [(column, column.take(pulse)) for column in self._columns.values()]
        reference_us = next(
            self._reference.observed_us(entry) for column, entry in taken if column is self._reference
        )
        cells = tuple(self._cell(column, entry, pulse, reference_us) for column, entry in taken)
        return Row(pulse, cells, self._place)

    def _cell(self, column: _Column, entry: Entry | None, pulse: int, reference_us: int | None) -> Cell:
        if entry is None:
            return Cell(None, None, None, None, None, self._reason(column, pulse))
        observed_us = column.observed_us(entry)
        residual_us = None
        if observed_us is not None and reference_us is not None:
            residual_us = observed_us - reference_us - column.shift_us
        return Cell(
            entry.capture, entry.color_us, entry.depth_us, entry.host_time_ns, residual_us, entry.hole
        )

    def _reason(self, column: _Column, pulse: int) -> HoleReason:
        if pulse <= column.newest or (column.ended and not column.lost):
            return HoleReason.SENSOR_DROPPED
        if column.excused:
            return HoleReason.DEVICE_LOST
        untold = not self._ended or column.device.name in self._untold
        return HoleReason.LATE if untold else HoleReason.SENSOR_DROPPED


def pairing_error_us(color_us: int | None, depth_us: int | None, offsets: Offsets) -> float | None:
    """Return how far depth is from where the depth delay puts it after color; None unless both are there.

    The SDK pairs images that are up to three quarters of a period apart (`capturesync.c`), so that a
    capture which looks whole may hold images of two pulses.
    """
    if color_us is None or depth_us is None:
        return None
    return depth_us - color_us - offsets.depth_delay_us
