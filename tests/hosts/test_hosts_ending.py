"""A take is ended on all hosts that record it, by whoever has the studio; what was ended is told by host."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from kinect_sync.findings import Finding
from kinect_sync.hosts import ending
from kinect_sync.hosts.ending import EndedTake, Recorded, end_take, find_take
from kinect_sync.hosts.roll_call import calling
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.hosts import (
    Answer,
    Describe,
    Done,
    EndTake,
    Envelope,
    Lease,
    Refused,
    RunningTake,
)
from kinect_sync.wire.lines import Answered
from tests.hosts.agents import PlayedAgent
from tests.hosts.lines import InProcessLine, unreachable

HOSTS = ("host-b", "host-c", "host-d")
LEASE = Lease(director="pc1", run="1", epoch=3)


class Recording(PlayedAgent):
    """An agent that records, and needs some looks to close its files."""

    takes: tuple[RunningTake, ...] = ()
    looks_to_close = 2
    ends: list[EndTake]

    def answer(self, envelope: Envelope) -> Answered:
        return Answered(self._said(envelope))

    def _said(self, envelope: Envelope) -> Answer:
        request = envelope.request
        if isinstance(request, Describe):
            self._close()
            return self._describe().model_copy(update={"takes": self.takes})
        if isinstance(request, EndTake):
            self.ends.append(request)
            if self.lease is not None and not request.running:
                return Refused(findings=(Finding(code="take-commanded", what="pc1 directs walk"),))
        return Done()

    def _close(self) -> None:
        if self.ends and self.takes:
            self.looks_to_close -= 1
            captures = self.takes[0].captures + 1
            self.takes = (self.takes[0].model_copy(update={"captures": captures}),)
            self.takes = self.takes if self.looks_to_close else ()


class Studio:
    """Three hosts, of which two record a take that was left alone."""

    def __init__(self) -> None:
        self.line = InProcessLine(through_json=True)
        self.agents = {host: Recording(self.line, host) for host in HOSTS}
        for agent, device in zip(self.agents.values(), ("left", "right", None), strict=True):
            agent.ends = []
            agent.takes = (recorded(device),) if device else ()

    def end(self, take: str = "walk", *, running: bool = False) -> EndedTake:
        return end(self.line, HOSTS, take, running=running)[1]


def end(
    line: InProcessLine,
    hosts: Sequence[str],
    take: str,
    *,
    running: bool,
    rest: Callable[[float], None] = lambda _: None,
) -> tuple[Recorded, EndedTake]:
    """Find a take, and end it."""
    with calling(line.director, unreachable) as roll:
        found = find_take(roll, hosts, take)
        return found, end_take(roll, found, by="pc2", running=running, rest=rest)


def recorded(device: str) -> RunningTake:
    return RunningTake(
        take="walk", workers=(f"walk-{device}",), devices=(device,), captures=70, orphaned_s=42,
        ends_in_s=558,
    )  # fmt: skip


def codes(report: EndedTake) -> list[str]:
    return [finding.code for finding in report.findings]


def states(report: EndedTake) -> dict[str, str]:
    return {host.host: host.state for host in report.hosts}


def test_an_orphaned_take_is_ended_wherever_it_is_recorded() -> None:
    studio = Studio()
    report = studio.end()
    assert (report.verdict, codes(report), report.take) == (Verdict.GOOD, [], "walk")
    assert [(each.host, each.state, each.devices, each.captures) for each in report.hosts] == [
        ("host-b", "ended", ("left",), 71),
        ("host-c", "ended", ("right",), 71),
    ]
    assert [each.ends for each in studio.agents.values()] == [
        *[[EndTake(take="walk", by="pc2")]] * 2, [],
    ]  # fmt: skip


def test_a_take_that_no_host_records_is_the_answer_no() -> None:
    report = Studio().end("run")
    assert (report.verdict, codes(report), report.hosts) == (Verdict.BAD, ["take-not-recorded"], ())


def test_a_host_that_is_not_there_may_record_it_too() -> None:
    studio = Studio()
    studio.line.cut("host-c")
    report = studio.end()
    assert (report.verdict, codes(report)) == (Verdict.FAILED, ["host-unreachable"])
    assert states(report) == {"host-b": "ended"}
    assert studio.end().verdict is Verdict.FAILED, "and nobody knows whether it is recorded"


def test_what_somebody_directs_is_ended_only_where_that_is_wanted() -> None:
    studio = Studio()
    agent = studio.agents["host-c"]
    agent.lease = LEASE
    agent.takes = (recorded("right").model_copy(update={"orphaned_s": None}),)
    found, report = end(studio.line, HOSTS, "walk", running=False)
    assert found.director == "pc1"
    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["take-commanded"])
    assert states(report) == {"host-b": "ended", "host-c": "not_ended"}
    agent.ends.clear()
    assert states(studio.end(running=True)) == {"host-c": "ended"}


def test_files_that_take_long_to_close_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio()
    studio.agents["host-b"].looks_to_close = 10**9
    now_s = 0.0

    def rest(seconds: float) -> None:
        nonlocal now_s
        if not studio.agents["host-c"].takes:  # time stands still until the other one has closed its file
            now_s += seconds

    monkeypatch.setattr(ending, "steady_s", lambda: now_s)
    _, report = end(studio.line, HOSTS, "walk", running=False, rest=rest)
    assert (report.verdict, codes(report)) == (Verdict.GOOD, ["take-still-ends"])
    assert states(report) == {"host-b": "ending", "host-c": "ended"}


def test_no_host_is_asked_where_there_is_none() -> None:
    assert end(InProcessLine(), (), "walk", running=True)[1].verdict is Verdict.BAD
