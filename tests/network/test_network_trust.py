"""Who is refused, at both ends: what an attempt gets, what the agent logs, and what the director is told."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.network.credentials import tls_context
from kinect_sync.network.probe import why_absent
from kinect_sync.studio.address import Address
from kinect_sync.studio.certificates import Issued, issue_agent, issue_director, read_issued
from kinect_sync.studio.folders import Credentials, StudioFolder, read_agent
from kinect_sync.wire.hosts import Describe, Done, Envelope
from kinect_sync.wire.lines import HostSilent
from tests.cli.commands import PATIENCE_S
from tests.network.intruders import Catch, as_director, copied, pry, session
from tests.network.listening import EchoAgent, Listener, asking, directing, echoing
from tests.studio.studios import MadeStudio, free_port

NOTHING = Catch(0, 0)
DESCRIBE = Envelope(request=Describe()).model_dump_json().encode()
LONG_AGO = timedelta(days=800)
NONE_COMES_S = 0.5
"""A token comes some milliseconds after the connection that the agent has logged already."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> MadeStudio:
    made = MadeStudio(tmp_path_factory.mktemp("studio"))
    made.add("host-b")
    made.add("host-c")
    return made


@pytest.fixture(scope="module")
def agent(studio: MadeStudio) -> Iterator[EchoAgent]:
    """The agent of host-b; it has to outlive whatever is done to it here."""
    with echoing(studio.agent("host-b")) as started:
        yield started


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


# --- who wants to direct --------------------------------------------------------------------------------


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


Shown = Callable[[MadeStudio, Path], Credentials | None]
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
    ("plain TCP", the_directors, "tcp", NOTHING, "it speaks no TLS"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "shown", "protocol", "caught", "logged"), DIRECTING, ids=[row[0] for row in DIRECTING]
)
def test_whoever_is_no_director_gets_nothing_and_is_logged(
    sentence: str, shown: Shown, protocol: str, caught: Catch, logged: str,
    studio: MadeStudio, agent: EchoAgent, tmp_path: Path,
) -> None:  # fmt: skip
    host = {"host-b": studio.director.studio.hosts["host-b"]}
    folder = replace(studio.director, studio=studio.director.studio.model_copy(update={"hosts": host}))
    with session(as_director(folder, shown(studio, tmp_path), protocol=protocol)) as opened:
        agent.wait_for(logged)
        patience_s = PATIENCE_S if caught.tokens else NONE_COMES_S
        assert pry(opened, studio.name, "host-b", DESCRIBE, patience_s) == caught, sentence


def test_who_hangs_up_is_logged(studio: MadeStudio, agent: EchoAgent) -> None:
    host = studio.agent("host-b").address
    socket.create_connection((host.address, host.port)).close()
    agent.wait_for("it hung up before it had shown anything")


def test_who_says_nothing_keeps_no_director_out(studio: MadeStudio, agent: EchoAgent) -> None:
    host, listener = studio.agent("host-b").address, Listener()
    with socket.create_connection((host.address, host.port)), directing(studio.director, listener) as line:
        assert listener.next_notice() == ("host-b", True)
        assert line.ask("host-b", asking(Describe())).answer == Done()


# --- who wants to be a host -----------------------------------------------------------------------------


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


HOSTING: list[tuple[str, Shown, str, str]] = [
    # (sentence, what it shows, the finding, a part of its sentence)
    ("another host's certificate", another_hosts, "host-refused", "of another host"),
    ("another host's name", another_name, "host-refused", "shows the certificate of host-c"),
    ("a certificate of another studio", a_strangers, "host-refused", "no certificate of this studio"),
    ("an expired certificate", its_old_one, "certificate-expired", "not valid now"),
    ("its own certificate, of a session that never begins", its_own, "host-silent", "accepts this director"),
]


@pytest.mark.parametrize(("sentence", "shown", "code", "told"), HOSTING, ids=[row[0] for row in HOSTING])
def test_whoever_is_not_the_host_is_told_apart(
    sentence: str, shown: Shown, code: str, told: str, studio: MadeStudio, tmp_path: Path
) -> None:
    credentials = shown(studio, tmp_path)
    assert credentials is not None
    with listening(tls_context(credentials, ssl.PROTOCOL_TLS_SERVER), credentials) as address:
        finding = why_absent(studio.director, "host-b", address)
    assert (finding.code, told in finding.what) == (code, True), (sentence, finding.what)


class listening:
    """A listener that shakes hands as an agent does, and says nothing after that."""

    def __init__(self, context: ssl.SSLContext | None, credentials: Credentials | None = None) -> None:
        self._context = context
        if context is not None:
            context.verify_mode = ssl.CERT_REQUIRED
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Address:
        self._thread.start()
        return Address(address="127.0.0.1", port=self._server.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        try:
            caller, _ = self._server.accept()
            with caller:
                caller.settimeout(5)
                if self._context is None:
                    caller.recv(100)
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                with self._context.wrap_socket(caller, server_side=True) as secured:
                    secured.recv(1)
        except OSError:
            return


def test_a_program_that_speaks_no_tls_is_no_agent(studio: MadeStudio) -> None:
    with listening(None) as address:
        assert why_absent(studio.director, "host-b", address).code == "host-silent"


def test_where_nobody_listens_a_host_is_not_reached(studio: MadeStudio) -> None:
    finding = why_absent(studio.director, "host-b", Address(address="127.0.0.1", port=free_port()))
    assert finding.code == "host-unreachable"
    finding = why_absent(studio.director, "host-b", Address(address="no-such-host.invalid", port=7447))
    assert finding.code == "host-unreachable"


def test_an_agent_that_refuses_this_director_is_told(
    studio: MadeStudio, agent: EchoAgent, tmp_path: Path
) -> None:
    other = MadeStudio(tmp_path / "other", studio.name)
    trusting = StudioFolder(tmp_path / "trusting", studio.director.studio)
    copied(other.director.credentials, trusting.path, studio.director.credentials.authority)
    finding = why_absent(trusting, "host-b", studio.agent("host-b").address)
    assert (finding.code, "does not accept" in finding.what) == ("host-refused", True)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP on Windows")
def test_an_agent_that_stands_still_is_told(studio: MadeStudio) -> None:
    folder = studio.agent("host-c")
    with echoing(folder) as started:
        started.process.send_signal(signal.SIGSTOP)
        assert why_absent(studio.director, "host-c", folder.address).code == "host-silent"


@pytest.mark.parametrize("known_as", ["host-b", "host-c"])
def test_an_agent_that_claims_another_hosts_name_is_not_taken_for_it(
    known_as: str, studio: MadeStudio, tmp_path: Path
) -> None:
    """Dialled as host-b or as itself, host-c says that it is host-b, and is not heard as that."""
    port = free_port()
    put(issue_agent(authority_of(studio), "host-c", "127.0.0.1", studio.now), studio, tmp_path / "c", "agent")
    card = {"studio": studio.name, "host": "host-b", "address": "127.0.0.1", "port": port}
    (tmp_path / "c" / "agent.json").write_text(json.dumps(card))
    dialled = {known_as: Address(address="127.0.0.1", port=port), "host-b": nowhere()} | (
        {"host-b": Address(address="127.0.0.1", port=port)} if known_as == "host-b" else {}
    )
    with echoing(read_agent(tmp_path / "c")) as impostor:
        with directing(studio.director, Listener(), dialled) as line:
            impostor.wait_for("ksync-director.studio is connected from")
            with pytest.raises(HostSilent):
                line.ask("host-b", asking(Describe()))
        assert unpinned(studio, dialled[known_as]) == Catch(1, 1), "only the director's own rules keep it out"


def nowhere() -> Address:
    return Address(address="127.0.0.1", port=free_port())


def unpinned(studio: MadeStudio, address: Address) -> Catch:
    """What a director would get that believes whatever it is told."""
    known = studio.director.studio.model_copy(update={"hosts": {"host-b": address}})
    folder = replace(studio.director, studio=known)
    with session(as_director(folder, folder.credentials)) as opened:
        return pry(opened, studio.name, "host-b", DESCRIBE, PATIENCE_S)


# --- nonsense -------------------------------------------------------------------------------------------


def nonsense(count: int) -> Iterator[bytes]:
    """Messages that are none, from noise to what is nearly one."""
    chance = random.Random(11)
    for _ in range(count):
        whole = bytearray(DESCRIBE)
        for _ in range(chance.randrange(1, 4)):
            whole[chance.randrange(len(whole))] = chance.randrange(256)
        yield from (
            chance.randbytes(chance.randrange(300)),
            bytes(whole),
            whole[: chance.randrange(len(whole))],
        )
    yield from (
        b"[" * 100_000,
        b'{"protocol":' * 1000,
        b"x" * (2 << 20),
        b'{"protocol": 1e400}',
        b"null",
        b"",
    )


def test_no_message_ends_an_agent(studio: MadeStudio, agent: EchoAgent) -> None:
    listener = Listener()
    with (
        directing(studio.director, listener) as line,
        session(as_director(studio.director, studio.director.credentials)) as opened,
    ):
        listener.next_notice()
        for message in nonsense(100):
            list(opened.get(f"ksync/1/{studio.name}/ask/host-b", payload=bytes(message), timeout=5.0))
        assert line.ask("host-b", asking(Describe())).answer == Done()
    agent.wait_for("what is no request")
    assert agent.process.poll() is None


def test_no_bytes_within_a_connection_end_an_agent(studio: MadeStudio, agent: EchoAgent) -> None:
    host, listener = studio.agent("host-b").address, Listener()
    context = tls_context(studio.director.credentials)
    for message in list(nonsense(10))[:30]:
        with (
            socket.create_connection((host.address, host.port), 5) as plain,
            context.wrap_socket(plain, server_hostname=host.address) as secured,
        ):
            secured.sendall(bytes(message))
    for message in list(nonsense(2))[:6]:
        with socket.create_connection((host.address, host.port), 5) as plain:
            plain.sendall(bytes(message))
    with directing(studio.director, listener) as line:
        assert listener.next_notice() == ("host-b", True)
        assert line.ask("host-b", asking(Describe())).answer == Done()


def test_a_certificate_that_can_not_be_used_is_told_before_anybody_is_dialled(
    studio: MadeStudio, tmp_path: Path
) -> None:
    broken = StudioFolder(tmp_path, studio.director.studio)
    for whose in ("ca.pem", "director.pem"):
        (tmp_path / whose).write_bytes(studio.director.credentials.authority.read_bytes())
    (tmp_path / "director.key").write_bytes(studio.director.credentials.key.read_bytes())
    with (
        pytest.raises(UsageError, match="or its key, can't be used"),
        directing(broken, Listener()),
    ):
        pass
