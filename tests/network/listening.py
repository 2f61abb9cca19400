"""A director's side that remembers what it heard, and tests' agents in processes of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kinect_sync.network.lines import director_line
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import AgentFolder, StudioFolder
from kinect_sync.wire.hosts import Envelope, Heard, Request
from kinect_sync.wire.lines import DirectorLine
from tests.cli.commands import PATIENCE_S, Command, ksync

ECHO = ("-m", "tests.network.echo_agent")


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
def echoing(folder: AgentFolder, program: Sequence[str] = ECHO) -> Iterator[EchoAgent]:
    """An agent in a process of its own; it is gone afterwards."""
    with ksync(folder.path, program=program, stdin=-1) as command:
        agent = EchoAgent(command)
        agent.wait_for("up")
        yield agent


class EchoAgent:
    """The process of an agent, and what it logs."""

    def __init__(self, command: Command) -> None:
        self.process = command.process
        self.log: list[str] = []
        self._more = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        for line in stream:
            with self._more:
                self.log.append(line.decode(errors="replace").rstrip())
                self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def wait_for(self, words: str) -> str:
        """Wait for a line of its log."""
        with self._more:
            self._more.wait_for(lambda: self._ended or self._found(words), PATIENCE_S)
            found = self._found(words)
            assert found, f"it never logged {words!r}: {self.log}"
            return found[0]

    def _found(self, words: str) -> list[str]:
        return [line for line in self.log if words in line]

    def leave(self) -> int:
        """Let it close its line and end."""
        stdin = self.process.stdin
        assert stdin is not None
        stdin.close()
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE_S)


def asking(request: Request) -> Envelope:
    """A request in its envelope."""
    return Envelope(request=request)
