"""A director's side that remembers what it heard, and tests' agents in processes of their own."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kinect_sync.network.lines import director_line
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import AgentFolder, StudioFolder
from kinect_sync.wire.hosts import Envelope, Heard, Request
from kinect_sync.wire.lines import Answered, DirectorLine
from tests.cli.commands import PATIENCE_S
from tests.cli.programs import Program

ECHO = ("-m", "tests.network.echo_agent")
LONG_LEASE_MS = round(10_000 * PATIENCE_S)
"""Longer than any test waits: who is seen to go is seen by the end of its connection."""


class Listener:
    """What a director heard and noticed, to be waited for."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Heard]] = queue.Queue()
        self.noticed: queue.Queue[tuple[str, bool]] = queue.Queue()

    def hear(self, host: str, heard: Heard) -> None:
        self.heard.put((host, heard))

    def notice(self, host: str, there: bool) -> None:
        self.noticed.put((host, there))

    def next_notice(self) -> tuple[str, bool]:
        return self.noticed.get(timeout=PATIENCE_S)

    def events(self, count: int) -> list[Heard]:
        """The next so many events."""
        return [self.heard.get(timeout=PATIENCE_S)[1] for _ in range(count)]


@contextmanager
def directing(
    folder: StudioFolder, listener: Listener, hosts: Mapping[str, Address] | None = None
) -> Iterator[DirectorLine]:
    """A director's line to the hosts of its studio, closed afterwards."""
    dialled = folder.studio.hosts if hosts is None else hosts
    line = director_line(folder, dialled, listener.hear, listener.notice)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def echoing(folder: AgentFolder, lease_ms: int = LONG_LEASE_MS) -> Iterator[Program]:
    """An agent in a process of its own, which is dropped after so long a silence; it is gone afterwards."""
    agent = Program(folder.path, lease_ms, program=ECHO, stdin=-1)
    try:
        agent.talk.wait_for("up")
        yield agent
    finally:
        agent.end()


def leave(agent: Program) -> int:
    """Let an agent close its line and end."""
    stdin = agent.process.stdin
    assert stdin is not None
    stdin.close()
    return agent.process.wait(PATIENCE_S)


def ask(line: DirectorLine, host: str, request: Request) -> Answered:
    """Ask, and wait as long as a busy machine may take to answer."""
    return line.ask(host, Envelope(request=request), PATIENCE_S)
