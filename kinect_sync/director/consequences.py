"""What follows from what a worker says: for its device, for its file, and for whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatchmethod

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.host_clocks import HostClocks
from kinect_sync.director.listener import Listener
from kinect_sync.director.losses import (
    died,
    hangs,
    host_back,
    host_left,
    host_lost,
    host_missing,
    last_captures_untold,
    left_badly,
    other_version,
    unplugged,
)
from kinect_sync.director.worker_life import WorkerLife
from kinect_sync.findings import Finding
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    ClockRead,
    CutOff,
    Exited,
    Failed,
    Finished,
    Healed,
    Noted,
    OnBus,
    Progress,
    Recovered,
    Stop,
    Stranger,
)

HANG_MS = 3_000
"""A reader that the device has not answered for so long hangs: it asks every 100 ms."""


class Consequences:
    """Draws the consequences of events that the states have taken in."""

    def __init__(
        self,
        workers: Mapping[str, WorkerLife],
        clocks: HostClocks,
        send: Callable[[str, Value], None],
        steady_s: Callable[[], float],
    ) -> None:
        """Follow the events of `workers`, of which each device has one at a time."""
        self.listeners: list[Listener] = []
        self._workers = workers
        self._clocks = clocks
        self._send = send
        self._steady_s = steady_s

    @singledispatchmethod
    def follow(self, event: Value, worker: WorkerLife, state: DeviceState) -> None:
        """Draw the consequences of one event; of most there are none."""

    def give_up_recovery(self, worker: WorkerLife, state: DeviceState) -> None:
        """Do without what a dead worker had written last."""
        state.find(last_captures_untold(state))
        self._end_telling(worker, state)

    # --- the host -------------------------------------------------------------------------------------

    @follow.register
    def _(self, event: ClockRead, _worker: WorkerLife, _state: DeviceState) -> None:
        heard_ns = round(self._steady_s() * 1e9) if event.heard_ns is None else event.heard_ns
        self._clocks.learn(event.clock, sent_ns=event.sent_ns, read_ns=event.time_ns, heard_ns=heard_ns)

    @follow.register
    def _(self, event: CutOff, _worker: WorkerLife, state: DeviceState) -> None:
        """Wait for a host while its devices record; a rig that is not complete does not even start."""
        if not state.recording:
            state.lose(host_missing(event))
        elif not state.gone:
            state.find_again(host_lost(event))
        elif state.phase is Phase.FINISHED:
            state.find_again(host_left(event))

    @follow.register
    def _(self, event: Healed, _worker: WorkerLife, state: DeviceState) -> None:
        if state.recording:
            state.find_again(host_back(event))

    # --- the device -----------------------------------------------------------------------------------

    @follow.register
    def _(self, event: Stranger, _worker: WorkerLife, state: DeviceState) -> None:
        state.lose(other_version(state, event.protocol))

    @follow.register
    def _(self, event: Noted, _worker: WorkerLife, state: DeviceState) -> None:
        for finding in event.findings:
            state.find_again(finding)

    @follow.register
    def _(self, event: Progress, _worker: WorkerLife, state: DeviceState) -> None:
        self._tell_entries(state, event.entries)
        if event.reader_silent_ms > HANG_MS and not state.gone:
            self._lose_device(state, hangs(state, HANG_MS))

    @follow.register
    def _(self, event: OnBus, _worker: WorkerLife, state: DeviceState) -> None:
        if event.listed is False and state.phase is Phase.STALLED:
            self._lose_device(state, unplugged(state))

    def _lose_device(self, state: DeviceState, finding: Finding) -> None:
        """Write off a device whose worker itself still answers, and can close its file."""
        state.lose(finding)
        self._send(state.name, Stop())

    # --- the file -------------------------------------------------------------------------------------

    @follow.register
    def _(self, _event: Finished, worker: WorkerLife, state: DeviceState) -> None:
        self._end_telling(worker, state)

    @follow.register
    def _(self, event: Failed, worker: WorkerLife, state: DeviceState) -> None:
        if worker.recovers:
            self.give_up_recovery(worker, state)
            return
        state.lose(*event.findings)
        if event.closed:
            self._end_telling(worker, state)
        else:
            self._send(state.name, Stop())

    @follow.register
    def _(self, event: Recovered, worker: WorkerLife, state: DeviceState) -> None:
        self._tell_entries(state, event.entries)
        self._end_telling(worker, state)
        self._send(state.name, Stop())

    @follow.register
    def _(self, event: Exited, worker: WorkerLife, state: DeviceState) -> None:
        if worker.recovers:
            if not worker.told_all:
                self.give_up_recovery(worker, state)
            return
        if worker.left_unasked and not state.gone:
            state.lose(died(state, event))
        elif event.code and state.phase is not Phase.LOST and not worker.was_killed:
            state.find(left_badly(state, event))
        if not worker.told_all:
            self._ask_for_the_rest(worker, state)

    def _ask_for_the_rest(self, worker: WorkerLife, state: DeviceState) -> None:
        """Let the listeners ask for what a worker that is gone had written and not told."""
        for listener in self.listeners:
            listener.on_died(state.name)
        if self._workers[state.name] is worker:
            self._end_telling(worker, state)

    def _end_telling(self, worker: WorkerLife, state: DeviceState) -> None:
        worker.told_all = True
        for listener in self.listeners:
            listener.on_told_all(state.name)

    def _tell_entries(self, state: DeviceState, entries: Sequence[Entry]) -> None:
        if entries:
            for listener in self.listeners:
                listener.on_entries(state.name, entries)
