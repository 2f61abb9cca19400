"""`ksync agent` as it runs, and a director of it over the network of this computer."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinect_sync.network.lines import director_line
from kinect_sync.wire.hosts import Answer, Envelope
from kinect_sync.wire.lines import DirectorLine
from tests.agent.real import Directing, keeping
from tests.cli.commands import Command, wait_until
from tests.studio.studios import MadeStudio

HOST = "host-b"


class AgentRun:
    """The agent of one host, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.studio = MadeStudio(folder / "studio")
        self.folder = self.studio.add(HOST).path
        self.takes = folder / "takes"
        self.log = folder / "agent.log"
        self._commands: list[Command] = []

    def start(self, *options: object) -> Command:
        """Start the command; what it says is added to what was said before."""
        with self.log.open("ab") as stream:
            command = Command(
                "agent", self.folder, "--takes", self.takes, "--simulate", *options, stderr=stream
            )
        self._commands.append(command)
        return command

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def kill(self, command: Command) -> None:
        command.process.send_signal(signal.SIGKILL)
        command.process.wait()

    def workers(self) -> int:
        """How many workers live, whichever agent started them."""
        return sum(len(each.workers()) for each in self._commands)

    def end(self) -> None:
        for each in self._commands:
            each.end()


@contextmanager
def agent_run(folder: Path) -> Iterator[AgentRun]:
    """Have a host, of which nothing is left afterwards."""
    run = AgentRun(folder)
    try:
        yield run
    finally:
        run.end()


@contextmanager
def directing(run: AgentRun) -> Iterator[Directing]:
    """Command the host as long as the context lasts, wherever its agent is meanwhile."""
    lines: list[DirectorLine] = []
    director = Directing(lambda envelope: _ask(lines[0], envelope))
    studio = run.studio.director
    lines.append(
        director_line(studio, studio.studio.hosts, lambda _, heard: director.hear(heard), lambda *_: None)
    )
    try:
        wait_until(lambda: lines[0].is_present(HOST), "the agent is there")
        with keeping(director):
            yield director
    finally:
        lines[0].close()


def _ask(line: DirectorLine, envelope: Envelope) -> Answer:
    return line.ask(HOST, envelope).answer
