"""From the first common pulse to the last: what the director does while the workers record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.fleet import DISK_STALL_S, Fleet
from kinect_sync.director.recovery import recover_entries
from kinect_sync.director.start_sequence import Anchor
from kinect_sync.findings import Finding, Severity
from kinect_sync.takes.index import Field
from kinect_sync.timing.alignment import Aligner, Cell, Entry, Row
from kinect_sync.timing.verification import Verification
from kinect_sync.wire.messages import End, Record, Stop

SYNC_S = 0.5
"""How often the index is forced to the disk and the free space is looked at."""
END_MARGIN_S = 0.4
"""An end that is asked for lies so far ahead that every worker hears of it before the pulse."""
GRACE_S = 2.0
"""How long the others may deliver nothing while one device has its last pulse."""


@dataclass(frozen=True, slots=True)
class DiskGuard:
    """Ends a take while its files can still be closed."""

    free_bytes: Callable[[], int]
    reserve_bytes: int

    def is_full(self) -> bool:
        """Whether less than the reserve is left."""
        return self.free_bytes() < self.reserve_bytes


class Index(Protocol):
    """Where the rows go: `takes.index.IndexFile`, or nowhere."""

    def append(self, pulse: int, cells: Sequence[Sequence[Field]]) -> None:
        """Append one row."""
        ...

    def flush(self) -> None:
        """Hand the rows to the operating system."""
        ...

    def sync(self) -> None:
        """Force the rows to the disk."""
        ...

    def close(self) -> None:
        """Force the rows to the disk and close."""
        ...


class Recording:
    """One take being recorded: rows go to the index as soon as they are decided."""

    def __init__(
        self,
        fleet: Fleet,
        aligner: Aligner,
        index: Index,
        verification: Verification,
        guard: DiskGuard,
    ) -> None:
        """Prepare to record with `fleet`, every device of which delivers."""
        self._fleet = fleet
        self._aligner = aligner
        self._index = index
        self._verification = verification
        self._guard = guard
        self._names = [state.name for state in fleet]
        self._fps = next(iter(fleet)).settings.fps
        self._end_pulse: int | None = None
        self._first_finish_s: float | None = None
        self._index_broken = False
        self.findings: list[Finding] = []
        self._anchors: Mapping[str, Anchor] = {}
        self._path_of: Callable[[str], Path | None] = Path
        fleet.on_entries = self._add
        fleet.on_lost = self._lose

    def begin(
        self, anchors: Mapping[str, Anchor], path_of: Callable[[str], Path | None], end_pulse: int | None
    ) -> None:
        """Tell every worker where its file begins, and where it ends if that is known."""
        self._end_pulse, self._anchors, self._path_of = end_pulse, anchors, path_of
        for state in self._fleet:
            state.last_heard_s = self._fleet.now_s()
            order = Record(
                path=path_of(state.name), anchor_us=anchors[state.name].pulse_us, end_pulse=end_pulse
            )
            self._fleet.send(state.name, order)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Record until the end pulse, until asked to stop, or until nothing more can come."""
        look_s = self._fleet.now_s()
        ending = False
        while self._fleet.live and not self._is_over():
            self._fleet.pump(0.1)
            self._write_rows(self._aligner.rows())
            if not ending and stopping():
                ending = True
                self._end_soon()
            if self._fleet.now_s() - look_s >= SYNC_S:
                look_s = self._fleet.now_s()
                self._keep(self._index.sync)
                ending = ending or self._ended_by_disk()

    def finish(self) -> None:
        """Account for everything that the workers said last, and close the index."""
        for state in self._fleet:
            if state.phase is Phase.STALLED:
                self._aligner.lose(state.name)
        self._write_rows(self._aligner.finish(self._last_pulse()))
        self._keep(self._index.close)

    # --- ends -----------------------------------------------------------------------------------------

    def _last_pulse(self) -> int:
        """The pulse before which the take ends: as planned, or as far as any device came."""
        reached = self._newest_pulse() + 1
        return reached if self._end_pulse is None else min(self._end_pulse, reached)

    def _newest_pulse(self) -> int:
        return max((state.newest_pulse for state in self._fleet), default=-1)

    def _end_soon(self) -> None:
        """End every file at one pulse that lies just ahead of all devices."""
        ahead = max(self._newest_pulse(), 0) + round(END_MARGIN_S * self._fps) + 1
        if self._end_pulse is None or ahead < self._end_pulse:
            self._end_pulse = ahead
            for state in self._fleet.live:
                self._fleet.send(state.name, End(pulse=ahead))

    def _is_over(self) -> bool:
        """Whether waiting longer is of no use: no pulses come, or what some still had to deliver does not."""
        now_s, live = self._fleet.now_s(), self._fleet.live
        going = [state for state in live if state.phase is not Phase.STALLED]
        if not going:
            return True
        if any(state.awaits_disk and now_s - state.last_heard_s <= DISK_STALL_S for state in going):
            return False
        if self._first_finish_s is None:
            if any(state.phase is Phase.FINISHED for state in self._fleet):
                self._first_finish_s = now_s
            return False
        return now_s - max(self._first_finish_s, *(state.last_heard_s for state in live)) > GRACE_S

    def _ended_by_disk(self) -> bool:
        if not self._guard.is_full():
            return False
        self.findings.append(_disk_full(self._guard))
        self._end_soon()
        return True

    # --- rows -----------------------------------------------------------------------------------------

    def _lose(self, name: str) -> None:
        """Take what a dead worker had written and not yet told from its file, and wait for no more."""
        state = self._fleet.states[name]
        if state.exited and (path := self._path_of(name)) is not None:
            recovered = recover_entries(path, state, self._anchors[name].pulse_us)
            state.newest_pulse = max(state.newest_pulse, *(each.pulse for each in recovered), -1)
            self._add(name, recovered)
        self._aligner.lose(name)

    def _add(self, name: str, entries: Sequence[Entry]) -> None:
        """Hand on what belongs to the take: an end that is asked for may be heard late."""
        end = self._end_pulse
        self._aligner.add(name, [each for each in entries if end is None or each.pulse < end])

    def _write_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._verification.add(row)
            for name, cell in zip(self._names, row.cells, strict=True):
                state = self._fleet.states[name]
                state.dropped += cell.hole is not None
                if cell.residual_us is not None:
                    state.residual_us = cell.residual_us
            self._keep(partial(self._index.append, row.pulse, [_fields(cell) for cell in row.cells]))
        self._keep(self._index.flush)

    def _keep(self, write: Callable[[], None]) -> None:
        """Write to the index; a disk that fails there ends the take, and costs no recording."""
        try:
            write()
        except OSError as error:
            if self._index_broken:
                return
            self._index_broken = True
            self.findings.append(_index_broken(error))
            self._end_soon()


def _fields(cell: Cell) -> tuple[Field, ...]:
    hole = cell.hole.value if cell.hole else None
    return cell.capture, cell.color_us, cell.depth_us, cell.host_time_ns, cell.residual_us, hole


def write_off_unfinished(fleet: Fleet, source: str | None) -> None:
    """Stop the workers that did not come to the end, and say why; they close their files themselves.

    `source` is the device that gives the pulses; None where an external trigger does.
    """
    unfinished = fleet.live
    for finding in _explain(fleet, unfinished, source):
        fleet.states[finding.device or unfinished[0].name].findings.append(finding)
    for state in unfinished:
        _stop_unfinished(fleet, state)


def _stop_unfinished(fleet: Fleet, state: DeviceState) -> None:
    fleet.send(state.name, Stop())
    fleet.wait(lambda: state.gone or state.exited, GRACE_S)
    if state.phase is Phase.FINISHED:
        state.phase = Phase.STALLED


def _explain(fleet: Fleet, unfinished: Sequence[DeviceState], source: str | None) -> list[Finding]:
    """Tell devices that fell silent by themselves from those whose pulses ended."""
    starved = len(unfinished) > 0 and all(state.phase is Phase.STALLED for state in unfinished)
    last = max((state.last_pulse for state in unfinished), default=-1)
    if starved and source is not None and fleet.states[source].phase is Phase.LOST:
        return [_pulses_ended(last, f"`{source}`, which gives them, was lost", "see what is said of it")]
    if starved and source is None and len(unfinished) == len(fleet.states):
        return [_pulses_ended(last, "the external trigger stopped", "let it run until ksync has ended")]
    return [_stalled(state) if state.phase is Phase.STALLED else _unfinished(state) for state in unfinished]


def _pulses_ended(last: int, why: str, remedy: str) -> Finding:
    return Finding(
        code="pulses-ended", what=f"no pulse came after pulse {last}: {why}", remedy=f"{remedy}; record again"
    )


def _stalled(state: DeviceState) -> Finding:
    if state.awaits_disk:
        return Finding(
            code="disk-stalled",
            device=state.name,
            what=f"the disk took nothing more after pulse {state.last_pulse}",
            remedy="check the disk; what it had taken is kept",
        )
    return Finding(
        code="device-stalled",
        device=state.name,
        what=f"it delivered nothing more after pulse {state.last_pulse}",
        remedy="check its USB and sync cables; what it had recorded is kept",
    )


def _unfinished(state: DeviceState) -> Finding:
    return Finding(
        code="device-unfinished",
        device=state.name,
        what=f"it did not reach the end of the take: its last pulse is {state.last_pulse}",
        remedy="what it had recorded is kept; check its USB connection",
    )


def _index_broken(error: OSError) -> Finding:
    return Finding(
        code="index-write-failed",
        what=f"alignment.csv could not be written: {error.strerror or error}",
        remedy="check the disk; the recordings are whole, and the index can be made again from them",
    )


def _disk_full(guard: DiskGuard) -> Finding:
    return Finding(
        code="disk-full",
        severity=Severity.WARNING,
        what=f"the take was ended because less than {guard.reserve_bytes / 1e6:.0f} MB were left on the disk",
        remedy="make room, or record to another disk with -o",
    )
