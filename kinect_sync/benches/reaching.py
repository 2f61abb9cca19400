"""How hosts of a studio are reached: over the network, which is loaded when the first one is dialled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from kinect_sync.findings import Finding
from kinect_sync.host.identity import this_host
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import StudioFolder
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


def this_director() -> str:
    """Return the words by which people know this process at the agents of other hosts."""
    return f"{this_host().name} (process {os.getpid()})"
