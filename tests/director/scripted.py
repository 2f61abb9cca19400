"""Scripted workers for the director's tests: they answer at once, and time passes only while it waits."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kinect_sync.devices.port import LIVE, Discovered, Pace
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.link import Post
from kinect_sync.host.identity import this_host
from kinect_sync.readings import Firmware, Jacks
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.topology import expected_jacks
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    Arm,
    Armed,
    Claim,
    Claimed,
    Exited,
    Open,
    Opened,
    Ready,
    Stop,
    Watching,
)

PERIOD_US = 1e6 / 30
HOST = this_host()
"""Of every scripted worker: the director's own."""


@dataclass
class FakeClock:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


class InstantInbox(queue.Queue):
    """An inbox in which waiting for nothing moves the clock instead of the test."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.later: list[tuple[float, Callable[[], None]]] = []

    def get(self, block: bool = True, timeout: float | None = None):
        try:
            return super().get(block=False)
        except queue.Empty:
            self._clock.now_s += timeout or 0.0
            due = [say for at_s, say in self.later if at_s <= self._clock.now_s]
            self.later = [(at_s, say) for at_s, say in self.later if at_s > self._clock.now_s]
            for say in due:
                say()
            raise


def steady(count: int = 4, *, first_us: float = 200_000.0, host_ns: int = 10**12) -> tuple:
    """Captures as a healthy device reports them: (pulse time, host time), one period apart."""
    return tuple(
        (first_us + i * PERIOD_US, host_ns + round((first_us + i * PERIOD_US) * 1000)) for i in range(count)
    )


@dataclass
class Script:
    """How one worker answers; the defaults are a healthy device."""

    on_open: Callable[[], list] | None = None
    on_arm: Callable[[], list] | None = None
    captures_before_master: int = 0
    held: tuple = field(default_factory=steady)
    goes_on: bool = True
    """Whether more comes after what it holds."""
    late_s: float = 0.0
    """How much later than the others it is heard."""
    ready: bool = True
    leaves: bool = True
    reports: bool = True
    """Whether it says ten times a second how things stand, once its cameras run."""


class ScriptedRig:
    """A fleet of scripted workers, and the journal of every command that they were sent, in order."""

    def __init__(
        self,
        rig: RigFields,
        scripts: dict[str, Script] | None = None,
        bench: list | None = None,
        places: Mapping[str, str] | None = None,
    ):
        self.rig = rig
        self.clock = FakeClock()
        self.inbox = InstantInbox(self.clock)
        self.posts: dict[str, Post] = {}
        """Where each device's worker, the newest, gives its events to."""
        self.journal: list[tuple[str, str]] = []
        self.killed: list[str] = []
        self.scripts = {d.name: (scripts or {}).get(d.name, Script()) for d in rig.devices}
        self.bench = bench if bench is not None else healthy_bench(rig)
        self.armed: set[str] = set()
        self.watching: dict[str, Watching] = {}
        """What each has said last of what it sees."""
        self.frozen: set[str] = set()
        """Workers that say nothing of how things stand."""
        self.settling: dict[str, int] = {}
        """Captures that each was told to let go."""
        settings = [rig.settings_of(device) for device in rig.devices]
        self.fleet = Fleet(settings, self.launch, inbox=self.inbox, clock=self.clock)
        for name, script in self.scripts.items():
            if script.ready:
                self.say(name, Ready(protocol=PROTOCOL, pid=1, host=HOST, place=(places or {}).get(name)))

    def launch(self, name: str, post: Post) -> _ScriptedLink:
        self.posts[name] = post
        return _ScriptedLink(self, name)

    def say(self, name: str, event: Value | Exited) -> None:
        self.posts[name].put((name, event))
        if isinstance(event, Watching):
            self.watching[name] = event

    def say_later(self, in_s: float, name: str, event: Value) -> None:
        """Let a worker say something when so much time has passed."""
        self.inbox.later.append((self.clock.now_s + in_s, lambda: self.say(name, event)))

    def order_of(self, kind: str) -> list[str]:
        return [name for name, sent in self.journal if sent == kind]

    def answer(self, name: str, command: Value) -> None:
        script = self.scripts[name]
        match command:
            case Claim():
                self._claim(name, command.index)
            case Open():
                for event in script.on_open() if script.on_open else [opened()]:
                    self.say(name, event)
            case Arm():
                self.settling[name] = command.settling
                self._arm(name, script)
            case Stop() if script.leaves:
                self.say(name, Exited(code=0))

    def _claim(self, worker: str, index: int) -> None:
        found = self.bench[index] if index < len(self.bench) else None
        self.say(worker, Claimed(index=index, device=found))

    def _arm(self, name: str, script: Script) -> None:
        for event in script.on_arm() if script.on_arm else [Armed()]:
            self.say(name, event)
        self.armed.add(name)
        self.watching[name] = Watching(seen=0, held=(), clock=HOST.clock)
        if script.reports:
            self._report(name)
        if script.captures_before_master:
            self.say(name, Watching(seen=script.captures_before_master, held=(), clock=HOST.clock))
        if len(self.armed) == len(self.scripts):
            pulses_in_s = 5.0 if self.rig.external_trigger else 0.0
            for each, its in self.scripts.items():
                if its.held:
                    delivers = Watching(seen=len(its.held) + 2, held=its.held, clock=HOST.clock)
                    self.say_later(pulses_in_s + its.late_s, each, delivers)

    def _report(self, name: str) -> None:
        """Say how things stand, and do so again in a tenth of a second."""
        before, script = self.watching[name], self.scripts[name]
        more = 3 if before.held and script.held and script.goes_on else 0
        if name not in self.frozen:
            self.say(name, before.model_copy(update={"seen": before.seen + more}))
        self.inbox.later.append((self.clock.now_s + 0.1, lambda: self._report(name)))


class _ScriptedLink:
    def __init__(self, rig: ScriptedRig, name: str) -> None:
        self._rig = rig
        self._name = name

    def send(self, command: Value) -> None:
        self._rig.journal.append((self._name, type(command).__name__))
        self._rig.answer(self._name, command)

    def kill(self) -> None:
        self._rig.killed.append(self._name)
        self._rig.say(self._name, Exited(code=-9))

    def join(self, timeout_s: float) -> bool:
        return True


def opened(pace: Pace = LIVE) -> Opened:
    return Opened(jacks=Jacks(sync_in=True, sync_out=True), firmware=None, controls=None, pace=pace)


def healthy_bench(rig: RigFields) -> list[Discovered]:
    jacks = expected_jacks(rig)
    return [
        Discovered(
            index=index,
            serial=device.serial,
            jacks=Jacks(sync_in=jacks[device.name][0], sync_out=jacks[device.name][1]),
            firmware=Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14"),
        )
        for index, device in enumerate(rig.devices)
    ]


def chain(count: int = 3, **changes) -> RigFields:
    names = ["front", "left", "right", "back", "top"][:count]
    devices = [
        {"name": name, "serial": f"{i:012d}", "role": "master" if i == 0 else "subordinate"}
        for i, name in enumerate(names)
    ]
    return RigFields.model_validate({"name": "lab", "topology": "daisy_chain", "devices": devices} | changes)
