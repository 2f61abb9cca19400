"""A worker that a test plays: it listens where an agent looks for it, and says what the test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from kinect_sync.agent.agent import Agent, Lender
from kinect_sync.agent.state_folder import StateFolder
from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.launching import Assignment, read_assignment
from kinect_sync.host.awake import AwakeClock
from kinect_sync.host.identity import HostIdentity
from kinect_sync.values import Value
from kinect_sync.wire.hosts import Answer, Envelope, Heard, Launch, Lead, Lease, Running
from kinect_sync.wire.lodging import Commanded, Errand, Place, Told, Welcome, Word, numbered, read_word
from kinect_sync.wire.messages import as_line
from kinect_sync.worker.meeting_place import meeting_place
from kinect_sync.worker.site import Site

HOST = HostIdentity(name="host-b", clock="a boot of host-b")
KINECTS = Kinects().model_dump_json()
LEASE = Lease(director="studio", run="run-1", epoch=1)


class ScriptedWorker:
    """A worker's process without a process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.output = place.output
        self.output.touch()
        self.pid = 1
        self.said = 0
        self._ended = threading.Event()
        self._code: int | None = None
        self._open = ExitStack()
        address = self._open.enter_context(meeting_place(self.place.folder))
        self._listener = self._open.enter_context(Listener(address, authkey=self.place.key.read_bytes()))
        self._agent: Connection | None = None

    def welcome(self, *, first: int = 1, last: int | None = None, told: int = 0) -> None:
        """Let the agent in, and tell it how far things are."""
        last = first - 1 if last is None else last
        self.greet(as_line(Welcome(errand=Errand(), told=told, first=first, last=last, alone_s=0.0)))
        self.said = first - 1

    def greet(self, text: bytes) -> None:
        """Let the agent in, and tell it something."""
        self._agent = self._open.enter_context(self._listener.accept())
        self._agent.send_bytes(text)

    def say_strangely(self, text: bytes) -> None:
        """Say what a worker of another version might."""
        assert self._agent is not None
        self.said += 1
        self._agent.send_bytes(numbered(self.said, text))

    def say(self, *events: Value) -> None:
        assert self._agent is not None
        for event in events:
            self.said += 1
            self._agent.send_bytes(numbered(self.said, as_line(event)))

    def hear(self) -> Word:
        """The next thing that the agent says."""
        assert self._agent is not None
        return read_word(self._agent.recv_bytes())

    def hear_told(self) -> Told:
        """The next command; how often its director is said to be there is another matter."""
        while not isinstance(word := self.hear(), Told):
            continue
        return word

    def hear_of_heard(self, number: int) -> None:
        """Wait until the agent says that so much was heard."""
        while not isinstance(word := self.hear(), Commanded) or word.heard < number:
            continue

    def end(self, code: int) -> None:
        self._code = code
        self._ended.set()
        self._open.close()

    # --- what the agent does with a process -----------------------------------------------------------

    def kill(self) -> None:
        self.end(-9)

    def runs(self) -> bool:
        return not self._ended.is_set()

    def wait(self) -> int | None:
        self._ended.wait()
        return self._code


class Hosted:
    """An agent whose time the test lets pass, and whose workers it plays."""

    def __init__(self, folder: Path, *, simulates: bool = False) -> None:
        self.takes = folder / "takes"
        self.heard: list[Heard] = []
        self.tell: Callable[[Heard], object] = self.heard.append
        """Takes what is told to the director."""
        self.said: list[str] = []
        self.workers: dict[str, ScriptedWorker] = {}
        self.assignments: dict[str, Assignment] = {}
        self.now_s = 0.0
        self.state = StateFolder(folder / "state")
        self.clock = AwakeClock(lambda: self.now_s)
        self.lender = Lender("host-b", Site(self.takes, HOST, lambda: 77), simulates=simulates)
        self.restart()

    def restart(self) -> None:
        """Have another agent in the place of the one before."""
        self.agent = Agent(
            self.lender, self.state, self._send, self.said.append, clock=self.clock, start=self._start
        )

    def _send(self, events: Iterable[Heard]) -> None:
        for event in events:
            self.tell(event)

    def _start(self, command: Sequence[str], output: Path) -> ScriptedWorker:
        assignment = read_assignment(command[-1])
        assert assignment.lodging is not None
        assert assignment.lodging.output == output
        worker = ScriptedWorker(assignment.lodging)
        name = worker.place.folder.name
        self.workers[name], self.assignments[name] = worker, assignment
        return worker

    def ask(self, request: Value, lease: Lease | None = LEASE) -> Answer:
        return self.agent.answer(Envelope.model_validate({"lease": lease, "request": request})).answer

    def lead(self, lease: Lease | None = LEASE, **heard: int) -> Answer:
        return self.ask(Lead(heard=heard), lease)

    def running(self, lease: Lease = LEASE, **heard: int) -> Mapping[str, int]:
        """What the agent says of the workers of a run, when it is led."""
        answer = self.lead(lease, **heard)
        assert isinstance(answer, Running), answer
        return answer.workers

    def launch(self, worker: str = "walk", **wanted: object) -> ScriptedWorker:
        """Have a worker started that the agent reaches."""
        request = Launch.model_validate({"worker": worker, "bench": KINECTS, **wanted})
        answer = self.ask(request)
        assert answer.kind == "done", answer
        self.workers[worker].welcome()
        return self.workers[worker]

    def let_pass(self, seconds: float) -> None:
        """Let time pass in which the agent runs."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + 0.5, until_s)
            self.agent.tick()

    def close(self) -> None:
        for each in self.workers.values():
            each.end(0)
        self.state.close()
