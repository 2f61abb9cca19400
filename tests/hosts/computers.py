"""The computers of a studio, as their operators have them: a folder, a prompt, and `ksync`.

The director's is `stage`; each of the others runs an agent. Everything is done with the commands. They are
joined in a laboratory, with cables that can be pulled, or are addresses of this computer.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tests.cli.commands import Ended, Worker
from tests.cli.programs import Program
from tests.hosts.laboratory import BadCable, Laboratory, laboratory
from tests.studio.studios import free_port

STAGE = "stage"
"""The computer that directs."""


class Net(Protocol):
    """Where computers are."""

    def address(self, host: str) -> str:
        """Return the address of a computer."""
        ...

    def start(
        self, host: str, command: Sequence[str], *, clock_ahead_s: int = 0, **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a process on a computer, which may have a clock of its own."""
        ...


class Loopback:
    """All on this computer: each has an address of its own, and nothing can be pulled."""

    def __init__(self, *hosts: str) -> None:
        """Have addresses for so many."""
        self._hosts = hosts

    def address(self, host: str) -> str:
        """Return the address of a computer."""
        return f"127.0.0.{self._hosts.index(host) + 2}"

    def start(
        self, host: str, command: Sequence[str], *, clock_ahead_s: int = 0, **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a process: they share their clock."""
        if clock_ahead_s:
            raise ValueError(f"{host} has this computer's clock")
        return subprocess.Popen(command, **options)


class Computer:
    """One computer: a folder of its own, settings of its own, and perhaps a clock of its own."""

    def __init__(self, net: Net, name: str, folder: Path, *, clock_ahead_s: int = 0) -> None:
        """Have a computer with a folder to work in."""
        self.name = name
        self.folder = folder
        self.address = net.address(name)
        self.port = 7447 if isinstance(net, Laboratory) else free_port(self.address)
        self.environment: Mapping[str, str] = {}
        self._begin = partial(net.start, name, clock_ahead_s=clock_ahead_s)
        self._programs: list[Program] = []
        folder.mkdir()

    def start(self, *arguments: object, **options: Any) -> Program:
        """Start `ksync` here."""
        own = {"XDG_CONFIG_HOME": str(self.folder / "settings"), **self.environment}
        program = Program(
            *arguments, environment={**os.environ, **own}, begin=self._begin, cwd=self.folder, **options
        )
        self._programs.append(program)
        return program

    def run(self, *arguments: object, **options: Any) -> Ended:
        """Run `ksync` here to its end."""
        return self.start(*arguments, **options).wait()

    def workers(self) -> list[Worker]:
        """The worker processes that live here, whoever started them."""
        return [worker for each in self._programs for worker in each.workers()]

    def end(self) -> None:
        """End whatever runs here."""
        for each in self._programs:
            each.end()
        self._programs = []


class Studio:
    """The computers of a studio, made and carried to their places with the commands."""

    def __init__(self, net: Net, folder: Path, hosts: Mapping[str, int]) -> None:
        """Set up a computer for each of `hosts`, whose clocks are so many seconds ahead."""
        self.stage = Computer(net, STAGE, folder / STAGE)
        self.hosts = {
            name: Computer(net, name, folder / name, clock_ahead_s=ahead_s) for name, ahead_s in hosts.items()
        }
        self.agents: dict[str, Program] = {}
        self._expect(self.stage.run("hosts", "init", "studio"))
        for host in self.hosts.values():
            self._expect(self.stage.run("hosts", "add", host.name, host.address, "--port", host.port))
            (self.stage.folder / host.name).rename(host.folder / host.name)

    def start_agent(self, host: str, *options: object) -> Program:
        """Start the agent of a host, and wait until it is there."""
        program = self.hosts[host].start("agent", host, *options)
        self.agents[host] = program
        program.talk.wait_for(" lends ")
        return program

    def write_rig(self, rig: Mapping[str, Any]) -> Path:
        """Write a rig file on the director's computer, with the hosts' addresses."""
        hosts = {host.name: {"address": host.address, "port": host.port} for host in self.hosts.values()}
        return self.write_rig_of_one({**rig, "hosts": hosts}, "rig.yaml")

    def write_rig_of_one(self, rig: Mapping[str, Any], name: str = "alone.yaml") -> Path:
        """Write a rig file that names no hosts, or names them itself."""
        path = self.stage.folder / name
        path.write_text(json.dumps(rig, indent=1), encoding="utf-8")
        return path

    def end(self) -> None:
        """End whatever runs anywhere."""
        for computer in (self.stage, *self.hosts.values()):
            computer.end()

    @staticmethod
    def _expect(ended: Ended) -> None:
        assert ended.code == 0, ended.err


class LaboratoryStudio(Studio):
    """A studio whose computers are joined by cables."""

    def __init__(self, lab: Laboratory, folder: Path, hosts: Mapping[str, int]) -> None:
        """Set it up in a laboratory."""
        super().__init__(lab, folder, hosts)
        self.lab = lab

    def switch_off(self, host: str) -> None:
        """Let a host be without power: nobody hears of its end."""
        self.lab.unplug(host)
        self.lab.end_all(host)


@contextmanager
def laboratory_studio(
    folder: Path, hosts: Mapping[str, int], bad: Mapping[str, BadCable] | None = None
) -> Iterator[LaboratoryStudio]:
    """Have a studio in a laboratory for as long as the context lasts; clocks of `hosts` are so far ahead."""
    with laboratory(STAGE, *hosts, bad=bad) as lab:
        made = LaboratoryStudio(lab, folder, hosts)
        try:
            yield made
        finally:
            made.end()


@contextmanager
def loopback_studio(folder: Path, *hosts: str) -> Iterator[Studio]:
    """Have a studio on this computer for as long as the context lasts."""
    made = Studio(Loopback(STAGE, *hosts), folder, dict.fromkeys(hosts, 0))
    try:
        yield made
    finally:
        made.end()
