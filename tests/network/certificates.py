"""Certificates that one side of a connection may show: its own, and those that get it nowhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from kinect_sync.studio.certificates import Issued, issue_agent, issue_director, read_issued
from kinect_sync.studio.folders import Credentials
from tests.network.intruders import copied
from tests.studio.studios import MadeStudio

LONG_AGO = timedelta(days=800)
Shown = Callable[[MadeStudio, Path], Credentials | None]


def authority_of(studio: MadeStudio) -> Issued:
    return read_issued(studio.director.credentials.authority, studio.director.authority_key)


def put(issued: Issued, studio: MadeStudio, folder: Path, name: str) -> Credentials:
    """Write what was issued into a folder, beside the studio's authority."""
    folder.mkdir(exist_ok=True)
    files = Credentials(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    files.authority.write_bytes(studio.director.credentials.authority.read_bytes())
    files.certificate.write_bytes(issued.certificate)
    files.key.write_bytes(issued.key)
    return files


# --- of who dials ---------------------------------------------------------------------------------------


def nobodys(studio: MadeStudio, folder: Path) -> None:
    return None


def of_another_authority(studio: MadeStudio, folder: Path) -> Credentials:
    """Another authority of the same name made it for a director of the same name."""
    other = MadeStudio(folder / "other", studio.name)
    authority = studio.director.credentials.authority
    return copied(other.director.credentials, folder / "shown", authority)


def of_another_studio(studio: MadeStudio, folder: Path) -> Credentials:
    """The same, and its owner trusts that authority alone."""
    return MadeStudio(folder / "other", studio.name).director.credentials


def of_a_host(studio: MadeStudio, folder: Path) -> Credentials:
    return studio.agent("host-c").credentials


def named_as_a_host(studio: MadeStudio, folder: Path) -> Credentials:
    """The studio's authority made it for who dials, and its name is a host's."""
    return put(issue_director(authority_of(studio), "host-c", studio.now), studio, folder, "named")


def expired(studio: MadeStudio, folder: Path) -> Credentials:
    issued = issue_director(authority_of(studio), studio.director.director, studio.now - LONG_AGO)
    return put(issued, studio, folder, "expired")


def the_directors(studio: MadeStudio, folder: Path) -> Credentials:
    return studio.director.credentials


# --- of who is dialled ----------------------------------------------------------------------------------


def another_hosts(studio: MadeStudio, folder: Path) -> Credentials:
    """A host's own certificate, at another one's address."""
    return put(issue_agent(authority_of(studio), "host-c", "127.0.0.2", studio.now), studio, folder, "agent")


def another_name(studio: MadeStudio, folder: Path) -> Credentials:
    """A certificate for this very address, with another host's name."""
    return put(issue_agent(authority_of(studio), "host-c", "127.0.0.1", studio.now), studio, folder, "agent")


def a_strangers(studio: MadeStudio, folder: Path) -> Credentials:
    """A host of this name and address in another studio of this name, which trusts this studio's director."""
    other = MadeStudio(folder / "other", studio.name)
    agent = other.add("host-b", port=1)
    return copied(agent.credentials, folder / "agent", studio.director.credentials.authority)


def its_old_one(studio: MadeStudio, folder: Path) -> Credentials:
    issued = issue_agent(authority_of(studio), "host-b", "127.0.0.1", studio.now - LONG_AGO)
    return put(issued, studio, folder, "agent")


def its_own(studio: MadeStudio, folder: Path) -> Credentials:
    return put(issue_agent(authority_of(studio), "host-b", "127.0.0.1", studio.now), studio, folder, "agent")
