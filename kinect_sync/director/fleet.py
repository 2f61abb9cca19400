"""All workers of one rig: commands go out, events come in, and what is lost is told."""

from __future__ import annotations

import math
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from kinect_sync.director.consequences import Consequences
from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.host_clocks import OFTEN_S, HostClocks, turn_times
from kinect_sync.director.link import Launch
from kinect_sync.director.listener import Listener
from kinect_sync.director.losses import killed, paused, stood_still
from kinect_sync.director.worker_life import LEAVE_S, Stage, WorkerLife
from kinect_sync.errors import Interrupted, KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.start import WORKER_KILLED
from kinect_sync.host.awake import AwakeClock
from kinect_sync.host.identity import HostIdentity, this_host
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.steady import steady_s
from kinect_sync.values import Value
from kinect_sync.wire.messages import CutOff, Exited, ReadClock, Recover, Said, Stop

PAUSE_TOLD_S = 3.0
"""A pause of the director that is worth a word: less happens on a busy computer."""
JOIN_S = 0.5
"""What is left to do of a process that has told its end."""

FleetInbox = queue.Queue[tuple[WorkerLife, Value]]
"""Events of all workers, each with the worker that said it: a device may have two, one after the other."""


class SteadyClock(Protocol):
    """The director's steady clock, injected so that no test has to wait."""

    def __call__(self) -> float:
        """Seconds since some fixed moment."""
        ...


@contextmanager
def launched(
    settings: Sequence[DeviceSettings], launch: Launch, stopping: Callable[[], bool]
) -> Iterator[Fleet]:
    """Start one worker per device; leaving the context leaves no process, camera or file open.

    Not even where a second Ctrl-C does not let the workers leave by themselves. Where it is left with an
    error, that tells of workers that had to be ended, too.
    """
    fleet = Fleet(settings, launch, stopping=stopping)
    try:
        yield fleet
    except (KsyncError, Interrupted) as error:
        _stop(fleet)
        if untold := [each for each in fleet.unclean if each not in error.findings]:
            raise type(error)(*error.findings, *untold) from error
        raise
    finally:
        _stop(fleet)


def _stop(fleet: Fleet) -> None:
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
        inbox: FleetInbox | None = None,
        clock: SteadyClock = steady_s,
        host: HostIdentity | None = None,
    ) -> None:
        """Launch one worker per device; `stopping` tells whether the operator asked to stop.

        `host` is the director's own, whose steady clock `clock` reads.
        """
        self.clocks = HostClocks((host or this_host()).clock)
        self._asked_s = -OFTEN_S
        self._launch = launch
        self.states = {each.name: DeviceState(each) for each in settings}
        self.stopping = stopping
        self.interruptible = True
        """Whether waiting raises `Interrupted` when the operator asked to stop."""
        self._ending = False
        self._inbox: FleetInbox = queue.Queue() if inbox is None else inbox
        self._clock = clock
        self._awake = AwakeClock(clock)
        self._longest_pause_s = 0.0
        self._workers: dict[str, WorkerLife] = {}
        self._consequences = Consequences(self._workers, self.clocks, self.send, clock)
        self._launch_all()

    def __iter__(self) -> Iterator[DeviceState]:
        """Iterate over the devices in the rig's order."""
        return iter(self.states.values())

    def now_s(self) -> float:
        """Return the clock by which patience is counted; it stands still while this process does."""
        return self._awake.now_s

    def moment_s(self) -> float:
        """Return the director's steady clock."""
        return self._clock()

    def send(self, name: str, command: Value) -> None:
        """Send a command to one worker."""
        self._workers[name].tell(command, self.now_s())

    @property
    def listeners(self) -> list[Listener]:
        """Who hears what the workers bring."""
        return self._consequences.listeners

    def reseat(self, workers: Mapping[str, str]) -> None:
        """Give each name the worker of another, all of one host: it is known by now who has which device."""
        lives, known = dict(self._workers), {state.name: (state.sdk, state.findings) for state in self}
        for name, before in workers.items():
            self._workers[name], lives[before].name = lives[before], name
            self.states[name].take_over(*known[before])

    @property
    def live(self) -> list[DeviceState]:
        """The devices from which something may still come."""
        return [state for state in self if not state.gone]

    @property
    def reachable(self) -> list[DeviceState]:
        """Those of them whose hosts can be reached."""
        return [state for state in self.live if state.phase is not Phase.CUT_OFF]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found about the devices, in the rig's order, and about this process.

        What was found of a host is told once, and not for each of its devices.
        """
        pause = [paused(self._longest_pause_s)] if self._longest_pause_s >= PAUSE_TOLD_S else []
        return (*dict.fromkeys(finding for state in self for finding in state.findings), *pause)

    @property
    def unclean(self) -> tuple[Finding, ...]:
        """Which workers had to be ended, so that their devices were not closed."""
        return tuple(each for each in self.findings if each.kind is WORKER_KILLED)

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Pump events until a condition holds; False when the time is over first."""
        deadline_s = self.now_s() + timeout_s
        while not until():
            left_s = deadline_s - self.now_s()
            if left_s <= 0:
                return False
            if self.interruptible and not self._ending and self.stopping():
                raise Interrupted
            self.pump(min(left_s, 0.1))
        return True

    def pump(self, timeout_s: float) -> None:
        """Wait for one event, take in all that are there, and see what the silence of the others means."""
        self._ask_clocks()
        try:
            event = self._inbox.get(timeout=timeout_s)
            self._tick()
            self._take_in(*event)
            while True:
                self._take_in(*self._inbox.get_nowait())
        except queue.Empty:
            self._tick()
        self._look()
        for listener in self.listeners:
            listener.on_pumped()

    def settle(self) -> None:
        """Wait until all is known that was recorded; whoever was told to leave does so, or is ended.

        A dead worker's file may take long to read, and has a limit of its own. Asking to stop shortens none
        of that: who asks for the end of a take wants all that is in its files. Nobody is waited for whose
        host can't be reached.
        """
        self._ending = True
        self.wait(lambda: all(worker.is_told_out for worker in self._workers.values()), math.inf)

    def stop(self, first: str | None = None) -> None:
        """Stop every worker, `first` before the others, and end those that do not leave.

        Where a host can't be reached its agent sees to that, when it has not heard of this director for long.
        """
        self._ending = True
        for name in sorted(self._workers, key=lambda name: name != first):
            self.send(name, Stop())
        self.wait(lambda: all(each.gone or each.is_cut_off for each in self._workers.values()), math.inf)
        for worker in self._workers.values():
            if worker.link is not None and not worker.is_cut_off:
                worker.link.join(LEAVE_S)

    def kill(self) -> None:
        """End every worker at once."""
        for worker in self._workers.values():
            worker.kill(self.now_s())

    def recover(self, order: Recover, device: str) -> None:
        """Let another worker tell what a dead one had written, on its host; `on_told_all` follows."""
        if (link := self._workers[device].link) is not None:
            link.join(JOIN_S)
        try:
            self._start(device)
        except (OSError, UsageError):  # no more processes or files: what was told before has to do
            self._consequences.give_up_recovery(self._workers[device], self.states[device])
            return
        self.states[device].relaunch()
        self.send(device, order)

    def uncertainty_us(self, device: str) -> float:
        """Return how far a device's host times may be off, either way, once they are the director's."""
        host = self.states[device].host
        return self.clocks.uncertainty_us(host.clock, self._now_ns()) if host is not None else 0.0

    def _now_ns(self) -> int:
        return round(self._clock() * 1e9)

    def is_ready(self, state: DeviceState) -> bool:
        """Whether a device's worker runs, and the clock of its host is known."""
        return state.ready and state.host is not None and self.clocks.is_known(state.host.clock)

    def _ask_clocks(self) -> None:
        """Ask a worker of each other host for its clock, now and then: the one that spoke last."""
        if self._clock() - self._asked_s < OFTEN_S:
            return
        self._asked_s = self._clock()
        others = {
            state.host.clock: name
            for name, worker in sorted(self._workers.items(), key=lambda item: item[1].heard_s)
            if worker.answers and (state := self.states[name]).host and state.host.clock != self.clocks.own
        }
        for name in others.values():
            self.send(name, ReadClock(sent_ns=self._now_ns()))

    # --- workers --------------------------------------------------------------------------------------

    def _launch_all(self) -> None:
        try:
            for name in self.states:
                self._start(name)
        except BaseException:
            self.kill()
            raise

    def _start(self, name: str) -> None:
        before = self._workers.get(name)
        worker = WorkerLife(name, place=before.place if before else name)
        worker.link = self._launch(worker.place, _Post(worker, self._inbox))
        self._workers[name] = worker

    def _tick(self) -> None:
        self._longest_pause_s = max(self._longest_pause_s, self._awake.tick())

    def _look(self) -> None:
        """Judge by the director's clock: whoever says nothing can't be judged by what it says."""
        now_s = self.now_s()
        for name, worker in self._workers.items():
            state, before = self.states[name], worker.stage
            end = worker.look(now_s)
            if worker.stage is Stage.KILLED and before is not Stage.KILLED:
                self._note_killed(worker, state)
            state.judge(now_s, frozen_s=worker.frozen_s(now_s))
            if end is not None:
                self._take_in(worker, end)

    def _note_killed(self, worker: WorkerLife, state: DeviceState) -> None:
        """Tell that a worker had to be ended, where that matters to a device."""
        if not worker.has_device:
            return
        finding = killed(state, frozen_s=worker.frozen_s(self.now_s()))
        if worker.told_all or state.gone:
            state.find(finding)
        else:
            state.lose(finding)

    def _take_in(self, worker: WorkerLife, event: Value) -> None:
        if self._workers[worker.name] is not worker or worker.gone:
            return  # the last words of one that another has taken the place of
        state, now_s = self.states[worker.name], self.now_s()
        if isinstance(event, Said):  # a thread of the SDK may talk on where the worker itself stands still
            state.hear(event, now_s)
            return
        if worker.stage is Stage.FROZEN and not isinstance(event, Exited | CutOff):
            state.find_again(stood_still(state, now_s - worker.heard_s))
        worker.hear(event, now_s)
        turned = turn_times(event, self.clocks)
        state.hear(turned, now_s)
        self._consequences.follow(turned, worker, state)


class _Post:
    """Where one worker's events go: each is marked with who said it."""

    def __init__(self, worker: WorkerLife, inbox: FleetInbox) -> None:
        self._worker = worker
        self._inbox = inbox

    def put(self, item: tuple[str, Value]) -> None:
        self._inbox.put((self._worker, item[1]))
