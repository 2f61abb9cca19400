"""Lines over Zenoh on this computer, with real certificates: what crosses, in which order, who is there."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest

from kinect_sync.errors import BenchError
from kinect_sync.network import settings
from kinect_sync.network.lines import agent_line
from kinect_sync.wire.files import ListFiles
from kinect_sync.wire.hosts import Describe, Done, End, EndTake, Envelope, Leave, OtherVersion, Replay
from kinect_sync.wire.lines import Answered, DirectorLine, HostSilent
from kinect_sync.wire.messages import ClockRead, ReadClock
from tests.cli.commands import PATIENCE_S, wait_until
from tests.cli.programs import Program
from tests.network.listening import Listener, ask, directing, echoing, leave
from tests.studio.studios import MadeStudio

LEASE_MS = settings.LEASE_MS
"""The product's own: after so long a silence an agent that hangs is seen to be gone."""


@pytest.fixture
def listener() -> Listener:
    return Listener()


def dialling_b(studio: MadeStudio, listener: Listener) -> AbstractContextManager[DirectorLine]:
    """A line to the host whose agent stays."""
    return directing(studio.director, listener, {"host-b": studio.director.studio.hosts["host-b"]})


def dialling_c(studio: MadeStudio, listener: Listener) -> AbstractContextManager[DirectorLine]:
    """A line to the host whose agents come and go."""
    return directing(studio.director, listener, {"host-c": studio.director.studio.hosts["host-c"]})


def test_what_is_asked_is_answered_with_bytes_of_any_length(
    studio: MadeStudio, agent: Program, listener: Listener
) -> None:
    with dialling_b(studio, listener) as line:
        assert listener.next_notice() == ("host-b", True)
        assert ask(line, "host-b", Describe()).answer == Done()
        for nbytes in (0, 1, 1 << 20, 5 << 20):
            answered = ask(line, "host-b", EndTake(take=str(nbytes)))
            assert (answered.answer, len(answered.payload)) == (Done(), nbytes)


def test_events_come_in_order_and_none_is_lost(
    studio: MadeStudio, agent: Program, listener: Listener
) -> None:
    with dialling_b(studio, listener) as line:
        listener.next_notice()
        ask(line, "host-b", Replay(worker="front", after=2000))
        events = listener.events(2000)
    assert [event.number for event in events] == list(range(1, 2001))
    assert {event.worker for event in events} == {"front"}


def test_the_clock_is_read_while_a_command_takes_its_time(
    studio: MadeStudio, agent: Program, listener: Listener
) -> None:
    with dialling_b(studio, listener) as line, ThreadPoolExecutor() as pool:
        listener.next_notice()
        slow = pool.submit(ask, line, "host-b", End(worker="w"))
        agent.talk.wait_for("waits for the clock")
        answer = ask(line, "host-b", ReadClock(sent_ns=7)).answer
        assert isinstance(answer, ClockRead)
        assert answer.sent_ns == 7
        assert slow.result(PATIENCE_S).answer == Done()


def test_a_host_describes_itself_while_a_disk_takes_its_time(
    studio: MadeStudio, agent: Program, listener: Listener
) -> None:
    with dialling_b(studio, listener) as line, ThreadPoolExecutor() as pool:
        listener.next_notice()
        slow = pool.submit(ask, line, "host-b", ListFiles(take="walk"))
        agent.talk.wait_for("waits to describe itself")
        assert ask(line, "host-b", Describe()).answer == Done()
        assert slow.result(PATIENCE_S).answer == Done()


def test_a_defect_of_an_agent_is_no_answer_and_does_not_end_it(
    studio: MadeStudio, agent: Program, listener: Listener
) -> None:
    with dialling_b(studio, listener) as line:
        listener.next_notice()
        with pytest.raises(HostSilent):
            ask(line, "host-b", Leave())
        assert ask(line, "host-b", Describe()).answer == Done()
    agent.talk.wait_for("RuntimeError: a defect")


def test_another_version_is_told_on_both_sides(
    studio: MadeStudio, agent: Program, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dialling_b(studio, listener) as line:
        listener.next_notice()
        monkeypatch.setattr("kinect_sync.wire.hosts.HOSTS_PROTOCOL", 99)
        with pytest.raises(OtherVersion):
            line.ask("host-b", Envelope(protocol=99, request=Describe()))
    agent.talk.wait_for("another version: protocol 99")


@pytest.mark.parametrize("way", ["killed", "closed"])
def test_an_agent_that_is_gone_is_seen_at_once_and_so_is_the_next_one(
    way: str, studio: MadeStudio, listener: Listener
) -> None:
    with dialling_c(studio, listener) as line:
        assert not line.is_present("host-c")
        with pytest.raises(HostSilent):
            ask(line, "host-c", Describe())
        with echoing(studio.agent("host-c")) as agent:
            assert listener.next_notice() == ("host-c", True)
            take_away(agent, way)
            assert listener.next_notice() == ("host-c", False)
            assert not line.is_present("host-c")
            with pytest.raises(HostSilent):
                ask(line, "host-c", Describe())
        with echoing(studio.agent("host-c")):
            assert listener.next_notice() == ("host-c", True)
            assert ask(line, "host-c", Describe()).answer == Done()


def take_away(agent: Program, way: str) -> None:
    if way == "killed":
        agent.end()
    else:
        assert leave(agent) == 0


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP on Windows")
@pytest.mark.parametrize("then", ["goes on", "is started anew"])
def test_an_agent_that_hangs_is_seen_and_so_is_its_return(
    then: str, studio: MadeStudio, listener: Listener
) -> None:
    """By the product's own lease: a busy machine may see it go more than once, so notices aren't counted."""
    assert LEASE_MS <= 1500
    with dialling_c(studio, listener) as line, ExitStack() as agents:
        agent = agents.enter_context(echoing(studio.agent("host-c"), LEASE_MS))
        wait_until(lambda: line.is_present("host-c"), "the agent is there")
        agent.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: not line.is_present("host-c"), "the agent that hangs is seen to be gone")
        with pytest.raises(HostSilent):
            line.ask("host-c", Envelope(request=Describe()))
        if then == "goes on":
            agent.process.send_signal(signal.SIGCONT)
        else:
            agent.end()
            agents.enter_context(echoing(studio.agent("host-c")))
        wait_until(answers(line, "host-c"), "the agent answers again")


def answers(line: DirectorLine, host: str) -> Callable[[], bool]:
    """Tell, whenever it is asked, whether a host answers."""

    def answered() -> bool:
        try:
            return ask(line, host, Describe()).answer == Done()
        except HostSilent:
            return False

    return answered


def test_two_directors_hear_the_same(studio: MadeStudio, agent: Program, listener: Listener) -> None:
    other = Listener()
    with dialling_b(studio, listener) as line, dialling_b(studio, other):
        listener.next_notice()
        other.next_notice()
        ask(line, "host-b", Replay(worker="front", after=3))
        assert listener.events(3) == other.events(3)


def test_a_line_is_closed_also_while_it_dials(studio: MadeStudio, listener: Listener) -> None:
    with dialling_c(studio, listener):
        pass
    assert listener.noticed.empty()


def test_a_port_that_is_taken_is_told(studio: MadeStudio, agent: Program) -> None:
    with pytest.raises(BenchError) as caught:
        agent_line(studio.agent("host-b"), lambda _: Answered(Done()))
    assert caught.value.findings[0].code == "agent-cannot-listen"


def test_a_host_that_is_dialled_by_name_listens_to_all_that_a_name_may_lead_to(
    studio: MadeStudio, listener: Listener
) -> None:
    folder = studio.add("named", "localhost")
    with echoing(folder), directing(studio.director, listener, {"named": folder.address}) as line:
        assert listener.next_notice() == ("named", True)
        assert ask(line, "named", Describe()).answer == Done()
        for address in ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",):
            socket.create_connection((address, folder.address.port), PATIENCE_S).close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True
