"""One rig of three computers over four links, with the same things done to each of them.

Here directs and has a device; `host-b` and `host-c` have one each. A script says what is done when a device
has come to a phase: by an observer where all is in one process, and by what `ksync start` says elsewhere.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches.simulation import simulation
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.take import TakePlan, record_take
from kinect_sync.rig.model import HERE
from tests.cli.commands import ALL
from tests.director.scripted import chain
from tests.hosts.computers import Studio, laboratory_studio, loopback_studio
from tests.hosts.old_director import answer_to_old
from tests.hosts.relay import Relay
from tests.hosts.studios import AgentStudio
from tests.studio.studios import free_port

PLACES = {"front": HERE, "left": "host-b", "right": "host-c"}
HOSTS = ("host-b", "host-c")


@dataclass(frozen=True)
class Step:
    """What is done when a device has come to a phase, and some time has passed then."""

    device: str
    phase: str
    act: Callable[[Link], object] | None = None
    hold_s: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """A take, as its director tells of it."""

    verdict: str
    codes: frozenset[str]
    phases: Sequence[tuple[str, str]]
    """(device, phase), as they came."""


class Link(ABC):
    """What joins the computers."""

    take: Path
    """The take's folder here."""
    takes: Mapping[str, Path]
    """By host, the folder that it puts takes into."""

    @abstractmethod
    def record(self, steps: Sequence[Step]) -> Recorded:
        """Record `walk` until all is done; the steps follow each other."""

    @abstractmethod
    def cut(self) -> None:
        """Part `host-b` from the director."""

    @abstractmethod
    def heal(self) -> None:
        """Join it again."""

    @abstractmethod
    def kill_agent(self) -> None:
        """Let the agent of `host-c` be gone at once."""

    @abstractmethod
    def start_agent(self) -> None:
        """Start it again."""

    @abstractmethod
    def kill_worker(self) -> None:
        """Kill the process of the device at `host-c`."""

    @abstractmethod
    def said(self, host: str) -> str:
        """Return what the agents of a host have said so far."""

    @abstractmethod
    def old_director_gets(self, host: str) -> str:
        """Return what a host answers a director that others have commanded after."""


# --- in one process -----------------------------------------------------------------------------------------


class _Script(Observer):
    """Takes steps as the devices come to their phases, and writes down all phases."""

    def __init__(self, link: Link, steps: Sequence[Step]) -> None:
        self.phases: list[tuple[str, str]] = []
        self._link = link
        self._steps = list(steps)
        self._came_s: float | None = None

    @property
    def over(self) -> bool:
        return not self._steps

    def on_change(self, snapshot: Snapshot) -> None:
        now = {device.name: device.phase.value for device in snapshot.devices}
        before = dict(self.phases)
        self.phases += [each for each in now.items() if before.get(each[0]) != each[1]]
        if self._steps and (self._came_s is not None or now[self._steps[0].device] == self._steps[0].phase):
            self._come(self._steps[0])

    def _come(self, step: Step) -> None:
        now_s = time.monotonic()
        if self._came_s is None:
            self._came_s = now_s
        if now_s - self._came_s >= step.hold_s:
            del self._steps[0]
            self._came_s = None
            if step.act is not None:
                step.act(self._link)


class InOneProcess(Link):
    """Agents, and the director, in this process; workers are processes."""

    def __init__(self, folder: Path, studio: AgentStudio, connections: list[connection.Connection]) -> None:
        self._studio = studio
        self._connections = connections
        self.take = folder / "here" / "walk"
        self.takes = {name: host.takes for name, host in studio.hosts.items()}

    def record(self, steps: Sequence[Step]) -> Recorded:
        rig = chain(camera={"depth_mode": "nfov_2x2binned"})
        plan = TakePlan(
            rig=rig, directory=self.take.parent, name="walk", reserve_bytes=0, max_drop_percent=ALL
        )
        script = _Script(self, steps)
        with (
            simulation(rig) as bench,
            self._studio.launcher(bench, plan.directory, "walk") as (launch, hosts),
        ):
            report = record_take(plan, launch, stopping=lambda: script.over, observers=[script], hosts=hosts)
        codes = frozenset(finding.code for finding in report.findings)
        return Recorded(report.verdict, codes, script.phases)

    def cut(self) -> None:
        self._studio.line.cut("host-b")

    def heal(self) -> None:
        self._studio.line.heal("host-b")

    def kill_agent(self) -> None:
        """What a process leaves with its end has to be left here."""
        self._studio.hosts["host-c"].die()
        for each in self._connections:
            with suppress(OSError), socket.socket(fileno=os.dup(each.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)

    def start_agent(self) -> None:
        self._studio.hosts["host-c"].begin()

    def kill_worker(self) -> None:
        ((_, (pid,)),) = self._studio.hosts["host-c"].agent.takes_left
        os.kill(pid, signal.SIGKILL)

    def said(self, host: str) -> str:
        return "\n".join(self._studio.hosts[host].said)

    def old_director_gets(self, host: str) -> str:
        return answer_to_old(self._studio.line.director(lambda *_: None, lambda *_: None), host)


@contextmanager
def in_one_process(folder: Path, *, through_json: bool) -> Iterator[Link]:
    """Have a link in this process, which knows the connections of the agent that will be killed."""
    connections: list[connection.Connection] = []

    def connect(address: str, authkey: bytes) -> connection.Connection:
        client = connection.Client(address, authkey=authkey)
        if "host-c" in Path(address).parent.readlink().parts:
            connections.append(client)
        return client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kinect_sync.agent.lodger.Client", connect)
        with closing(AgentStudio(folder, PLACES, through_json=through_json)) as studio:
            yield InOneProcess(folder, studio, connections)


# --- with the commands --------------------------------------------------------------------------------------

RIG: dict[str, Any] = {
    "name": "hall",
    "topology": "daisy_chain",
    "camera": {"depth_mode": "nfov_2x2binned", "gain": 128},
    "devices": [
        {
            "name": name,
            "serial": f"000{place + 1}23456712",
            "role": "subordinate" if place else "master",
            "host": host,
            "depth_delay_off_color_usec": 160 * place,
        }
        for place, (name, host) in enumerate(PLACES.items())
    ],
}
LABELS = {name: name if host == HERE else f"{name} on {host}" for name, host in PLACES.items()}
"""How `ksync start` names a device."""


class WithCommands(Link):
    """`ksync start` here, and `ksync agent` at each host, over Zenoh."""

    def __init__(self, studio: Studio, cut: Callable[[], None], heal: Callable[[], None]) -> None:
        self._studio = studio
        self._cut, self._heal = cut, heal
        self.take = studio.stage.folder / "takes" / "walk"
        self.takes = {name: host.folder / "takes" for name, host in studio.hosts.items()}
        studio.write_rig(RIG)
        self._agents = [(host, studio.start_agent(host, "--simulate")) for host in HOSTS]

    def record(self, steps: Sequence[Step]) -> Recorded:
        director = self._studio.stage.start(
            "start", "rig.yaml", "--simulate", "--json", "--name", "walk", "--min-free", 0,
            "--max-drop-percent", ALL,
        )  # fmt: skip
        last_s = 0.0
        for step in steps:
            director.talk.wait_for(f"{LABELS[step.device]}: {step.phase}", last_s)
            time.sleep(step.hold_s)
            if step.act is not None:
                last_s = time.monotonic()
                step.act(self)
        director.send(signal.SIGINT)
        ended = director.wait()
        codes = frozenset(finding["code"] for finding in ended.report["findings"])
        return Recorded(ended.report["verdict"], codes, _phases_in(ended.err))

    def cut(self) -> None:
        self._cut()

    def heal(self) -> None:
        self._heal()

    def kill_agent(self) -> None:
        self._studio.agents["host-c"].send(signal.SIGKILL)

    def start_agent(self) -> None:
        self._agents.append(("host-c", self._studio.start_agent("host-c", "--simulate")))

    def kill_worker(self) -> None:
        (worker,) = self._studio.hosts["host-c"].workers()
        os.kill(worker.pid, signal.SIGKILL)

    def said(self, host: str) -> str:
        return "\n".join(str(agent.talk) for where, agent in self._agents if where == host)

    def old_director_gets(self, host: str) -> str:
        stage = self._studio.stage
        folder = stage.folder / "settings" / "ksync" / "studio"
        return stage.run(folder, host, program=("-m", "tests.hosts.old_director")).out.strip()


def _phases_in(talk: str) -> list[tuple[str, str]]:
    """Return what `ksync start` said of devices."""
    devices = {label: name for name, label in LABELS.items()}
    lines = [line.partition(": ") for line in talk.splitlines()]
    return [(devices[label], phase) for label, _, phase in lines if label in devices]


@contextmanager
def over_zenoh(folder: Path) -> Iterator[Link]:
    """Have a link over addresses of this computer, with a relay before the agent of `host-b`."""
    with loopback_studio(folder, *HOSTS) as studio:
        host = studio.hosts["host-b"]
        card = host.folder / host.name / "agent.json"
        onward = free_port(host.address)
        card.write_text(json.dumps({**json.loads(card.read_text()), "port": onward}))
        with closing(Relay(host.address, host.port, onward)) as relay:
            yield WithCommands(studio, relay.cut, relay.heal)


@contextmanager
def over_namespaces(folder: Path) -> Iterator[Link]:
    """Have a link of cables between computers that share nothing but their processor."""
    with laboratory_studio(folder, dict.fromkeys(HOSTS, 0)) as studio:
        lab = studio.lab
        yield WithCommands(studio, lambda: lab.unplug("host-b"), lambda: lab.plug("host-b"))
