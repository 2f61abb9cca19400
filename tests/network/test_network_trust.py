"""Who is refused, at both ends: what an attempt gets, what the agent logs, and what the director is told."""

from __future__ import annotations

import queue
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kinect_sync.network.credentials import tls_context
from kinect_sync.studio.certificates import CERTIFICATE_DAYS, issue_director, utc_now
from kinect_sync.studio.folders import StudioFolder
from kinect_sync.wire.hosts import Describe, Done
from tests.cli.commands import PATIENCE_S
from tests.cli.programs import Program
from tests.network.certificates import (
    Shown,
    authority_of,
    expired,
    named_as_a_host,
    nobodys,
    of_a_host,
    of_another_authority,
    of_another_studio,
    put,
    the_directors,
)
from tests.network.intruders import DESCRIBE, Catch, as_director, pry, session
from tests.network.listening import Listener, ask, directing
from tests.studio.studios import MadeStudio

NOTHING = Catch(0, 0)
NONE_COMES_S = 0.5
"""A token comes some milliseconds after the connection that the agent has logged already."""


# --- who wants to direct --------------------------------------------------------------------------------


DIRECTING: list[tuple[str, Shown, str, Catch, str]] = [
    # (sentence, what it shows, over, what it gets, what the agent logs)
    ("the director", the_directors, "tls", Catch(1, 1), "ksync-director.studio is connected from"),
    ("no certificate", nobodys, "tls", NOTHING, "it showed no certificate"),
    ("another authority of the same name", of_another_authority, "tls", NOTHING, "of another authority"),
    ("another studio", of_another_studio, "tls", NOTHING, "does not accept the certificate of this host"),
    ("a host that commands", of_a_host, "tls", NOTHING, "a host's certificate was shown"),
    ("a host's name on a director's side", named_as_a_host, "tls", NOTHING,
     "host-c is connected from tls/127.0.0.1"),
    ("an expired certificate", expired, "tls", NOTHING, "its certificate has expired"),
    ("plain TCP", the_directors, "tcp", NOTHING, "it speaks no TLS of ours (received corrupt"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "shown", "protocol", "caught", "logged"), DIRECTING, ids=[row[0] for row in DIRECTING]
)
def test_whoever_is_no_director_gets_nothing_and_is_logged(
    sentence: str, shown: Shown, protocol: str, caught: Catch, logged: str,
    studio: MadeStudio, agent: Program, tmp_path: Path,
) -> None:  # fmt: skip
    host = {"host-b": studio.director.studio.hosts["host-b"]}
    folder = replace(studio.director, studio=studio.director.studio.model_copy(update={"hosts": host}))
    with session(as_director(folder, shown(studio, tmp_path), protocol=protocol)) as opened:
        agent.talk.wait_for(logged)
        patience_s = PATIENCE_S if caught.tokens else NONE_COMES_S
        assert pry(opened, studio.name, "host-b", DESCRIBE, patience_s) == caught, sentence


def test_who_hangs_up_is_logged(studio: MadeStudio, agent: Program) -> None:
    host = studio.agent("host-b").address
    socket.create_connection((host.address, host.port)).close()
    agent.talk.wait_for("it hung up before it had shown anything")


def test_who_says_nothing_keeps_no_director_out(studio: MadeStudio, agent: Program) -> None:
    host, listener = studio.agent("host-b").address, Listener()
    with socket.create_connection((host.address, host.port)), directing(studio.director, listener) as line:
        assert listener.next_notice() == ("host-b", True)
        assert ask(line, "host-b", Describe()).answer == Done()


# --- what the documents say besides ---------------------------------------------------------------------


def test_an_older_tls_is_refused(studio: MadeStudio, agent: Program) -> None:
    host = studio.agent("host-b").address
    context = tls_context(studio.director.credentials)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host.address, host.port), PATIENCE_S) as plain,
        pytest.raises(ssl.SSLError, match="alert protocol version"),
    ):
        context.wrap_socket(plain, server_hostname=host.address)
    agent.talk.wait_for("it speaks no TLS of ours")


@pytest.mark.realtime
def test_a_connection_ends_with_its_certificate(studio: MadeStudio, agent: Program, tmp_path: Path) -> None:
    host = {"host-b": studio.director.studio.hosts["host-b"]}
    for lifetime_s in (4, 12, 36):  # a busy machine may not be connected before the first one ends
        made = utc_now() - timedelta(days=CERTIFICATE_DAYS) + timedelta(seconds=lifetime_s)
        issued = issue_director(authority_of(studio), studio.director.director, made)
        put(issued, studio, tmp_path, "director")
        listener = Listener()
        with directing(StudioFolder(tmp_path, studio.director.studio), listener, host):
            try:
                connected = listener.noticed.get(timeout=lifetime_s)
            except queue.Empty:
                continue
            assert connected == ("host-b", True)
            assert listener.next_notice() == ("host-b", False)
            return
    pytest.fail("no connection came before its certificate ended")


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="looks at Linux's table of sockets")
def test_a_director_listens_to_nothing(studio: MadeStudio, agent: Program) -> None:
    listener = Listener()
    host = {"host-b": studio.director.studio.hosts["host-b"]}
    before = listening_sockets()
    with directing(studio.director, listener, host):
        listener.next_notice()
        assert listening_sockets() == before


def listening_sockets() -> set[str]:
    """Of this process, those that others can connect to."""
    lines = [line.split() for family in ("tcp", "tcp6", "udp", "udp6") for line in table(family)]
    listening = {f"socket:[{line[9]}]" for line in lines if line[3] in ("0A", "07")}
    return listening & open_files()


def table(family: str) -> list[str]:
    path = Path("/proc/self/net", family)
    return path.read_text().splitlines()[1:] if path.exists() else []


def open_files() -> set[str]:
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile, as that of the folder itself
            links.add(str(link.readlink()))
    return links
