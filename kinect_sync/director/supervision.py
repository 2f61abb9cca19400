"""From the first common pulse to the last: what the director does while the workers record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kinect_sync.director.device_state import DISK_STALL_S, Phase
from kinect_sync.director.fleet import Fleet, Listener
from kinect_sync.director.losses import explain_unfinished
from kinect_sync.director.observer import Observer
from kinect_sync.director.sink import Beginning, Sink
from kinect_sync.timing.alignment import Aligner, Entry, Row
from kinect_sync.wire.messages import End, Record, Recover, Stop

SYNC_S = 0.5
"""How often what is kept is forced to the disk, and the free space is looked at."""
END_MARGIN_S = 0.4
"""An end that is asked for lies so far ahead that every worker hears of it before the pulse."""
RECOVER_S = 20.0
"""How long a dead worker's file may take to be read: a few µs per capture, and a process that starts. Rows
wait for it meanwhile, but not as long as `MAX_LAG_S`."""
GRACE_S = 2.0
"""How long the others may deliver nothing while one device has its last pulse."""


class Supervisor(Listener):
    """One run while it records: rows go to the observers as soon as they are decided."""

    def __init__(self, fleet: Fleet, aligner: Aligner, sink: Sink, observers: Sequence[Observer]) -> None:
        """Prepare to record with `fleet`, every device of which delivers."""
        self._fleet = fleet
        self._aligner = aligner
        self._sink = sink
        self._observers = observers
        self._fps = next(iter(fleet)).settings.fps
        self._beginning: Beginning | None = None
        self._end_pulse: int | None = None
        self._first_finish_s: float | None = None
        fleet.listeners.append(self)

    def begin(self, beginning: Beginning, end_pulse: int | None) -> None:
        """Tell every worker where its file begins, and where it ends if that is known."""
        self._beginning, self._end_pulse = beginning, end_pulse
        for state in self._fleet:
            state.begin_recording(self._fleet.now_s())
            order = Record(
                file=self._sink.file_of(state.name),
                anchor_us=beginning.anchors[state.name].pulse_us,
                end_pulse=end_pulse,
            )
            self._fleet.send(state.name, order)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Record until the end pulse, until asked to stop, or until nothing more can come."""
        look_s = self._fleet.now_s()
        ending = False
        while self._fleet.live and not self._is_over():
            self._fleet.pump(0.1)
            self._tell(self._aligner.rows())
            end = not ending and stopping()
            if self._fleet.now_s() - look_s >= SYNC_S:
                look_s = self._fleet.now_s()
                end = self._sink.sync() or end
            if end and not ending:
                ending = True
                self._end_soon()

    def write_off_unfinished(self, source: str | None) -> None:
        """Stop the workers that did not come to the end, and say why; they close their files themselves.

        `source` is the device that gives the pulses; None where an external trigger does.
        """
        states, unfinished = self._fleet.states, self._fleet.live
        gives_pulses = states[source] if source is not None else None
        everybody = len(unfinished) == len(states)
        for state, finding in explain_unfinished(unfinished, gives_pulses, everybody=everybody):
            state.find(finding)
        for state in unfinished:
            self._fleet.send(state.name, Stop())
            self._fleet.wait(lambda state=state: state.gone or state.exited, GRACE_S)  # type: ignore[misc]
            state.write_off()

    def await_recoveries(self) -> None:
        """Wait until it is known what the workers that died had written."""
        self._fleet.await_recoveries(RECOVER_S)

    def finish(self) -> None:
        """Account for everything that the workers said last."""
        for state in self._fleet:
            if state.phase is Phase.STALLED:
                self._aligner.lose(state.name)
        self._tell(self._aligner.finish(self._last_pulse()))

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

    # --- rows -----------------------------------------------------------------------------------------

    def on_entries(self, device: str, entries: Sequence[Entry]) -> None:
        """Hand on what belongs to the take: an end that is asked for may be heard late."""
        end = self._end_pulse
        self._aligner.add(device, [each for each in entries if end is None or each.pulse < end])

    def on_lost(self, device: str) -> None:
        """Ask for what a dead worker had written and not yet told; else wait for no more of the device."""
        state, file = self._fleet.states[device], self._sink.file_of(device)
        if not state.exited or file is None or self._beginning is None:
            self._aligner.lose(device)
            return
        order = Recover(
            file=file,
            settings=state.settings,
            anchor_us=self._beginning.anchors[device].pulse_us,
            after_pulse=state.last_pulse,
        )
        self._fleet.recover(order, device)

    def on_recovered(self, device: str, entries: Sequence[Entry]) -> None:
        """Take in what a dead worker had written, and wait for no more of the device."""
        self.on_entries(device, entries)
        self._aligner.lose(device)

    def _tell(self, decided: Iterable[Row]) -> None:
        rows = tuple(decided)
        for row in rows:
            for state, cell in zip(self._fleet, row.cells, strict=True):
                state.decide(cell)
        if rows:
            for observer in self._observers:
                observer.on_rows(rows)
