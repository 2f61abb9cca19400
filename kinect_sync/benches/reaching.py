"""How hosts of a studio are reached: over the network, which is loaded when the first one is dialled."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kinect_sync.findings import Finding
from kinect_sync.host.identity import this_host
from kinect_sync.hosts.asking import Explain
from kinect_sync.hosts.roll_call import Roll, calling
from kinect_sync.studio.address import Address
from kinect_sync.studio.extra import require_hosts_extra
from kinect_sync.studio.folders import StudioFolder, read_studio
from kinect_sync.wire.lines import DirectorLine, Hear, Notice


@dataclass(frozen=True, slots=True)
class Reach:
    """Some hosts of a studio, and where they are dialled."""

    folder: StudioFolder
    addresses: Mapping[str, Address]

    def dial(self, hear: Hear, notice: Notice) -> DirectorLine:
        """Open the line to them; UsageError where the director's certificate can't be used."""
        from kinect_sync.network.lines import director_line

        return director_line(self.folder, self.addresses, hear, notice)

    def dial_once(self, hear: Hear, notice: Notice) -> DirectorLine:
        """Open a line to those that are there now: closing it waits for nobody who is not."""
        from kinect_sync.network.lines import director_line

        return director_line(self.folder, self.addresses, hear, notice, again=False)

    def explain(self, host: str) -> Finding:
        """Say why one of them is not there; takes a second or two."""
        from kinect_sync.network.probe import why_absent

        return why_absent(self.folder, host, self.addresses[host])


class Reached(NamedTuple):
    """The line to hosts, and what says why one of them can't be reached."""

    line: DirectorLine
    explain: Explain
    unknown: tuple[str, ...] = ()
    """Hosts that nobody knows how to dial."""


ReachHosts = Callable[[Sequence[str]], Reached]
"""Dials hosts; KsyncError where nobody can be."""


@contextmanager
def calling_studio(studio: Path) -> Iterator[tuple[Roll, Sequence[str]]]:
    """Dial all hosts of a studio for as long as the context lasts; UsageError where there is no studio."""
    require_hosts_extra()
    folder = read_studio(studio)
    reach = Reach(folder, folder.studio.hosts)
    with calling(reach.dial, reach.explain) as roll:
        yield roll, list(reach.addresses)


def studio_reach(studio: Path) -> ReachHosts:
    """Return what dials hosts of the studio in a folder, when that is asked for."""

    def reach(hosts: Sequence[str]) -> Reached:
        require_hosts_extra()
        owner = read_studio(studio)
        known = {host: owner.studio.hosts[host] for host in hosts if host in owner.studio.hosts}
        dialling = Reach(owner, known)
        line = dialling.dial(lambda _host, _heard: None, lambda _host, _there: None)
        return Reached(line, dialling.explain, tuple(host for host in hosts if host not in known))

    return reach


def this_director() -> str:
    """Return the words by which people know this process at the agents of other hosts."""
    return f"{this_host().name} (process {os.getpid()})"
