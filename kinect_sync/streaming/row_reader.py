"""The rows of a rig while it runs, one after another, for one program that may be slow.

They are the rows of the take that may be recorded beside them. What a program misses costs nobody else
anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import STREAM_CAPTURES_LATE, STREAM_PULSE_UNBELIEVED
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.steady import steady_ns
from kinect_sync.streaming.decided_rows import DecidedRows, Labels
from kinect_sync.streaming.given_rows import GivenRows
from kinect_sync.streaming.holding import MOST_HELD_BYTES, HeldBytes
from kinect_sync.streaming.live_rows import NO_IMAGES, LiveCapture, LiveRow
from kinect_sync.streaming.naming import name_devices
from kinect_sync.streaming.pulse_ranges import PulseRanges
from kinect_sync.streaming.ring_column import RingColumn
from kinect_sync.streaming.source import CaptureSource
from kinect_sync.timing.alignment import Cell, HoleReason, Row
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.ring_layout import Label

PATIENCE_S = 0.2
"""How long a row waits for captures after its first one came."""


class Mode(str, Enum):
    """Which rows a program gets."""

    EVERY = "every"
    """One per pulse, in order, whole or not; those that nobody saw are counted."""
    NEWEST = "newest"
    """The newest that is whole, as the devices are that are left; those before it are passed over.

    Where there is none, as a device is silent for longer than rows wait, one that lacks that device."""

    def __str__(self) -> str:
        """Return the word."""
        return str(self.value)


class RowReader:
    """Reads the rings of a rig's devices, and gives the rows, in one thread at a time.

    What is told of devices from outside takes effect once everything was read that was in the rings by then.
    """

    def __init__(
        self,
        devices: Sequence[StreamedDevice],
        reference: str,
        fps: int,
        *,
        rings: Mapping[str, CaptureSource],
        mode: Mode = Mode.EVERY,
        patience_s: float = PATIENCE_S,
        most_held_bytes: int = MOST_HELD_BYTES,
        space: Callable[[], RigSpace] | None = None,
        launched_ns: int | None = None,
        now_ns: Callable[[], int] = steady_ns,
        rest: Callable[[float], object] = time.sleep,
    ) -> None:
        """Read `rings`, by name, which need not be there yet.

        `reference` is the device that residuals are measured against. `space` returns the world that the
        cameras stand in. Where captures wait for their reader, rows wait for all devices. Where it is known
        when the run was launched, no pulse is believed that can't have been since.
        """
        self._rows = DecidedRows(devices, reference, fps, rings, patience_s, now_ns, launched_ns)
        self._devices = devices
        self._newest_only = mode is Mode.NEWEST
        self._held = HeldBytes(most_held_bytes)
        self._space, self._now_ns, self._rest = space, now_ns, rest
        self._missed_told = 0
        self._skipped = 0
        self._is_settled = False
        """Whether there is nothing to be given before something new is read, or the next row is due."""
        self._due_ns = math.inf
        self.ended = False
        """Whether there will be no more rows."""
        self.given = 0
        """Rows that were given."""
        self.given_rows = GivenRows([each.name for each in devices])
        """Which those were, and what they lacked."""

    # --- for the program ------------------------------------------------------------------------------

    def next(self, timeout_s: float | None = None) -> LiveRow | None:
        """Wait for the next row; None where there are no more (`ended`), or where the time is over."""
        until_ns = math.inf if timeout_s is None else self._now_ns() + timeout_s * 1e9
        while (row := self._look()) is None and not self.ended:
            left_ns = until_ns - self._now_ns()
            if left_ns <= 0:
                return None
            self._rest(min(self._rows.rest_s(), left_ns / 1e9))
        return row

    def read_along(self) -> None:
        """Read while the program can't ask for rows yet: it missed none of those that go by."""
        self._rows.read_along()

    @property
    def before(self) -> int:
        """Rows before the first one that a program which asked in time could have had of all devices."""
        return self._rows.before

    @property
    def missed(self) -> PulseRanges:
        """Rows that nobody saw: the program was too slow, or asked late, or captures did not come."""
        return PulseRanges() if self._newest_only else self._rows.missed.all

    @property
    def not_brought(self) -> Mapping[str, int]:
        """By device, how many of those were missed as captures of it did not come to the program in time."""
        return {} if self._newest_only else self._rows.missed.not_brought

    @property
    def skipped(self) -> int:
        """Rows that were passed over, as only the newest are asked for."""
        return self._skipped + self._rows.missed.all.count if self._newest_only else 0

    @property
    def late(self) -> Mapping[str, int]:
        """Captures by device that came after their row was given without them."""
        return self._rows.late

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told of the stream so far."""
        missed = () if self._newest_only else self._rows.missed.findings(self._devices)
        return (*missed, *_late_captures(self.late), *_unbelieved(self._rows.columns))

    # --- for whoever knows how it stands with the devices; from any thread --------------------------------

    def excuse(self, name: str) -> None:
        """Wait no more for a device until it delivers again."""
        self._rows.excuse(name)

    def lose(self, name: str) -> None:
        """Wait no more for a device: nothing comes of it any more."""
        self._rows.lose(name)

    def end(self, name: str) -> None:
        """Wait no more for a device that came to its end: what it has not given it has dropped."""
        self._rows.end(name)

    def finish(self, end_pulse: int | None = None) -> None:
        """End before a pulse, or with the last that any device reached: everything is in the rings by now."""
        self._rows.finish(end_pulse)

    def close(self) -> None:
        """Let go of the rings, and end; images of rows that are not held are gone."""
        self.ended = True
        for column in self._rows.columns:
            column.close()

    # --- one look at the rings ----------------------------------------------------------------------------

    def _look(self) -> LiveRow | None:
        """Take in what is new, and return the row that is to be given now, if any."""
        if self.ended:
            return None
        if not self._rows.read() and self._is_settled and self._now_ns() < self._due_ns:
            return None
        found = self._newest() if self._newest_only else next(iter(self._rows), None)
        self._is_settled = found is None
        self._due_ns = self._rows.due_ns
        self.ended = self._is_settled and self._rows.finished
        return self._give(*found) if found else None

    def _newest(self) -> tuple[Row, Labels] | None:
        """Return the newest whole row there is; where there is none, one that lacks who is silent."""
        whole, lacking = None, None
        for each in self._rows:
            self._skipped += 1
            if _has_all_but(each[0], HoleReason.DEVICE_LOST):
                whole = each
            elif _has_all_but(each[0], HoleReason.DEVICE_LOST, HoleReason.LATE):
                lacking = each
        newest = whole or lacking
        self._skipped -= newest is not None
        return newest

    def _give(self, row: Row, labels: Labels) -> LiveRow:
        told = [*zip(self._rows.columns, row.cells, labels, strict=True)]
        delivered_ns = [column.delivered_ns(label) for column, _, label in told if label is not None]
        live = LiveRow(
            row.pulse,
            {each.device.name: _capture(each, row.pulse, cell, label) for each, cell, label in told},
            held=self._held,
            missed_before=self.missed.count - self._missed_told,
            delivered_ns=max(delivered_ns, default=None),
            now_ns=self._now_ns,
            space=self._space,
        )
        self._missed_told = self.missed.count
        self.given += 1
        self.given_rows.add(row)
        return live


def _late_captures(late: Mapping[str, int]) -> Iterator[Finding]:
    """Tell of all devices at once: on a busy computer all of them are late."""
    counts = {name: count for name, count in late.items() if count}
    if not counts:
        return
    total, only = sum(counts.values()), next(iter(counts)) if len(counts) == 1 else None
    captures = "1 capture" if total == 1 else f"{total} captures"
    what = f"{captures} came after the row of their pulse had been given"
    yield STREAM_CAPTURES_LATE.found(
        what if only is not None else f"{what}: {name_devices(counts)}", device=only
    )


def _unbelieved(columns: Iterable[RingColumn]) -> Iterator[Finding]:
    for each in columns:
        if count := each.unbelieved:
            captures = "1 capture was" if count == 1 else f"{count} captures were"
            what = f"{captures} of pulses that can't have been yet, the last of {each.unbelieved_pulse}"
            yield STREAM_PULSE_UNBELIEVED.found(what, device=each.device.name)


def _has_all_but(row: Row, *holes: HoleReason) -> bool:
    """Tell whether a row has everything of the devices that are left, and there are some."""
    left = [cell.hole for cell in row.cells if cell.hole not in holes]
    return bool(left) and not any(left)


def _capture(column: RingColumn, pulse: int, cell: Cell, label: Label | None) -> LiveCapture:
    return LiveCapture(
        column.device.name,
        pulse,
        cell.hole,
        cell.color_us,
        cell.depth_us,
        cell.host_time_ns,
        cell.residual_us,
        column.device.settings,
        NO_IMAGES if label is None else column.place(label),
    )
