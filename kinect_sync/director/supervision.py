"""From the first common pulse to the last: what the director does while the workers record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kinect_sync.director.absent_hosts import AbsentHosts
from kinect_sync.director.device_state import STALL_S, DeviceState, Phase
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.listener import Listener
from kinect_sync.director.losses import explain_unfinished, host_away, is_starved, source_lost
from kinect_sync.director.observer import Observer
from kinect_sync.director.sink import Beginning, Sink
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.alignment import MAX_LAG_S, Aligner, Entry, Row
from kinect_sync.wire.messages import End, FindOnBus, Record, Recover, Stop

SYNC_S = 0.5
"""How often what is kept is forced to the disk, and the free space is looked at."""
END_MARGIN_S = 0.4
"""An end that is asked for lies so far ahead that every worker hears of it before the pulse."""
GRACE_S = 2.0
"""How long the others may deliver nothing while one device has its last pulse."""
FROZEN_S = 60.0
"""How long a take goes on in which whoever is left stands still."""
FROZEN_END_S = 10.0
"""The same where the end has come, and nothing but that is waited for."""
BUS_S = 2.0
"""How long a worker may take to say whether its device is still connected."""


class Supervisor(Listener):
    """One run while it records: rows go to the observers as soon as they are decided."""

    def __init__(
        self,
        rig: RigFields,
        fleet: Fleet,
        aligner: Aligner,
        sink: Sink,
        observers: Sequence[Observer],
        *,
        source: str | None = None,
    ) -> None:
        """Prepare to record `rig` with `fleet`, every device of which delivers.

        `source` is the device that gives the pulses; None where an external trigger does.
        """
        self._rig = rig
        self._fleet = fleet
        self._aligner = aligner
        self._sink = sink
        self._observers = observers
        self._fps = next(iter(fleet)).settings.fps
        self._beginning: Beginning | None = None
        self._end_pulse: int | None = None
        self._first_finish_s: float | None = None
        self._absent = AbsentHosts(fleet)
        self._ending = False
        self._ended_early = False
        """Whether the end is where it is because the source of the pulses was lost."""
        self._silent: frozenset[str] = frozenset()
        """Devices that give nothing any more."""
        self._source = fleet.states[source] if source is not None else None
        fleet.listeners.append(self)

    def begin(self, beginning: Beginning, end_pulse: int | None) -> None:
        """Tell every worker where its file begins, and where it ends if that is known."""
        self._beginning, self._end_pulse = beginning, end_pulse
        if end_pulse is not None:
            self._absent.expect_end(in_s=end_pulse / self._fps)
        for state in self._fleet:
            state.begin_recording(self._fleet.now_s())
            order = Record(
                file=self._sink.file_of(state.name),
                anchor_us=beginning.anchors[state.name].pulse_us,
                end_pulse=end_pulse,
                ring=self._sink.ring,
            )
            self._fleet.send(state.name, order)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Record until the end pulse, until asked to stop, or until nothing more can come."""
        look_s = self._fleet.now_s()
        while self._fleet.live and not self._is_over():
            self._fleet.pump(0.1)
            self._excuse_silent()
            self._aligner.held = bool(self._absent.devices)
            self._tell(self._aligner.rows())
            if not self._ending and stopping() and self._all_are_heard():
                self._absent.wait_no_more()
                self._end_soon()
            if self._fleet.now_s() - look_s >= SYNC_S:
                look_s = self._fleet.now_s()
                if self._sink.sync() and not self._ending and self._all_are_heard():
                    self._end_soon()
            self._see_to_source()

    def write_off_unfinished(self) -> None:
        """Stop the workers that did not come to the end, say why, and wait until all they had is told."""
        for state in self._absent.devices:
            state.find_again(host_away(state))
        unfinished = self._fleet.reachable
        for state, finding in explain_unfinished(self._rig, list(self._fleet), self._source):
            state.find(finding)
        for state in unfinished:
            state.find_sdk_words()
        finished = any(state.phase is Phase.FINISHED for state in self._fleet)
        if self._ended_early and finished and self._source is not None and self._end_pulse is not None:
            self._source.find(source_lost(self._source, self._end_pulse))
        for state in unfinished:
            self._fleet.send(state.name, Stop())
        self._fleet.settle()
        for state in unfinished:
            state.write_off()

    def finish(self) -> None:
        """Account for everything that the workers said last."""
        for state in self._fleet:
            if state.phase is Phase.STALLED:
                self._aligner.lose(state.name)
        untold = [state.name for state in self._absent.devices]
        self._tell(self._aligner.finish(self._last_pulse(), untold))

    # --- ends -----------------------------------------------------------------------------------------

    def _last_pulse(self) -> int:
        """The pulse before which the take ends: as planned, or as far as any device came.

        Whoever can't be reached goes as far as it was told to, if there are pulses.
        """
        reached = self._newest_pulse() + 1
        if self._end_pulse is None:
            return reached
        return self._end_pulse if self._absent.go_on else min(self._end_pulse, reached)

    def _newest_pulse(self) -> int:
        return max((state.newest_pulse for state in self._fleet), default=-1)

    def _all_are_heard(self) -> bool:
        """Tell whether it is known where the devices are: until they report, they may be seconds ahead."""
        recording = (state for state in self._fleet if state.phase is Phase.RECORDING)
        return all(state.newest_pulse >= 0 for state in recording)

    def _end_soon(self) -> bool:
        """End every file at one pulse just ahead of all devices; False where the take ends before that."""
        self._ending = True
        by_now = self._newest_pulse() + round(self._absent.all_silent_s * self._fps)
        ahead = max(by_now, 0) + round(END_MARGIN_S * self._fps) + 1
        if self._end_pulse is not None and ahead >= self._end_pulse:
            return False
        self._end_pulse = ahead
        self._absent.expect_end(in_s=END_MARGIN_S)
        for state in self._fleet.live:
            self._fleet.send(state.name, End(pulse=ahead))
        return True

    def _see_to_source(self) -> None:
        """End the take where whoever gives the pulses gives none, for all that is known.

        Its subordinates may go on without pulses (SDK issue 1850), and nothing measures them any more.
        """
        if self._source is not None and not self._ending and self._gives_none(self._source):
            self._ended_early = self._end_soon()

    def _gives_none(self, source: DeviceState) -> bool:
        """Judge the source; of one whose process stands still by the others, as the device itself may run.

        Where they are silent too, no pulses come. Where they go on, rows wait for it, and it for so long.
        """
        if source.phase is Phase.FROZEN:
            live = self._fleet.live
            follow = any(state.phase is Phase.RECORDING for state in live)
            return is_starved(live, source) or (follow and source.frozen_s > MAX_LAG_S)
        return source.phase is Phase.LOST or (source.phase is Phase.STALLED and not source.awaits_disk)

    def _is_over(self) -> bool:
        """Whether waiting longer is of no use: for those that can be heard, and for those that can't."""
        reachable = self._fleet.reachable
        if reachable and not self._are_over(reachable):
            self._absent.note_company()
            return False
        return not self._absent.may_come_back()

    def _are_over(self, states: Sequence[DeviceState]) -> bool:
        """Whether no pulses come any more, or what some still had to deliver does not."""
        now_s = self._fleet.now_s()
        going = [state for state in states if self._may_go_on(state)]
        if not going:
            return True
        if any(state.awaits_disk or state.phase in (Phase.FROZEN, Phase.STALLED) for state in going):
            return False
        if self._first_finish_s is None:
            if any(state.phase is Phase.FINISHED for state in self._fleet):
                self._first_finish_s = now_s
            return False
        return now_s - max(self._first_finish_s, *(state.last_heard_s for state in going)) > GRACE_S

    def _may_go_on(self, state: DeviceState) -> bool:
        if state.phase is Phase.STALLED:
            return state.awaits_bus and self._fleet.now_s() - state.last_heard_s <= STALL_S + BUS_S
        if state.phase is not Phase.FROZEN:
            return True
        at_end = self._ending or any(each.phase is Phase.FINISHED for each in self._fleet)
        return state.frozen_s <= (FROZEN_END_S if at_end else FROZEN_S)

    # --- silence --------------------------------------------------------------------------------------

    def _excuse_silent(self) -> None:
        """Let no row wait for a device that is silent, and see whether it is still connected.

        For one whose process stands still rows wait as long as for any that lags: what that has written and
        queued is told when it goes on, or is read in its file when it is ended.
        """
        for state in self._fleet.live:
            if state.phase is Phase.STALLED and not (state.awaits_disk or state.pace.captures_wait):
                self._aligner.excuse(state.name)
                if state.on_bus is None:
                    state.ask_bus(self._fleet.now_s())
                    self._fleet.send(state.name, FindOnBus())
        self._count_anew()

    def _count_anew(self) -> None:
        """When another device is silent or lost, let those that deliver count who is there without it."""
        silent = frozenset(
            state.name
            for state in self._fleet
            if state.phase is Phase.LOST or (state.phase is Phase.STALLED and state.on_bus is not None)
        )
        if silent - self._silent:
            for state in self._fleet.live:
                if state.phase is Phase.RECORDING:
                    self._fleet.send(state.name, FindOnBus())
        self._silent = silent

    # --- rows -----------------------------------------------------------------------------------------

    def on_entries(self, device: str, entries: Sequence[Entry]) -> None:
        """Hand on what belongs to the take: an end that is asked for may be heard late."""
        end = self._end_pulse
        self._aligner.add(device, [each for each in entries if end is None or each.pulse < end])

    def on_died(self, device: str) -> None:
        """Ask for what a worker that is gone had written and not told."""
        state, file = self._fleet.states[device], self._sink.file_of(device)
        if file is None or self._beginning is None:
            return
        order = Recover(
            file=file,
            settings=state.settings,
            anchor_us=self._beginning.anchors[device].pulse_us,
            after_pulse=state.last_pulse,
        )
        self._fleet.recover(order, device)

    def on_told_all(self, device: str) -> None:
        """Wait for no more of a device that did not come to the end: not before all it recorded is told."""
        if self._fleet.states[device].phase is not Phase.FINISHED:
            self._aligner.lose(device)

    def _tell(self, decided: Iterable[Row]) -> None:
        rows = tuple(decided)
        for row in rows:
            for state, cell in zip(self._fleet, row.cells, strict=True):
                state.decide(cell)
        if rows:
            for observer in self._observers:
                observer.on_rows(rows)
