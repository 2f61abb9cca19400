"""Which rows of a rig are decided while it runs: by the alignment of takes, of what its rings tell."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from kinect_sync.streaming.missed_rows import MissedRows
from kinect_sync.streaming.pulse_bound import PulseBound
from kinect_sync.streaming.resting import REST_S, rest_s
from kinect_sync.streaming.ring_column import RingColumn
from kinect_sync.streaming.source import CaptureSource
from kinect_sync.timing.alignment import AlignedDevice, Aligner, Row
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.ring_layout import Label

SPARE = 3
"""Periods that the images of a row are good for at least: a row that has less left is passed over."""
BEGIN_S = 3.0
"""How long the first row waits for devices that have given nothing yet, as workers make files and rings."""

Labels = list[Label | None]
"""What is told of each device's capture of one pulse."""


class DecidedRows:
    """Reads what rings tell of their captures, and decides rows: in their order, each pulse once."""

    def __init__(
        self,
        devices: Sequence[StreamedDevice],
        reference: str,
        fps: int,
        rings: Mapping[str, CaptureSource],
        patience_s: float,
        now_ns: Callable[[], int],
        launched_ns: int | None = None,
    ) -> None:
        """Read `rings`, by name. Where captures wait for their reader, rows wait for all devices.

        The run was launched at `launched_ns`, and no pulse was before: what can't have been is not believed.
        """
        self.columns = [RingColumn(each, rings[each.name]) for each in devices]
        aligned = [AlignedDevice.of(each.settings) for each in devices]
        self._aligner = Aligner(aligned, reference, fps, max_lag=math.inf)
        self._kept = [column for column in self.columns if column.device.captures_wait]
        self._patience_ns = math.inf if self._kept else patience_s * 1e9
        self._spare = 0 if self._kept else SPARE
        self._now_ns, self._fps = now_ns, fps
        self._bound = PulseBound(fps, None if self._kept else launched_ns, now_ns)
        self._told: deque[Callable[[], None]] = deque()
        self._unawaited: set[str] = set()
        self._begun = False
        self._end_pulse: int | None = None
        self.finished = False
        """Whether nothing more comes."""
        self.before = 0
        """Rows before the first one that somebody who asked in time could have had of all devices."""
        self.missed = MissedRows()
        """Rows that are not decided, as some of their captures did not come, or were overwritten before they
        were seen: also those before somebody asked for the first one."""

    @property
    def late(self) -> Mapping[str, int]:
        """Captures by device that came after their row was decided without them."""
        return self._aligner.late

    @property
    def due_ns(self) -> float:
        """When the next row is decided though nothing more is read."""
        return self._first_came_ns() + self._patience_ns

    def rest_s(self) -> float:
        """Return how long there is nothing to look for."""
        if self._kept or self._first_came_ns() < math.inf:
            return REST_S
        newest_ns = max(column.newest_ns for column in self.columns)
        return rest_s((self._now_ns() - newest_ns) / 1e9, 1 / self._fps)

    # --- what is told of devices: from any thread ---------------------------------------------------------

    def excuse(self, name: str) -> None:
        """Wait no more for a device until it delivers again."""
        self._told.append(partial(self._await_no_more, name, self._aligner.excuse))

    def lose(self, name: str) -> None:
        """Wait no more for a device: nothing comes of it any more."""
        self._told.append(partial(self._await_no_more, name, self._aligner.lose))

    def end(self, name: str) -> None:
        """Wait no more for a device that came to its end: what it has not given it has dropped."""
        self._told.append(partial(self._await_no_more, name, self._aligner.end))

    def finish(self, end_pulse: int | None) -> None:
        """End before a pulse, or with the last that any device reached: everything is in the rings by now."""
        self._told.append(partial(self._finish, end_pulse))

    def _await_no_more(self, name: str, tell: Callable[[str], None]) -> None:
        self._unawaited.add(name)
        tell(name)

    def _finish(self, end_pulse: int | None) -> None:
        self.finished, self._end_pulse, self._spare = True, end_pulse, 0

    # --- reading ----------------------------------------------------------------------------------------

    def read(self) -> bool:
        """Read what is in the rings, then hear what was told of devices; False where there is nothing new."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        for column in self._kept:
            column.let_go()
        is_new = bool(told)
        for column in self.columns:
            for label in column.read(self._most_pulse):
                is_new = True
                self._wait_with(column, label)
        for tell in told:
            tell()
        return is_new

    def read_along(self) -> None:
        """Read while nobody can ask for rows, and see if they begin: nobody misses what goes by till then."""
        self.read()
        self._has_begun()

    def _most_pulse(self) -> float:
        return self._bound.most(column.newest_pulse for column in self.columns if column.has_begun)

    def _wait_with(self, column: RingColumn, label: Label) -> None:
        """Let a label wait for its row; behind one that was decided it is late, and behind no other."""
        pulse = label.pulse or 0
        if pulse < self.before or pulse in self.missed.all:
            return
        if pulse >= self._aligner.next_pulse:
            column.wait_with(label)
        self._aligner.add(column.device.name, [column.entry(label)])

    def _first_came_ns(self) -> float:
        came = [at for column in self.columns if (at := column.waits_since_ns) is not None]
        return min(came, default=math.inf)

    # --- rows -------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[tuple[Row, Labels]]:
        """Yield each row that is decided by now and whose images will last, with what is told of them."""
        while self._has_begun():
            self._skip_gaps()
            row = next(self._aligner.finish(self._end_pulse) if self.finished else self._due(), None)
            if row is None:
                return
            labels = [column.pass_by(row.pulse) for column in self.columns]
            if self._will_last(labels):
                yield row, labels
            else:
                self.missed.add(row.pulse, row.pulse + 1)

    def _due(self) -> Iterator[Row]:
        """Yield rows that every device has passed, and one that has waited for long enough."""
        yield from self._aligner.rows()
        if self._now_ns() >= self.due_ns:
            yield from self._aligner.rows_before(self._aligner.next_pulse + 1)

    def _has_begun(self) -> bool:
        """Tell whether there are rows: from when every device has come, or has been waited for.

        What was overwritten until then can't be given any more.
        """
        begun = [] if self._begun else [column for column in self.columns if column.has_begun]
        if not self._begun and (self.finished or self._waited_for(begun)):
            self._begun = True
            if begun and not self._kept:
                self._begin(begun)
        return self._begun

    def _begin(self, begun: Sequence[RingColumn]) -> None:
        """Begin with the first row that all rings still hold, and let rows wait while their captures last.

        Whoever has read along missed nothing before it; who has not, what all devices once had here.
        """
        oldest = min(column.oldest(self._spare) for column in begun)
        self._patience_ns = min(self._patience_ns, max(0.5, oldest) * 1e9 / self._fps)
        stop = max(column.first_lasting(self._spare) for column in begun)
        has_read_along = not any(column.has_overlooked for column in begun)
        self.before = stop if has_read_along else min(stop, max(column.first_pulse for column in begun))
        self._go_on_at(self.before)
        self._pass_over_before(stop)

    def _waited_for(self, begun: Sequence[RingColumn]) -> bool:
        """Tell whether all devices have begun that will, or the first one has waited for long enough."""
        there = {column.device.name for column in begun} | self._unawaited
        waited_ns = self._now_ns() - self._first_came_ns()
        return len(there) == len(self.columns) or waited_ns >= max(self._patience_ns, BEGIN_S * 1e9)

    def _skip_gaps(self) -> None:
        """Pass over the rows of which nobody knows what some device captured."""
        while True:
            pulse = self._aligner.next_pulse
            told = ((column.device.name, column.gap_at(pulse)) for column in self.columns)
            gaps = {name: gap for name, gap in told if gap is not None}
            if not gaps:
                return
            lacking = [name for name, gap in gaps.items() if not gap.is_overlooked]
            self._pass_over_before(min(gap.pulses.stop for gap in gaps.values()), lacking)

    def _pass_over_before(self, stop: int, lacking: Collection[str] = ()) -> None:
        """Pass over the rows from the next one to before the pulse `stop`, if there are any.

        Captures of the devices that are `lacking` did not come.
        """
        next_pulse = self._aligner.next_pulse
        if next_pulse < stop:
            self._go_on_at(stop)
            self.missed.add(next_pulse, stop, lacking)

    def _go_on_at(self, pulse: int) -> None:
        self._aligner.skip_to(pulse)
        for column in self.columns:
            column.pass_by(pulse - 1)

    def _will_last(self, labels: Labels) -> bool:
        pairs = zip(self.columns, labels, strict=True)
        return all(label is None or column.will_last(label.number, self._spare) for column, label in pairs)
