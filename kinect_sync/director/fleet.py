"""All workers of one rig: commands go out, events come in, and what is lost is told."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import singledispatchmethod
from typing import Protocol

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.host_clocks import OFTEN_S, HostClocks, turn_times
from kinect_sync.director.link import Inbox, Launch, Link
from kinect_sync.director.losses import died, hangs, last_captures_untold, left_badly, other_version
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity, this_host
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    ClockRead,
    Exited,
    Failed,
    Progress,
    ReadClock,
    Ready,
    Recover,
    Recovered,
    Stop,
)

LEAVE_S = 3.0
"""What a worker may take to leave when told; then it is ended."""
HANG_MS = 3_000
"""A reader that the device has not answered for so long hangs: it asks every 100 ms."""


class SteadyClock(Protocol):
    """The director's steady clock, injected so that no test has to wait."""

    def __call__(self) -> float:
        """Seconds since some fixed moment."""
        ...


class Listener:
    """Hears what a fleet's workers bring; each method does nothing until it is overridden."""

    def on_entries(self, device: str, entries: Sequence[Entry]) -> None:
        """Take what a device recorded or dropped, in pulse order."""

    def on_lost(self, device: str) -> None:
        """Learn that nothing more counts of what a device may still say."""

    def on_recovered(self, device: str, entries: Sequence[Entry]) -> None:
        """Take what a worker that died had recorded and not told; nothing where that can't be read."""

    def on_pumped(self) -> None:
        """Learn that all events that were there are taken in."""


@contextmanager
def launched(
    settings: Sequence[DeviceSettings], launch: Launch, stopping: Callable[[], bool]
) -> Iterator[Fleet]:
    """Start one worker per device; leaving the context leaves no process, camera or file open.

    Not even where a second Ctrl-C does not let the workers leave by themselves.
    """
    fleet = Fleet(settings, launch, stopping=stopping)
    try:
        yield fleet
    finally:
        try:
            fleet.stop()
        except BaseException:
            fleet.kill()
            raise


class Fleet:
    """Sends to workers, pumps their events into the states, and waits with a time limit."""

    def __init__(
        self,
        settings: Sequence[DeviceSettings],
        launch: Launch,
        *,
        stopping: Callable[[], bool] = lambda: False,
        inbox: Inbox | None = None,
        clock: SteadyClock = time.monotonic,
        host: HostIdentity | None = None,
    ) -> None:
        """Launch one worker per device; `stopping` tells whether the operator asked to stop.

        `host` is the director's own, whose steady clock `clock` reads.
        """
        self.clocks = HostClocks((host or this_host()).clock)
        self._asked_s = -OFTEN_S
        self._recovering: set[str] = set()
        self._launch = launch
        self.states = {each.name: DeviceState(each) for each in settings}
        self.listeners: list[Listener] = []
        self.stopping = stopping
        self.interruptible = True
        """Whether waiting raises `Interrupted` when the operator asked to stop."""
        self._inbox: Inbox = Inbox() if inbox is None else inbox
        self._clock = clock
        self._stopped: set[str] = set()
        self._killed: set[str] = set()
        self._links = _launch_all(self.states, launch, self._inbox)

    def __iter__(self) -> Iterator[DeviceState]:
        """Iterate over the devices in the rig's order."""
        return iter(self.states.values())

    def now_s(self) -> float:
        """Return the director's clock."""
        return self._clock()

    def send(self, name: str, command: Value) -> None:
        """Send a command to one worker."""
        if isinstance(command, Stop):
            self._stopped.add(name)
        self._links[name].send(command)

    @property
    def live(self) -> list[DeviceState]:
        """The devices from which something may still come."""
        return [state for state in self if not state.gone]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found about the devices, in the rig's order."""
        return tuple(finding for state in self for finding in state.findings)

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Pump events until a condition holds; False when the time is over first."""
        deadline_s = self._clock() + timeout_s
        while not until():
            left_s = deadline_s - self._clock()
            if left_s <= 0:
                return False
            if self.interruptible and not self._stopped and self.stopping():
                raise Interrupted
            self.pump(min(left_s, 0.1))
        return True

    def pump(self, timeout_s: float) -> None:
        """Wait for one event, then take in all that are there."""
        self._ask_clocks()
        try:
            self._take_in(*self._inbox.get(timeout=timeout_s))
            while True:
                self._take_in(*self._inbox.get_nowait())
        except queue.Empty:
            for listener in self.listeners:
                listener.on_pumped()

    def stop(self, first: str | None = None) -> None:
        """Stop every worker, `first` before the others, and end those that do not leave."""
        for name in sorted(self._links, key=lambda name: name != first):
            self.send(name, Stop())
        self.wait(lambda: all(state.exited for state in self), LEAVE_S)
        for state in self:
            if not state.exited:
                self._killed.add(state.name)
                self._links[state.name].kill()
        self.wait(lambda: all(state.exited for state in self), LEAVE_S)
        for link in self._links.values():
            link.join(LEAVE_S)

    def kill(self) -> None:
        """End every worker at once."""
        for link in self._links.values():
            link.kill()

    def recover(self, order: Recover, device: str) -> None:
        """Let another worker tell what a dead one had written, on its host; `on_recovered` follows."""
        self._recovering.add(device)
        self._links[device].join(LEAVE_S)
        try:
            self._links[device] = self._launch(device, self._inbox)
        except OSError:  # no more processes or files: what was told before has to do
            self._give_up_recovery(device)
            return
        self.states[device].relaunch()
        self.send(device, order)

    def await_recoveries(self, timeout_s: float) -> None:
        """Wait until it is known what workers that died had written."""
        self.wait(lambda: not self._recovering, timeout_s)
        for device in sorted(self._recovering):
            self._give_up_recovery(device)

    def _give_up_recovery(self, device: str) -> None:
        state = self.states[device]
        state.find(last_captures_untold(state))
        self._end_recovery(device, ())

    def _end_recovery(self, device: str, entries: Sequence[Entry]) -> None:
        self._recovering.discard(device)
        for listener in self.listeners:
            listener.on_recovered(device, entries)

    def uncertainty_us(self, device: str) -> float:
        """Return how far a device's host times may be off, either way, once they are the director's."""
        host = self.states[device].host
        return self.clocks.uncertainty_us(host.clock, self._now_ns()) if host is not None else 0.0

    def _now_ns(self) -> int:
        return round(self._clock() * 1e9)

    def lose(self, state: DeviceState, *findings: Finding) -> None:
        """Write a device off: nothing that it may still say counts."""
        if state.gone:
            return
        state.lose(*findings)
        for listener in self.listeners:
            listener.on_lost(state.name)

    def is_ready(self, state: DeviceState) -> bool:
        """Whether a device's worker runs, and the clock of its host is known."""
        return state.ready and state.host is not None and self.clocks.is_known(state.host.clock)

    def _ask_clocks(self) -> None:
        """Ask a worker of each other host for its clock, now and then."""
        if self._clock() - self._asked_s < OFTEN_S:
            return
        self._asked_s = self._clock()
        others = {
            state.host.clock: state.name
            for state in self
            if state.host is not None and not state.exited and state.host.clock != self.clocks.own
        }
        for name in others.values():
            self.send(name, ReadClock(sent_ns=self._now_ns()))

    # --- events ---------------------------------------------------------------------------------------

    def _take_in(self, name: str, event: Value) -> None:
        state = self.states[name]
        turned = turn_times(event, self.clocks)
        state.hear(turned, self._clock())
        self._follow(turned, state)

    @singledispatchmethod
    def _follow(self, event: Value, state: DeviceState) -> None:
        """Draw the consequences of an event that the state has taken in; of most there are none."""

    @_follow.register
    def _(self, event: ClockRead, _state: DeviceState) -> None:
        heard_ns = self._now_ns()
        self.clocks.learn(event.clock, sent_ns=event.sent_ns, read_ns=event.time_ns, heard_ns=heard_ns)

    @_follow.register
    def _(self, event: Recovered, state: DeviceState) -> None:
        self.send(state.name, Stop())
        self._end_recovery(state.name, event.entries)

    @_follow.register
    def _(self, event: Exited, state: DeviceState) -> None:
        if state.name in self._recovering:
            self._give_up_recovery(state.name)
        elif state.name not in self._stopped:
            self.lose(state, died(state, event))
        elif event.code and state.phase is not Phase.LOST and state.name not in self._killed:
            state.find(left_badly(state, event))

    @_follow.register
    def _(self, event: Failed, state: DeviceState) -> None:
        if state.name in self._recovering:
            self._give_up_recovery(state.name)
        self.lose(state, *event.findings)

    @_follow.register
    def _(self, event: Ready, state: DeviceState) -> None:
        if event.protocol != PROTOCOL:
            self.lose(state, other_version(state, event.protocol))

    @_follow.register
    def _(self, event: Progress, state: DeviceState) -> None:
        if event.entries:
            for listener in self.listeners:
                listener.on_entries(state.name, event.entries)
        if event.reader_silent_ms > HANG_MS and not state.gone:
            self.lose(state, hangs(state, HANG_MS))
            self.send(state.name, Stop())  # the worker itself still answers, and can close its file


def _launch_all(names: Iterable[str], launch: Launch, inbox: Inbox) -> dict[str, Link]:
    links: dict[str, Link] = {}
    try:
        for name in names:
            links[name] = launch(name, inbox)
    except BaseException:
        for link in links.values():
            link.kill()
        raise
    return links
