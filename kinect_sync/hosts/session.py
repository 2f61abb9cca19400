"""A director's time with the hosts of a rig: all obey it, or none does, and each hears that it is there."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from kinect_sync.at_once import at_once
from kinect_sync.director.link import Launch as Launcher
from kinect_sync.director.link import Link, Post
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.hosts.asking import Dial, Explain, answer_of, describe
from kinect_sync.hosts.host_line import HostLine
from kinect_sync.hosts.remote_link import RemoteLink
from kinect_sync.rig.places import said_at
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.wire.hosts import (
    LEASE_S,
    LOOKING,
    Answer,
    Apply,
    Description,
    Done,
    Envelope,
    Heard,
    Launch,
    Lead,
    Lease,
    Leave,
    OtherVersion,
    Refused,
    Running,
)
from kinect_sync.wire.lines import DirectorLine, HostSilent
from kinect_sync.wire.looks import LookRequest

GATHER_S = 3.0
"""How long a host may take to be there: an agent that is dialled answers within a second."""
LONGEST_NAME = 40
"""Letters of the take that a worker is named after."""

DESCRIBE_S = 2.0
"""How long a host may take to describe itself: its agent asks the disk for the room there."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What the workers of a run are for."""

    benches: Mapping[str, str]
    """By host, the bench that its workers open, as JSON."""
    take: str | None = None
    """The take that they record; None where nothing is kept."""


class HostsSession:
    """The hosts of a rig, led by this director."""

    def __init__(
        self,
        lines: Mapping[str, HostLine],
        descriptions: Mapping[str, Description],
        explain: Explain,
    ) -> None:
        """Take hosts that were described and are led; `explain` says why one does not answer."""
        self.descriptions = descriptions
        """By host, what there is on it."""
        self.lines = lines
        self._explain = explain
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def take_hosts(self) -> tuple[TakeHost, ...]:
        """The hosts as a take keeps them."""
        return tuple(
            TakeHost(
                name=name,
                computer=each.host.name,
                clock=each.host.clock,
                system=each.system,
                machine=each.machine,
                ksync=each.ksync,
            )
            for name, each in self.descriptions.items()
        )

    def ask(self, host: str, request: LookRequest, timeout_s: float) -> Answer | Finding:
        """Ask a host about itself, which may take long; return its answer, or why there is none."""
        return answer_of(host, lambda: self.lines[host].look(request, timeout_s), self._explain)

    def launcher(self, host_of: Mapping[str, str], errand: Errand, here: Launcher) -> Launcher:
        """Return what starts the worker of a device on its host, by name; `here` does for all others."""
        launched: set[str] = set()

        def launch(name: str, post: Post) -> Link:
            host = host_of.get(name)
            if host is None:
                return here(name, post)
            again = name in launched
            launched.add(name)
            return self._launch(name, host, errand, post, continues=again)

        return launch

    def _launch(self, name: str, host: str, errand: Errand, post: Post, *, continues: bool) -> Link:
        line = self.lines[host]
        worker = f"{(errand.take or 'rig')[:LONGEST_NAME]}-{name}-{secrets.token_hex(4)}"
        link = RemoteLink(name, worker, host, post, line.put, line.wake)
        order = Launch(worker=worker, bench=errand.benches[host], take=errand.take, continues=continues)
        line.add(link, order)
        return link

    # --- threads --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let each host be told from now on that this director is there."""
        for line in self.lines.values():
            thread = threading.Thread(target=self._serve, args=(line,), name=line.host, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Tell what is still to be told, and command no more."""
        self._over.set()
        for line in self.lines.values():
            line.wake()
        for thread in self._threads:
            thread.join()

    def _serve(self, line: HostLine) -> None:
        while not self._over.is_set():
            try:
                line.turn()
            except Exception as error:  # a defect; without this thread nobody would hear of the host again
                line.fail(error)
            line.wait()
        line.leave()


@contextmanager
def hosts_session(
    hosts: Sequence[str],
    dial: Dial,
    director: str,
    explain: Explain,
    *,
    looks: bool = False,
    gather_s: float = GATHER_S,
) -> Iterator[HostsSession]:
    """Lead these hosts for as long as the context lasts, as `director`, by which people know this process.

    `explain` is asked why one is not there. Whoever only `looks` outdates no run that was cut off.
    Raises BenchError with every host that is not there or obeys somebody else; then none is led.
    """
    with ExitStack() as stack:
        gathering = Gathering(hosts)
        line = dial(gathering.hear, gathering.notice)
        stack.callback(line.close)
        gathering.wait(line, gather_s, explain)
        descriptions = described(line, hosts, explain)
        lease = lead(line, descriptions, director, explain, looks=looks)
        session = HostsSession({host: HostLine(host, line, lease) for host in hosts}, descriptions, explain)
        gathering.lines = session.lines
        stack.callback(session.close)
        session.start()
        yield session


class Gathering:
    """Where a line's words go: nowhere before the hosts are led, then to each host's own."""

    def __init__(self, hosts: Sequence[str]) -> None:
        """Wait for these hosts."""
        self._hosts = hosts
        self._changed = threading.Condition()
        self.lines: Mapping[str, HostLine] = {}

    def hear(self, host: str, heard: Heard) -> None:
        """Take an event."""
        if (line := self.lines.get(host)) is not None:
            line.hear(heard)

    def notice(self, host: str, _there: bool) -> None:  # noqa: FBT001 - as lines say it
        """Learn that somebody came or went."""
        with self._changed:
            self._changed.notify_all()
        if (line := self.lines.get(host)) is not None:
            line.notice()

    def wait(self, line: DirectorLine, limit_s: float, explain: Explain) -> None:
        """Wait until all are there; BenchError with those that are not."""

        def absent() -> list[str]:
            return [host for host in self._hosts if not line.is_present(host)]

        with self._changed:
            self._changed.wait_for(lambda: not absent(), limit_s)
        if missing := absent():
            raise BenchError(*at_once(missing, explain).values())


def described(line: DirectorLine, hosts: Sequence[str], explain: Explain) -> dict[str, Description]:
    """Ask what there is on each host; BenchError with those that do not say so, or speak another version."""
    found = at_once(hosts, lambda host: describe(line, host, explain, DESCRIBE_S))
    if problems := [each for each in found.values() if isinstance(each, Finding)]:
        raise BenchError(*problems)
    return {host: each for host, each in found.items() if isinstance(each, Description)}


def lead(
    line: DirectorLine,
    descriptions: Mapping[str, Description],
    director: str,
    explain: Explain,
    *,
    looks: bool = False,
) -> Lease:
    """Take the command of all hosts, with an epoch above any that was; BenchError where one obeys another.

    All are asked before: the epoch of one that obeyed would outdate a run that is cut off from it.
    """
    epoch = LOOKING if looks else 1 + max((each.epoch for each in descriptions.values()), default=0)
    lease = Lease(director=director, run=secrets.token_hex(8), epoch=epoch)
    hosts = tuple(descriptions)
    _see(Done, _asked(line, hosts, Envelope(lease=lease, request=Apply())), explain)
    led = _asked(line, hosts, Envelope(lease=lease, request=Lead()))
    if not all(isinstance(answer, Running) for answer in led.values()):
        obeyed = [host for host, answer in led.items() if not isinstance(answer, Refused)]
        _asked(line, obeyed, Envelope(lease=lease, request=Leave()))
    _see(Running, led, explain)
    return lease


def _see(wanted: type[Answer], answers: Mapping[str, Answer | None], explain: Explain) -> None:
    """See that all hosts gave the wanted answer; BenchError with why the others did not."""
    problems: list[Finding] = []
    for host, answer in answers.items():
        if isinstance(answer, Refused):
            problems += [said_at(host, each) for each in answer.findings]
        elif not isinstance(answer, wanted):
            problems.append(explain(host))
    if problems:
        raise BenchError(*problems)


def _asked(line: DirectorLine, hosts: Sequence[str], envelope: Envelope) -> dict[str, Answer | None]:
    """Ask all hosts at once; None for one that does not answer."""

    def ask(host: str) -> Answer | None:
        try:
            return line.ask(host, envelope, LEASE_S).answer
        except (HostSilent, OtherVersion):
            return None

    return at_once(hosts, ask)
