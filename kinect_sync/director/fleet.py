"""All workers of one rig: commands go out, events come in, and what is lost is told."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import singledispatchmethod
from typing import Protocol

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.link import Inbox, Launch, Link
from kinect_sync.director.losses import died, hangs, left_badly, other_version
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.wire.messages import PROTOCOL, Exited, Failed, Progress, Ready, Stop

LEAVE_S = 3.0
"""What a worker may take to leave when told; then it is ended."""
HANG_MS = 3_000
"""A reader that the device has not answered for so long hangs: it asks every 100 ms."""


class SteadyClock(Protocol):
    """The director's steady clock, injected so that no test has to wait."""

    def __call__(self) -> float:
        """Seconds since some fixed moment."""
        ...


class Interrupted(Exception):
    """The operator asked to stop before anything was recorded."""


class Listener:
    """Hears what a fleet's workers bring; each method does nothing until it is overridden."""

    def on_entries(self, device: str, entries: Sequence[Entry]) -> None:
        """Take what a device recorded or dropped, in pulse order."""

    def on_lost(self, device: str) -> None:
        """Learn that nothing more counts of what a device may still say."""

    def on_pumped(self) -> None:
        """Learn that all events that were there are taken in."""


@contextmanager
def launched(
    settings: Sequence[DeviceSettings], launch: Launch, stopping: Callable[[], bool]
) -> Iterator[Fleet]:
    """Start one worker per device; leaving the context leaves no process, camera or file open."""
    fleet = Fleet(settings, launch, stopping=stopping)
    try:
        yield fleet
    finally:
        fleet.stop()


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
    ) -> None:
        """Launch one worker per device; `stopping` tells whether the operator asked to stop."""
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

    def lose(self, state: DeviceState, *findings: Finding) -> None:
        """Write a device off: nothing that it may still say counts."""
        if state.gone:
            return
        state.lose(*findings)
        for listener in self.listeners:
            listener.on_lost(state.name)

    # --- events ---------------------------------------------------------------------------------------

    def _take_in(self, name: str, event: Value) -> None:
        state = self.states[name]
        state.hear(event, self._clock())
        self._follow(event, state)

    @singledispatchmethod
    def _follow(self, event: Value, state: DeviceState) -> None:
        """Draw the consequences of an event that the state has taken in; of most there are none."""

    @_follow.register
    def _(self, event: Exited, state: DeviceState) -> None:
        if state.name not in self._stopped:
            self.lose(state, died(state, event))
        elif event.code and state.phase is not Phase.LOST and state.name not in self._killed:
            state.find(left_badly(state, event))

    @_follow.register
    def _(self, event: Failed, state: DeviceState) -> None:
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
