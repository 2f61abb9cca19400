"""Lines in one process: directors and agents that are joined without a network, and can be parted.

Whatever is sent is with the other side when the call returns, on the caller's thread. So a test knows what
was heard, and when; what a network does otherwise is tested over networks.
"""

from __future__ import annotations

from dataclasses import dataclass

from kinect_sync.findings import Finding
from kinect_sync.wire.hosts import Envelope, Heard, read_answer, read_envelope, read_heard
from kinect_sync.wire.lines import Answered, AnswerTo, AwaitAnswer, Hear, HostSilent, Notice


def unreachable(host: str) -> Finding:
    """Say why a host is absent, as whoever dials would."""
    return Finding(code="host-unreachable", what=f"{host} does not answer")


class InProcessLine:
    """Joins the directors and the agents of one studio."""

    def __init__(self, *, through_json: bool = False) -> None:
        """Pass values on as they are, or write and read each of them as a network has to."""
        self.through_json = through_json
        self.agents: dict[str, AgentEnd] = {}
        self.directors: list[DirectorEnd] = []
        self.parted: set[str] = set()
        """Hosts that are cut off."""
        self.answers_lost: set[str] = set()
        """Hosts that get what they are asked, and whose answers are lost."""
        self.asks_ahead = False
        """Whether what is asked ahead is with the agent at once, before anything else is answered."""
        self.events_lost: set[str] = set()
        """Hosts that are there, and whose events are lost."""

    # --- the ends -------------------------------------------------------------------------------------

    def agent(self, host: str, answer: AnswerTo) -> AgentEnd:
        """Be there as the agent of a host from now on; one that was there before is there no more."""
        if host in self.agents:
            self.agents[host].close()
        end = self.agents[host] = AgentEnd(self, host, answer)
        self._notice(host)
        return end

    def director(self, hear: Hear, notice: Notice) -> DirectorEnd:
        """Be a director from now on; it is told of the agents that are there."""
        end = DirectorEnd(self, hear, notice)
        self.directors.append(end)
        for host in list(self.agents):
            if self.is_present(host):
                notice(host, True)
        return end

    # --- the link -------------------------------------------------------------------------------------

    def cut(self, host: str) -> None:
        """Part a host from every director: nothing gets through, either way, and directors notice."""
        self.parted.add(host)
        self._notice(host)

    def heal(self, host: str) -> None:
        """Join a host that was parted; what was sent meanwhile is lost."""
        self.parted.discard(host)
        self._notice(host)

    def is_present(self, host: str) -> bool:
        """Tell whether a host's agent can be reached."""
        return host in self.agents and host not in self.parted

    # --- what the ends do -----------------------------------------------------------------------------

    def ask(self, host: str, envelope: Envelope) -> Answered:
        """Bring a request to an agent, and its answer back."""
        if not self.is_present(host):
            raise HostSilent(host)
        answered = self.agents[host].answer(self._request(envelope))
        if host in self.answers_lost or not self.is_present(host):
            raise HostSilent(host)
        if not self.through_json:
            return answered
        text = answered.answer.model_dump_json(by_alias=True).encode()
        return Answered(read_answer(text), bytes(answered.payload))

    def tell(self, host: str, event: Heard) -> None:
        """Bring an event to every director."""
        if not self.is_present(host) or host in self.events_lost:
            return
        for director in list(self.directors):
            text = event.model_dump_json(by_alias=True).encode()
            director.hear(host, read_heard(text) if self.through_json else event)

    def leave(self, host: str, end: AgentEnd) -> None:
        """Let an agent be absent."""
        if self.agents.get(host) is end:
            del self.agents[host]
            self._notice(host)

    def _request(self, envelope: Envelope) -> Envelope:
        if not self.through_json:
            return envelope
        return read_envelope(envelope.model_dump_json(by_alias=True).encode())

    def _notice(self, host: str) -> None:
        for director in list(self.directors):
            director.notice(host, self.is_present(host))


@dataclass(frozen=True, eq=False)
class AgentEnd:
    """An agent's line."""

    line: InProcessLine
    host: str
    answer: AnswerTo

    def tell(self, event: Heard) -> None:
        self.line.tell(self.host, event)

    def close(self) -> None:
        self.line.leave(self.host, self)


@dataclass(frozen=True, eq=False)
class DirectorEnd:
    """A director's line."""

    line: InProcessLine
    hear: Hear
    notice: Notice

    def ask(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> Answered:
        return self.line.ask(host, envelope)

    def ask_ahead(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> AwaitAnswer:
        """Bring the request when its answer is waited for, or at once where the line `asks_ahead`."""
        if not self.line.asks_ahead:
            return lambda: self.line.ask(host, envelope)
        answered = self.line.ask(host, envelope)
        return lambda: answered

    def is_present(self, host: str) -> bool:
        return self.line.is_present(host)

    def close(self) -> None:
        if self in self.line.directors:
            self.line.directors.remove(self)
