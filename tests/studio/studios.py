"""Studios with real certificates, made as the command makes them."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kinect_sync.studio.certificates import utc_now
from kinect_sync.studio.folders import AgentFolder, StudioFolder, read_agent, read_studio
from kinect_sync.studio.founding import add_host, found_studio


@dataclass
class MadeStudio:
    """A studio in a folder, and its hosts' folders beside it."""

    path: Path
    name: str = "studio"
    now: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        found_studio(self.path / "director", self.name, self.now)

    @property
    def director(self) -> StudioFolder:
        return read_studio(self.path / "director")

    def add(self, host: str, address: str = "127.0.0.1", port: int | None = None) -> AgentFolder:
        """Add a host; its port is a free one unless one is named."""
        add_host(self.director, host, address, port or free_port(address), self.path / host, self.now)
        return self.agent(host)

    def agent(self, host: str) -> AgentFolder:
        """The folder of a host that was added."""
        return read_agent(self.path / host)


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port
