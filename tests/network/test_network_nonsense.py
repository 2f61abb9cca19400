"""No message and no bytes end an agent or a director, whoever sends them."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest
import zenoh

from kinect_sync.network.credentials import tls_context
from kinect_sync.network.keys import alive_key, ask_key, heard_key
from kinect_sync.network.settings import agent_settings
from kinect_sync.wire.hosts import Describe, Done, Heard, OtherVersion
from kinect_sync.wire.lines import HostSilent
from kinect_sync.wire.messages import Said
from tests.cli.commands import PATIENCE_S, wait_until
from tests.cli.programs import Program
from tests.network.intruders import DESCRIBE, as_director, session
from tests.network.listening import Listener, ask, directing
from tests.studio.studios import MadeStudio

BLOCK = zenoh.CongestionControl.BLOCK


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


def test_no_message_ends_an_agent(studio: MadeStudio, agent: Program) -> None:
    listener = Listener()
    with (
        directing(studio.director, listener) as line,
        session(as_director(studio.director, studio.director.credentials)) as opened,
    ):
        listener.next_notice()
        key = ask_key(studio.name, "host-b")
        wait_until(lambda: list(opened.get(key, payload=DESCRIBE)), "the agent can be asked")
        replies = [list(opened.get(key, payload=bytes(each), timeout=PATIENCE_S)) for each in nonsense(100)]
        assert {len(each) for each in replies} == {1}, "each is answered"
        assert ask(line, "host-b", Describe()).answer == Done()
    agent.talk.wait_for("what is no request")
    assert agent.process.poll() is None


def test_no_bytes_within_a_connection_end_an_agent(studio: MadeStudio, agent: Program) -> None:
    host, listener = studio.agent("host-b").address, Listener()
    context = tls_context(studio.director.credentials)
    for message in list(nonsense(10))[:30]:
        with (
            socket.create_connection((host.address, host.port), PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=host.address) as secured,
        ):
            secured.sendall(bytes(message))
    for message in list(nonsense(2))[:6]:
        with socket.create_connection((host.address, host.port), PATIENCE_S) as plain:
            plain.sendall(bytes(message))
    with directing(studio.director, listener) as line:
        assert listener.next_notice() == ("host-b", True)
        assert ask(line, "host-b", Describe()).answer == Done()


def test_no_message_ends_a_director(studio: MadeStudio) -> None:
    """Whatever a host says that has lost its mind: what makes sense after that is heard."""
    folder, listener = studio.agent("host-c"), Listener()
    answers = nonsense(30)
    sense = Heard(worker="front", number=1, event=Said(text="sense"))
    with session(agent_settings(folder)) as agent:
        kept = [
            agent.declare_queryable(
                ask_key(studio.name, "host-c"),
                lambda query: query.reply(query.key_expr, bytes(next(answers))),
            ),
            agent.liveliness().declare_token(alive_key(studio.name, "host-c", "agent")),
        ]
        with directing(studio.director, listener, {"host-c": folder.address}) as line:
            assert listener.next_notice() == ("host-c", True)
            for _ in range(90):
                with pytest.raises((HostSilent, OtherVersion)):
                    ask(line, "host-c", Describe())
            for message in (*nonsense(30), sense.model_dump_json().encode()):
                agent.put(heard_key(studio.name, "host-c"), bytes(message), congestion_control=BLOCK)
            assert listener.events(1) == [sense]
        assert kept
