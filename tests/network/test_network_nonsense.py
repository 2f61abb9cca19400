"""No message and no bytes end an agent, whoever sends them."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from kinect_sync.network.credentials import tls_context
from kinect_sync.network.keys import ask_key
from kinect_sync.wire.hosts import Describe, Done
from tests.cli.commands import wait_until
from tests.network.intruders import DESCRIBE, as_director, session
from tests.network.listening import EchoAgent, Listener, asking, directing
from tests.studio.studios import MadeStudio


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
        key = ask_key(studio.name, "host-b")
        wait_until(lambda: list(opened.get(key, payload=DESCRIBE)), "the agent can be asked")
        replies = [list(opened.get(key, payload=bytes(each), timeout=5.0)) for each in nonsense(100)]
        assert {len(each) for each in replies} == {1}, "each is answered"
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
