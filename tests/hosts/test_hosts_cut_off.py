"""A director that is cut off gets its run back, whoever was at its hosts meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.errors import BenchError
from kinect_sync.hosts.host_line import HostLine
from kinect_sync.hosts.remote_link import RemoteLink
from kinect_sync.hosts.session import hosts_session
from kinect_sync.values import Value
from kinect_sync.wire.hosts import LEASE_S, Launch, Lease
from kinect_sync.wire.messages import CutOff, Exited, Finished, Healed, Open, Progress, Ready
from tests.agent.asking import READY, RECORD, description, progress
from tests.agent.scripted import KINECTS, Hosted, ScriptedWorker
from tests.cli.commands import wait_until
from tests.hosts.agents import PlayedAgent
from tests.hosts.lines import InProcessLine, unreachable
from tests.takes.recorded import settings

LEASE = Lease(director="pc1", run="run-1", epoch=1)


class Stage:
    """A director that records a device of host-b, whose agent is a real one; host-c obeys somebody else."""

    def __init__(self, folder: Path) -> None:
        self.line = InProcessLine(through_json=True)
        self.hosted = Hosted(folder)
        agent = self.line.agent("host-b", self.hosted.agent.answer)
        self.hosted.tell = agent.tell
        self.other = PlayedAgent(self.line, "host-c")
        end = self.line.director(lambda _, heard: self.host.hear(heard), lambda *_: None)
        clock = self.hosted.clock
        self.host = HostLine("host-b", end, LEASE, clock=lambda: clock.now_s)
        self.events: list[Value] = []
        self.link = RemoteLink("front", "walk", "host-b", self, self.host.put, self.host.wake)

    def put(self, item: tuple[str, Value]) -> None:
        self.events.append(item[1])

    def record(self) -> ScriptedWorker:
        """Begin a take that goes on until somebody ends it."""
        self.host.add(self.link, Launch(worker="walk", bench=KINECTS, take="walk"))
        self.link.send(Open(settings=settings(name="front"), index=0))
        self.link.send(RECORD)
        self.turn()
        worker = self.hosted.workers["walk"]
        worker.welcome()
        while worker.hear_told().command != RECORD:
            continue
        worker.say(READY, progress(5))
        wait_until(lambda: description(self.hosted).takes, "it records")
        wait_until(lambda: len(self.events) == 2, "that is heard")
        return worker

    def turn(self) -> None:
        """Let half a second pass for the director, and let it do what it has to."""
        self.hosted.let_pass(0.5)
        self.host.turn()

    def cut_off(self) -> None:
        """Let the director's link fail, and then more time than its lease."""
        self.line.cut("host-b")
        self.host.turn()
        self.hosted.let_pass(LEASE_S + 1)
        self.line.heal("host-b")

    def somebody(self, *hosts: str, looks: bool) -> None:
        with hosts_session(hosts, self.line.director, "pc2", unreachable, looks=looks):
            pass


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.hosted.close()


@pytest.mark.parametrize("looks", [True, False], ids=["looks", "directs"])
def test_while_a_host_records_nobody_else_gets_it_and_its_director_does_again(
    stage: Stage, *, looks: bool
) -> None:
    worker = stage.record()
    stage.cut_off()
    with pytest.raises(BenchError) as refused:
        stage.somebody("host-b", looks=looks)
    (finding,) = refused.value.findings
    assert finding.code == "take-goes-on"
    assert finding.what.startswith("`host-b`: walk is recorded on")
    worker.say(progress(6))
    wait_until(lambda: description(stage.hosted).takes[0].captures == 6, "it records on")
    stage.turn()
    assert [type(each) for each in stage.events] == [Ready, Progress, CutOff, Progress, Healed]


@pytest.mark.parametrize("looks", [True, False], ids=["looks", "directs"])
def test_the_end_of_a_take_waits_for_its_director_whoever_has_the_host_meanwhile(
    stage: Stage, *, looks: bool
) -> None:
    worker = stage.record()
    stage.cut_off()
    worker.say(Finished(captures=5, written_bytes=9))
    worker.end(0)
    wait_until(lambda: "front has left (exit status 0)" in stage.hosted.said, "it has left")
    stage.somebody("host-b", looks=looks)
    stage.turn()
    assert [type(each) for each in stage.events[2:]] == [CutOff, Finished, Healed, Exited]


def test_whoever_gets_not_all_its_hosts_takes_none_from_a_run(stage: Stage) -> None:
    stage.host.turn()
    stage.cut_off()
    stage.other.in_use = True
    with pytest.raises(BenchError):
        stage.somebody("host-b", "host-c", looks=False)
    assert description(stage.hosted).epoch == 1
    stage.turn()
    assert not stage.host.is_lost
