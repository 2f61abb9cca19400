"""The ways between a director and the agents of a studio, whatever carries them.

A line carries whole messages, each as it was sent or not at all. It says of every host whether its agent is
there, within two seconds of the truth; what an absent agent was not told is lost, and is asked for again by
whoever needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kinect_sync.wire.hosts import Answer, Envelope, Heard


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent answered."""

    answer: Answer
    payload: bytes = b""
    """Bytes of a file, of a bundle of pictures, or of captures, where it was asked for some."""


AwaitAnswer = Callable[[], Answered]
"""Waits for an answer to what was asked, as long as was said then."""


class HostSilent(Exception):
    """No answer came: the agent is not there, refuses this director, is hung, or the link is down."""

    def __init__(self, host: str) -> None:
        """Take the host's name."""
        super().__init__(host)
        self.host = host


class DirectorLine(Protocol):
    """A director's line to all agents of its studio."""

    def ask(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> Answered:
        """Ask one agent and wait for its answer; HostSilent where none comes, OtherVersion for another's."""
        ...

    def ask_ahead(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> AwaitAnswer:
        """Ask one agent, and return what waits for its answer: the next question may go out before.

        Answers come in the order of the questions. Raises as `ask`, at once or when it is waited.
        """
        ...

    def is_present(self, host: str) -> bool:
        """Tell whether its agent is there."""
        ...

    def close(self) -> None:
        """Let go of every agent; nothing is heard any more."""
        ...


class AgentLine(Protocol):
    """An agent's line to whichever directors there are."""

    def tell(self, event: Heard) -> None:
        """Tell an event to the directors that listen; nothing happens where there is none."""
        ...

    def close(self) -> None:
        """Be absent from now on."""
        ...


Hear = Callable[[str, Heard], None]
"""Takes an event of a host, on a thread of the line; returns at once."""
Notice = Callable[[str, bool], None]
"""Takes whether the agent of a host is there, on a thread of the line; returns at once."""
AnswerTo = Callable[[Envelope], Answered]
"""Answers a director at once, on a thread of the line; must not raise."""
