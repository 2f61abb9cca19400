"""All workers of one rig, and what each was last heard to say."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import singledispatchmethod
from typing import Protocol

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.link import Exited, Inbox, Launch, Link
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    Armed,
    Failed,
    Finished,
    Inventory,
    Opened,
    Progress,
    Ready,
    Stop,
    Watching,
)

LEAVE_S = 3.0
"""What a worker may take to leave when told; then it is ended."""
HANG_MS = 3_000
"""A reader that the device has not answered for so long hangs: it asks every 100 ms."""
STALL_S = 3.0
"""A device that records and delivers nothing for so long has stalled (15 captures at 5 fps)."""
DISK_STALL_S = 30.0
"""A disk that has taken nothing for so long has stalled: a shared one may pause for many seconds."""


class Clock(Protocol):
    """The host's steady clock, injected so that no test has to wait."""

    def __call__(self) -> float:
        """Seconds since some fixed moment."""
        ...


@contextmanager
def launched(settings: Sequence[DeviceSettings], launch: Launch) -> Iterator[Fleet]:
    """Start one worker per device; leaving the context leaves no process, camera or file open."""
    inbox: Inbox = Inbox()
    links: dict[str, Link] = {}
    try:
        for each in settings:
            links[each.name] = launch(each.name, inbox)
        fleet = Fleet(settings, links, inbox)
    except BaseException:
        for link in links.values():
            link.kill()
        raise
    try:
        yield fleet
    finally:
        fleet.stop()


class Interrupted(Exception):
    """The operator asked to stop before anything was recorded."""


class Fleet:
    """Sends to workers, pumps their events into the states, and waits with a time limit."""

    def __init__(
        self,
        settings: Iterable[DeviceSettings],
        links: Mapping[str, Link],
        inbox: Inbox,
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        """Take one link per device, by name, all of which put their events into `inbox`."""
        self.states = {each.name: DeviceState(each) for each in settings}
        self._links = dict(links)
        self._inbox = inbox
        self._clock = clock
        self._stopped: set[str] = set()
        self._killed: set[str] = set()
        self.interrupted: Callable[[], bool] = _never
        self.on_entries: Callable[[str, tuple[Entry, ...]], None] = _ignore
        self.on_lost: Callable[[str], None] = _ignore
        self.on_change: Callable[[], None] = _ignore

    def __iter__(self) -> Iterator[DeviceState]:
        """Iterate over the devices in the rig's order."""
        return iter(self.states.values())

    def now_s(self) -> float:
        """Return the fleet's clock."""
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
            if self.interrupted() and not self._stopped:
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
            self.on_change()

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
        state.phase = Phase.LOST
        state.findings.extend(findings)
        self.on_lost(state.name)

    # --- events ---------------------------------------------------------------------------------------

    def _take_in(self, name: str, event: Value | Exited) -> None:
        self._hear(event, self.states[name])

    @singledispatchmethod
    def _hear(self, event: object, state: DeviceState) -> None:
        raise TypeError(f"{state.name} said {event!r}, which is no event")

    @_hear.register
    def _(self, event: Exited, state: DeviceState) -> None:
        state.exited = True
        if state.name not in self._stopped:
            self.lose(state, _died(state, event))
        elif event.code and state.phase is not Phase.LOST and state.name not in self._killed:
            state.findings.append(_left_badly(state, event))

    @_hear.register
    def _(self, event: Failed, state: DeviceState) -> None:
        self.lose(state, *event.findings)

    @_hear.register
    def _(self, event: Ready, state: DeviceState) -> None:
        state.ready = True
        if event.protocol != PROTOCOL:
            self.lose(state, _other_version(state, event.protocol))

    @_hear.register
    def _(self, event: Inventory, state: DeviceState) -> None:
        state.inventory = event.devices

    @_hear.register
    def _(self, event: Opened, state: DeviceState) -> None:
        state.jacks, state.firmware, state.controls = event.jacks, event.firmware, event.controls
        state.phase = Phase.OPEN

    @_hear.register
    def _(self, _event: Armed, state: DeviceState) -> None:
        state.phase = Phase.ARMED

    @_hear.register
    def _(self, event: Watching, state: DeviceState) -> None:
        state.seen, state.held = event.seen, event.held
        if event.held and not state.gone:
            state.phase = Phase.DELIVERING

    @_hear.register
    def _(self, event: Finished, state: DeviceState) -> None:
        state.captures, state.written_bytes = event.captures, event.written_bytes
        state.queued_bytes, state.closing = 0, False
        if not state.gone:
            state.phase = Phase.FINISHED

    @_hear.register
    def _(self, event: Progress, state: DeviceState) -> None:
        state.captures = event.captures
        state.newest_pulse = event.newest_pulse
        state.queue_full = event.queue_full
        state.queued_bytes, state.written_bytes = event.queued_bytes, event.written_bytes
        state.closing = event.closing
        state.queue_peak_bytes = max(state.queue_peak_bytes, event.queued_bytes)
        if event.entries:
            state.last_pulse = max(state.last_pulse, event.entries[-1].pulse)
            state.last_heard_s = self._clock()
            self.on_entries(state.name, event.entries)
        if not state.gone:
            self._judge_liveness(state, event.reader_silent_ms)

    def _judge_liveness(self, state: DeviceState, reader_silent_ms: int) -> None:
        if reader_silent_ms > HANG_MS:
            self.lose(state, _hangs(state))
            self.send(state.name, Stop())  # the worker itself still answers, and can close its file
        elif self._clock() - state.last_heard_s > (DISK_STALL_S if state.awaits_disk else STALL_S):
            state.phase = Phase.STALLED
        else:
            state.phase = Phase.RECORDING


def _ignore(*_: object) -> None:
    """Do nothing: nobody listens yet."""


def _never() -> bool:
    return False


def _died(state: DeviceState, event: Exited) -> Finding:
    return Finding(
        code="worker-died",
        device=state.name,
        what=f"the device's process ended while {state.phase.value} {_last_words(event)}",
        remedy="what it had recorded is kept; replug the device and start the rig again",
    )


def _left_badly(state: DeviceState, event: Exited) -> Finding:
    return Finding(
        code="worker-left-badly",
        severity=Severity.WARNING,
        device=state.name,
        what=f"the device's process failed after its file was closed {_last_words(event)}",
        remedy="the recording is whole; replug the device if it does not open next time",
    )


def _last_words(event: Exited) -> str:
    words = f"; its last words: {' / '.join(event.last_words[-3:])}" if event.last_words else ""
    return f"(exit status {event.code}){words}"


def _other_version(state: DeviceState, protocol: int) -> Finding:
    return Finding(
        code="worker-version",
        device=state.name,
        what=f"the device's process speaks version {protocol} of the protocol, this one {PROTOCOL}",
        remedy="install the same version of ksync everywhere",
    )


def _hangs(state: DeviceState) -> Finding:
    return Finding(
        code="device-hangs",
        device=state.name,
        what=f"the SDK has not answered for {HANG_MS // 1000} s while {state.phase.value}",
        remedy="what it had recorded is kept; replug the device and start the rig again",
    )
