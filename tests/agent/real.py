"""The director of a run that a test writes down line by line, over real worker processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from kinect_sync.benches.choice import Simulation
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.values import Value
from kinect_sync.wire.hosts import KEEP_S, Answer, Envelope, Heard, Launch, Lead, Lease, Replay, Running, Tell
from kinect_sync.wire.lines import HostSilent
from kinect_sync.wire.messages import (
    Arm,
    Discover,
    Inventory,
    Open,
    Record,
    RecordingFile,
    Watching,
)
from tests.cli.commands import wait_until

LEASE = Lease(director="studio", run="run-1", epoch=1)
EventT = TypeVar("EventT", bound=Value)
AnswerT = TypeVar("AnswerT")
Ask = Callable[[Envelope], Answer]


def until_heard(ask: Callable[[], AnswerT]) -> AnswerT:
    """Ask until somebody answers: an agent is silent for some seconds where the machine is busy."""
    answers: list[AnswerT] = []

    def is_answered() -> bool:
        with suppress(HostSilent):
            answers.append(ask())
        return bool(answers)

    wait_until(is_answered, "a host answers")
    return answers[0]


class Directing:
    """A director of one host: it says that it is there, numbers what it tells, and keeps what it heard."""

    def __init__(self, ask: Ask, lease: Lease = LEASE) -> None:
        self._ask = ask
        self._lease = lease
        self._numbers: dict[str, int] = {}
        self.events: dict[str, dict[int, Value]] = {}
        """By worker and number."""

    def hear(self, heard: Heard) -> None:
        if heard.number is not None:
            self.events.setdefault(heard.worker, {})[heard.number] = heard.event

    def ask(self, request: Value) -> Answer:
        return self._ask(Envelope.model_validate({"lease": self._lease, "request": request}))

    def lead(self) -> Answer:
        return self.ask(Lead(heard={worker: self.heard_to(worker) for worker in list(self.events)}))

    def heard_to(self, worker: str) -> int:
        """The number up to which nothing is missing."""
        numbers = self.events.get(worker, {})
        return next(number for number in range(len(numbers) + 1) if number + 1 not in numbers)

    def insist(self, request: Value) -> Answer:
        """Ask until an answer comes.

        A launch is known by its name, and a command by its number: neither is carried out twice.
        """
        return until_heard(lambda: self.ask(request))

    def launch(self, worker: str, bench: Simulation, take: str | None) -> None:
        text = bench.model_dump_json(by_alias=True)
        answer = self.insist(Launch(worker=worker, bench=text, take=take))
        assert answer.kind == "done", answer

    def tell(self, worker: str, command: Value) -> None:
        self._numbers[worker] = number = self._numbers.get(worker, 0) + 1
        answer = self.insist(Tell.model_validate({"worker": worker, "number": number, "command": command}))
        assert answer.kind == "done", answer

    def catch_up(self) -> None:
        """Say that it is there, and ask for all that was not heard."""
        running = self.lead()
        assert isinstance(running, Running)
        for worker, last in running.workers.items():
            if (after := self.heard_to(worker)) < last:
                self.ask(Replay(worker=worker, after=after))

    def said(self, worker: str, kind: type[EventT]) -> list[EventT]:
        """What a worker said of a kind, in order, up to where something is missing."""
        events = self.events.get(worker, {})
        whole = [events[number] for number in range(1, self.heard_to(worker) + 1)]
        return [event for event in whole if isinstance(event, kind)]

    def wait_for(self, worker: str, kind: type[EventT]) -> EventT:
        wait_until(lambda: self.said(worker, kind), f"{worker} says {kind.__name__}")
        return self.said(worker, kind)[0]

    def record(
        self, worker: str, bench: Simulation, device: DeviceSettings, take: str, end_pulse: int | None
    ) -> None:
        """Bring a new worker of a standalone device to where it records."""
        self.launch(worker, bench, take)
        self.tell(worker, Discover())
        (found,) = [each for each in self.wait_for(worker, Inventory).devices if each.serial == device.serial]
        self.tell(worker, Open(settings=device, index=found.index))
        self.tell(worker, Arm())
        wait_until(lambda: any(each.held for each in self.said(worker, Watching)), "captures come")
        anchor_us = next(each.held[0][0] for each in self.said(worker, Watching) if each.held)
        file = RecordingFile(take=take, name=f"{device.name}.mkv")
        self.tell(worker, Record(file=file, anchor_us=anchor_us, end_pulse=end_pulse))


@contextmanager
def keeping(director: Directing) -> Iterator[None]:
    """Let a director say that it is there, and miss nothing, for as long as the context lasts."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(KEEP_S):
            with suppress(HostSilent):
                director.catch_up()

    until_heard(director.catch_up)
    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
