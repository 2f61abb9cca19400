"""All hosts of a rig obey one director, or none does; and each device's worker is started where it is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kinect_sync.director.link import Link, Post
from kinect_sync.errors import BenchError
from kinect_sync.hosts.session import Errand, hosts_session
from kinect_sync.wire.hosts import Launch
from kinect_sync.wire.lines import DirectorLine, Hear, Notice
from tests.cli.commands import PATIENCE_S
from tests.hosts.agents import PlayedAgent
from tests.hosts.lines import InProcessLine, unreachable


class Studio:
    """Two hosts."""

    def __init__(self) -> None:
        self.line = InProcessLine(through_json=True)
        self.agents = {host: PlayedAgent(self.line, host, epoch=epoch)
                       for host, epoch in (("host-b", 3), ("host-c", 7))}  # fmt: skip
        self.opened: list[DirectorLine] = []

    def dial(self, hear: Hear, notice: Notice) -> DirectorLine:
        self.opened.append(self.line.director(hear, notice))
        return self.opened[-1]

    def session(self, gather_s: float = PATIENCE_S, *, looks: bool = False):
        hosts = ["host-b", "host-c"]
        return hosts_session(hosts, self.dial, "pc1", unreachable, gather_s=gather_s, looks=looks)


@pytest.fixture
def studio() -> Studio:
    return Studio()


def nobody(name: str, post: Post) -> Link:
    raise AssertionError("no process is started here")


def test_hosts_obey_from_the_first_moment_to_the_last_and_no_longer(studio: Studio) -> None:
    with studio.session() as session:
        leases = {agent.lease for agent in studio.agents.values()}
        assert {lease.epoch for lease in leases if lease} == {8}, "above any that was"
        assert len(leases) == 1
        assert session.descriptions["host-c"].host.name == "host-c.example"
    assert [agent.lease for agent in studio.agents.values()] == [None, None]
    assert studio.line.directors == []
    assert not [thread for thread in threading.enumerate() if thread.name in studio.agents]


def test_who_only_looks_outdates_no_run(studio: Studio) -> None:
    with studio.session(looks=True):
        assert [agent.lease.epoch for agent in studio.agents.values() if agent.lease] == [0, 0]


def test_a_host_that_comes_while_it_is_waited_for_is_there(studio: Studio) -> None:
    studio.line.cut("host-b")
    threading.Timer(0.05, lambda: studio.line.heal("host-b")).start()
    with studio.session() as session:
        assert sorted(session.descriptions) == ["host-b", "host-c"]


Case = tuple[str, Callable[[Studio], None], list[tuple[str, str]]]
REFUSED: list[Case] = [
    ("both are not there", lambda studio: [studio.line.cut(host) for host in studio.agents],  # type: ignore
     [("host-unreachable", "host-b"), ("host-unreachable", "host-c")]),
    ("one is of another version", lambda studio: setattr(studio.agents["host-b"], "protocol", 99),
     [("host-version", "host-b")]),
    ("one obeys somebody else", lambda studio: setattr(studio.agents["host-c"], "in_use", True),
     [("host-in-use", "host-c")]),
    ("one hangs", lambda studio: studio.line.answers_lost.add("host-b"), [("host-unreachable", "host-b")]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "spoil", "told"), REFUSED, ids=[each[0] for each in REFUSED])
def test_where_one_host_does_not_serve_none_is_led(
    studio: Studio, case: str, spoil: Callable[[Studio], None], told: list[tuple[str, str]]
) -> None:
    spoil(studio)
    with pytest.raises(BenchError) as refused, studio.session(gather_s=0.01):
        raise AssertionError(case)
    findings = refused.value.findings
    assert [each.code for each in findings] == [code for code, _ in told]
    assert all(host in finding.what for (_, host), finding in zip(told, findings, strict=True))
    assert [agent.leases for agent in studio.agents.values()] == [[], []], "not for a moment"
    assert studio.line.directors == []


def test_each_worker_is_started_where_its_device_is_and_the_second_goes_on(studio: Studio) -> None:
    here: list[str] = []

    def launch_here(name: str, post: Post) -> Link:
        here.append(name)
        return None  # type: ignore[return-value]

    class Nowhere:
        def put(self, item: object) -> None:
            return

    errand = Errand({"host-b": "a bench", "host-c": "another"}, take="walk")
    with studio.session() as session:
        launch = session.launcher({"left": "host-b", "right": "host-c"}, errand, launch_here)
        for name in ("front", "left", "right", "left"):
            launch(name, Nowhere())
    assert here == ["front"]
    launched = {host: [each for each in agent.asked if isinstance(each, Launch)]
                for host, agent in studio.agents.items()}  # fmt: skip
    assert [(each.take, each.bench, each.continues) for each in launched["host-b"]] == [
        ("walk", "a bench", False),
        ("walk", "a bench", True),
    ]
    assert len({each.worker for each in launched["host-b"]}) == 2
    assert [each.bench for each in launched["host-c"]] == ["another"]
