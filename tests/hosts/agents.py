"""An agent that a test plays: it numbers what its workers say, keeps it, and answers as an agent does."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.values import Value
from kinect_sync.wire.hosts import (
    HOSTS_PROTOCOL,
    Answer,
    Apply,
    Describe,
    Description,
    Done,
    End,
    Envelope,
    Heard,
    Launch,
    Lead,
    Lease,
    Leave,
    Refused,
    Replay,
    Running,
    Tell,
)
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.messages import ClockRead, ReadClock
from tests.hosts.lines import InProcessLine

IN_USE = Finding(code="host-in-use", what="studio-2 commands this host")


class PlayedAgent:
    """One host's agent, without workers: the test says what they say."""

    def __init__(self, line: InProcessLine, host: str, *, epoch: int = 0) -> None:
        self.host = host
        self.line = line
        self.epoch = epoch
        self.lease: Lease | None = None
        self.leases: list[Lease] = []
        """Under which it was led."""
        self.in_use = False
        self.refusal: Finding | None = None
        """Why it launches nothing."""
        self.awaited: set[str] = set()
        """Workers that have not said yet how far they are."""
        self.replays_at_once: int | None = None
        """Events that it tells again at once; the test tells the others, as a slow network does."""
        self.protocol = HOSTS_PROTOCOL
        self.clock_ns = 0
        self.asked: list[Value] = []
        """What it was asked, in order, but for its clock and to be led."""
        self.told: dict[str, list[Value]] = {}
        """By worker, the commands that were passed on."""
        self.heard: dict[str, int] = {}
        """By worker, up to where the director has heard it."""
        self.events: dict[str, list[Value]] = {}
        self._numbers: dict[str, int] = {}
        self.come()

    def come(self) -> None:
        """Be there."""
        self.end = self.line.agent(self.host, self.answer)

    def say(self, worker: str, *events: Value) -> None:
        """Let a worker say something."""
        for event in events:
            self.events[worker].append(event)
            self.end.tell(self._heard(worker, len(self.events[worker])))

    def tell_again(self, worker: str, number: int) -> None:
        """Let an event come that was asked for."""
        self.end.tell(self._heard(worker, number))

    @property
    def workers(self) -> list[str]:
        return list(self.events)

    def answer(self, envelope: Envelope) -> Answered:
        return Answered(self._answer(envelope))

    def _heard(self, worker: str, number: int) -> Heard:
        event = self.events[worker][number - 1]
        return Heard.model_validate({"worker": worker, "number": number, "event": event})

    def _answer(self, envelope: Envelope) -> Answer:
        request = envelope.request
        if isinstance(request, Describe):
            return self._describe()
        if isinstance(request, ReadClock):
            return ClockRead(clock=self.host, sent_ns=request.sent_ns, time_ns=self.clock_ns)
        assert envelope.lease is not None
        if self.in_use:
            return Refused(findings=(IN_USE,))
        if isinstance(request, Apply):
            return Done()
        if isinstance(request, Lead):
            self.leases.append(envelope.lease)
            self.lease = envelope.lease
            self.heard.update(request.heard)
            return self._running()
        self.asked.append(request)
        return self._do(request)

    def _do(self, request: Value) -> Answer:
        match request:
            case Leave():
                self.lease = None
            case Launch() if self.refusal is not None:
                return Refused(findings=(self.refusal,))
            case Launch():
                self.events.setdefault(request.worker, [])
                self.told.setdefault(request.worker, [])
            case Tell() if request.number == self._numbers.get(request.worker, 0) + 1:
                self._numbers[request.worker] = request.number
                self.told[request.worker].append(request.command)
            case Replay():
                said = range(request.after + 1, len(self.events[request.worker]) + 1)
                for number in said[: self.replays_at_once]:
                    self.end.tell(self._heard(request.worker, number))
            case End():
                pass
        return Done()

    def forget(self, worker: str, number: int) -> None:
        """Lose the commands after one, as an agent does that ends before it has passed them on."""
        self._numbers[worker] = number
        del self.told[worker][number:]

    def _running(self) -> Running:
        known = [worker for worker in self.events if worker not in self.awaited]
        return Running(
            workers={worker: len(self.events[worker]) if worker in known else 0 for worker in self.events},
            awaited=tuple(self.awaited),
            told={worker: self._numbers.get(worker, 0) for worker in known},
        )

    def _describe(self) -> Description:
        return Description(
            protocol=self.protocol, ksync="1.0", name=self.host,
            host=HostIdentity(name=f"{self.host}.example", clock=self.host), system="Linux", machine="x86_64",
            free_bytes=10**12, simulates=False, epoch=self.epoch, lease=self.lease,
        )  # fmt: skip
