"""Agents of several hosts in this process, with worker processes that simulate, and lines that can be cut."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from kinect_sync.agent.agent import Agent, Lender
from kinect_sync.agent.state_folder import StateFolder
from kinect_sync.benches.choice import Simulation
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.simulation import spread
from kinect_sync.director.link import Launch
from kinect_sync.hosts.session import Errand, HostsSession, hosts_session
from kinect_sync.rig.model import HERE
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.wire.hosts import Heard
from kinect_sync.worker.site import Site
from tests.hosts.lines import AgentEnd, InProcessLine, unreachable


class AgentHost:
    """One host: its agent, its folders, and the thread that ticks."""

    def __init__(self, line: InProcessLine, name: str, folder: Path, orphan_limit_s: float = 600.0) -> None:
        self.name = name
        self.folder = folder
        self.takes = folder / "takes"
        self.said: list[str] = []
        self._line = line
        self._orphan_limit_s = orphan_limit_s
        self.begin()

    def begin(self) -> None:
        """Start the agent, which finds again who lodges there."""
        self._state = StateFolder(self.folder / "state")
        lender = Lender(self.name, Site(self.takes), simulates=True, orphan_limit_s=self._orphan_limit_s)
        self._ends: list[AgentEnd] = []
        tell = partial(_tell, self._ends)
        self.agent = Agent(lender, self._state, tell, self.said.append)
        self._ends.append(self._line.agent(self.name, self.agent.answer))
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick)
        self._ticking.start()

    def die(self) -> None:
        """Let the agent be gone; its workers go on."""
        while self._ends:
            self._ends.pop().close()
        self._over.set()
        self._ticking.join()
        self._state.close()

    def close(self) -> None:
        """Let the agent be gone, and whoever records: after a test that failed, too."""
        left = [pid for _, pids in self.agent.takes_left for pid in pids]
        self.die()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _tick(self) -> None:
        while not self._over.wait(0.1):
            self.agent.tick()


def _tell(ends: list[AgentEnd], events: Iterable[Heard]) -> None:
    """Tell a line's end events, as long as its agent is there."""
    for event in events:
        for end in ends:
            end.tell(event)


class AgentStudio:
    """The hosts of a rig, and where each of its devices is."""

    def __init__(
        self,
        folder: Path,
        places: Mapping[str, str],
        *,
        through_json: bool = False,
        orphan_limit_s: float = 600.0,
    ) -> None:
        self.line = InProcessLine(through_json=through_json)
        self.places = places
        hosts = [place for place in dict.fromkeys(places.values()) if place != HERE]
        self.hosts = {name: AgentHost(self.line, name, folder / name, orphan_limit_s) for name in hosts}

    @contextmanager
    def launcher(
        self, bench: Simulation, takes: Path | None, take: str | None, *, published: Path | None = None
    ) -> Iterator[tuple[Launch, tuple[TakeHost, ...]]]:
        """Lead the hosts, and give what starts the worker of each device where it is."""
        benches = spread(bench, self.places)
        here = worker_launcher(benches.get(HERE, bench), takes, published=published)
        errand = Errand({host: benches[host].model_dump_json(by_alias=True) for host in self.hosts}, take)
        host_of = {device: host for device, host in self.places.items() if host != HERE}
        with self.session() as session:
            yield session.launcher(host_of, errand, here), session.take_hosts

    @contextmanager
    def session(self) -> Iterator[HostsSession]:
        with hosts_session(list(self.hosts), self.line.director, "this test", unreachable) as session:
            yield session

    def close(self) -> None:
        with ExitStack() as stack:
            for host in self.hosts.values():
                stack.callback(host.close)
