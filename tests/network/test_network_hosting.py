"""Who is dialled and is not the host: none is taken for it, and the director is told why it is absent."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.network import probe
from kinect_sync.network.credentials import tls_context
from kinect_sync.network.probe import why_absent
from kinect_sync.studio.address import Address
from kinect_sync.studio.certificates import issue_agent
from kinect_sync.studio.folders import Credentials, StudioFolder, read_agent
from kinect_sync.wire.hosts import Describe
from kinect_sync.wire.lines import HostSilent
from tests.cli.commands import PATIENCE_S
from tests.cli.programs import Program
from tests.network.certificates import (
    Shown,
    a_strangers,
    another_hosts,
    another_name,
    authority_of,
    its_old_one,
    its_own,
    put,
)
from tests.network.intruders import DESCRIBE, Catch, as_director, copied, pry, session
from tests.network.listening import Listener, ask, directing, echoing
from tests.studio.studios import MadeStudio, free_port

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
    sentence: str, shown: Shown, code: str, told: str,
    studio: MadeStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(probe, "PATIENCE_S", PATIENCE_S)
    credentials = shown(studio, tmp_path)
    assert credentials is not None
    with listening(tls_context(credentials, ssl.PROTOCOL_TLS_SERVER), credentials) as address:
        finding = why_absent(studio.director, "host-b", address)
    assert (finding.code, told in finding.what) == (code, True), (sentence, finding.what)


def test_a_program_that_speaks_no_tls_is_no_agent(studio: MadeStudio) -> None:
    with listening(None) as address:
        assert why_absent(studio.director, "host-b", address).code == "host-silent"


def test_where_nobody_listens_a_host_is_not_reached(studio: MadeStudio) -> None:
    finding = why_absent(studio.director, "host-b", Address(address="127.0.0.1", port=free_port()))
    assert finding.code == "host-unreachable"
    finding = why_absent(studio.director, "host-b", Address(address="no-such-host.invalid", port=7447))
    assert finding.code == "host-unreachable"


def test_an_agent_that_refuses_this_director_is_told(
    studio: MadeStudio, agent: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PATIENCE_S", PATIENCE_S)
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
            impostor.talk.wait_for("ksync-director.studio is connected from")
            with pytest.raises(HostSilent):
                ask(line, "host-b", Describe())
        assert unpinned(studio, dialled[known_as]) == Catch(1, 1), "only the director's own rules keep it out"


def nowhere() -> Address:
    return Address(address="127.0.0.1", port=free_port())


def unpinned(studio: MadeStudio, address: Address) -> Catch:
    """What a director would get that believes whatever it is told."""
    known = studio.director.studio.model_copy(update={"hosts": {"host-b": address}})
    folder = replace(studio.director, studio=known)
    with session(as_director(folder, folder.credentials)) as opened:
        return pry(opened, studio.name, "host-b", DESCRIBE, PATIENCE_S)


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
        with suppress(OSError):  # closing alone does not wake who waits for a caller
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        try:
            caller, _ = self._server.accept()
            with caller:
                caller.settimeout(PATIENCE_S)
                if self._context is None:
                    caller.recv(100)
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                with self._context.wrap_socket(caller, server_side=True) as secured:
                    secured.recv(1)
        except OSError:
            return
