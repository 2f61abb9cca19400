"""The two folders of a studio: the director's, and the one that is carried to each host.

A studio's folder knows the hosts, and holds the key of the authority, which makes certificates; who has that
key is whoever they like. A host's folder holds what the host needs, and nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from kinect_sync.errors import UsageError
from kinect_sync.files import read_regular
from kinect_sync.findings import Kind
from kinect_sync.findings.hosts import AGENT_FOLDER_MISSING, STUDIO_MISSING, STUDIO_UNREADABLE
from kinect_sync.rig.model import AGENT_PORT, Name
from kinect_sync.studio.address import Address
from kinect_sync.values import Value

V = TypeVar("V", bound=Value)

STUDIO_FILE = "studio.json"
AGENT_FILE = "agent.json"
StudioName = Annotated[Name, Field(max_length=48)]
"""A certificate's name has 64 characters, of which the director's begins with 15."""
_MOST_NBYTES = 1 << 20
"""Of such a file: thousands of hosts."""


class Studio(Value):
    """Who belongs together: what stands in studio.json."""

    format: Literal[1] = 1
    name: StudioName
    """Name of the studio."""
    hosts: Mapping[Name, Address] = Field(default_factory=dict)
    """Where the agent of each host listens."""
    removed: tuple[Name, ...] = ()
    """Names of hosts that belong to it no more. Nobody gets one again: its certificate may still be about."""


class AgentCard(Value):
    """Who a host is in its studio: what stands in agent.json."""

    format: Literal[1] = 1
    studio: StudioName
    """Name of the studio."""
    host: Name
    """Name of the host in it."""
    address: str
    """Address by which directors know the host."""
    port: int = AGENT_PORT
    """TCP port that its agent listens at."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files by which one side of a connection shows who it is, and knows the other."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class StudioFolder:
    """A director's folder."""

    path: Path
    studio: Studio

    @property
    def director(self) -> str:
        """The name in the director's certificate, which agents obey."""
        return director_name(self.studio.name)

    @property
    def credentials(self) -> Credentials:
        """The director's."""
        return _credentials(self.path, "director")

    @property
    def authority_key(self) -> Path:
        """The key that makes certificates; a computer that only directs needs none."""
        return self.path / "ca.key"


@dataclass(frozen=True, slots=True)
class AgentFolder:
    """A host's folder."""

    path: Path
    card: AgentCard

    @property
    def director(self) -> str:
        """The name in the director's certificate, whom alone the agent obeys."""
        return director_name(self.card.studio)

    @property
    def address(self) -> Address:
        """Where its agent listens."""
        return Address(address=self.card.address, port=self.card.port)

    @property
    def credentials(self) -> Credentials:
        """The agent's."""
        return _credentials(self.path, "agent")


def director_name(studio: str) -> str:
    """Return the name in the certificate of a studio's director: none that a host can have."""
    return f"ksync-director.{studio}"


def read_studio(path: Path) -> StudioFolder:
    """Read a director's folder; UsageError where there is none, or it can't be read."""
    return StudioFolder(path, _read(path / STUDIO_FILE, Studio, STUDIO_MISSING))


def read_agent(path: Path) -> AgentFolder:
    """Read a host's folder; UsageError where there is none, or it can't be read."""
    return AgentFolder(path, _read(path / AGENT_FILE, AgentCard, AGENT_FOLDER_MISSING))


def _credentials(folder: Path, whose: str) -> Credentials:
    return Credentials(folder / "ca.pem", folder / f"{whose}.pem", folder / f"{whose}.key")


def _read(path: Path, model: type[V], missing: Kind) -> V:
    try:
        return model.model_validate_json(read_regular(path, _MOST_NBYTES))
    except FileNotFoundError:
        raise UsageError(missing.found(f"there is no {path}")) from None
    except (OSError, ValueError) as error:
        what = f"{path} can't be read: {str(error).splitlines()[0]}"
        raise UsageError(STUDIO_UNREADABLE.found(what)) from error
