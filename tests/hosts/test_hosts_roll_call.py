"""All hosts are asked at once who they are; one that is not there costs no other one any time."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.hosts.listing import HostsReport, list_hosts
from kinect_sync.hosts.roll_call import HostAnswer, call_roll
from kinect_sync.rig.model import RigFields
from kinect_sync.studio.address import Address
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.hosts import HOSTS_PROTOCOL, Describe, Envelope, Lease, RunningTake
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.looks import Connected, ListConnected
from tests.director.scripted import chain
from tests.hosts.agents import PlayedAgent
from tests.hosts.lines import InProcessLine

HOSTS = ("host-b", "host-c", "host-d")
TAKE = RunningTake(
    take="walk", workers=("walk-left",), devices=("left",), captures=70, orphaned_s=42, ends_in_s=558
)


class LookedAt(PlayedAgent):
    """An agent that says what its bus lists, and what it records."""

    serials: tuple[str, ...] | None = (chain().devices[1].serial,)
    takes: tuple[RunningTake, ...] = ()
    until: date | None = date(2028, 11, 25)

    def answer(self, envelope: Envelope) -> Answered:
        if isinstance(envelope.request, ListConnected):
            return Answered(Connected(serials=self.serials))
        if isinstance(envelope.request, Describe):
            said = {"takes": self.takes, "certificate_until": self.until}
            return Answered(self._describe().model_copy(update=said))
        return super().answer(envelope)


class Studio:
    """Three hosts, and a director that calls them."""

    def __init__(self) -> None:
        self.line = InProcessLine(through_json=True)
        self.agents = {host: LookedAt(self.line, host) for host in HOSTS}
        self.explained: list[str] = []

    def explain(self, host: str) -> Finding:
        self.explained.append(host)
        return Finding(code="host-unreachable", what=f"{host} does not answer")

    def call(self) -> dict[str, HostAnswer]:
        return call_roll(HOSTS, self.line.director, self.explain)

    def list(self, rig: RigFields | None = None) -> HostsReport:
        addresses = {host: Address(address=f"10.0.0.{at}") for at, host in enumerate(HOSTS, 11)}
        return list_hosts("studio", addresses, self.call(), rig)


@pytest.fixture
def studio() -> Studio:
    return Studio()


def codes(report: HostsReport) -> list[str]:
    return [finding.code for finding in report.findings]


def test_every_host_says_what_there_is(studio: Studio) -> None:
    studio.agents["host-c"].lease = Lease(director="pc1 (process 7)", run="1", epoch=3)
    studio.agents["host-d"].serials = None
    report = studio.list(chain())
    assert (report.verdict, report.studio, codes(report)) == (Verdict.GOOD, "studio", [])
    b, c, d = report.hosts
    assert (b.name, b.address, b.port, b.ksync, b.system, b.director) == (
        "host-b", "10.0.0.11", 7447, "1.0", "Linux", None,
    )  # fmt: skip
    assert [c.director, d.devices, d.certificate_until] == ["pc1 (process 7)", None, "2028-11-25"]
    assert [(each.serial, each.name) for each in b.devices or ()] == [(chain().devices[1].serial, "left")]
    assert b.clock_offset_ns is not None
    assert b.clock_offset_ns > 0, "its clock shows 0"
    assert 0 < (b.clock_uncertainty_ns or 0) < 50_000_000
    assert studio.line.directors == [], "the line was closed"


def test_who_is_not_there_is_told_with_the_reason_and_others_answer(studio: Studio) -> None:
    studio.line.cut("host-c")
    report = studio.list()
    assert (report.verdict, codes(report)) == (Verdict.FAILED, ["host-unreachable"])
    assert [host.ksync for host in report.hosts] == ["1.0", None, "1.0"]
    assert report.hosts[1].problem == report.findings[0]
    assert studio.explained == ["host-c"]


def test_who_is_late_is_asked_all_the_same(studio: Studio) -> None:
    studio.line.cut("host-c")

    def explain(host: str) -> Finding:
        studio.line.heal(host)
        return Finding(code="host-silent", what="it stands still")

    assert call_roll(HOSTS, studio.line.director, explain)["host-c"].problem is None


def test_hosts_that_are_not_there_are_looked_for_at_once(studio: Studio) -> None:
    for host in HOSTS:
        studio.line.cut(host)
    together = threading.Barrier(len(HOSTS), timeout=30)

    def explain(host: str) -> Finding:
        together.wait()
        return studio.explain(host)

    answers = call_roll(HOSTS, studio.line.director, explain)
    assert [str(each.problem) for each in answers.values()] == [f"{host} does not answer" for host in HOSTS]


def test_who_does_not_answer_though_it_is_there_is_told(studio: Studio) -> None:
    studio.line.answers_lost.add("host-c")
    assert [host.problem is None for host in studio.list().hosts] == [True, False, True]


def test_another_version_is_told_and_not_asked_further(studio: Studio) -> None:
    studio.agents["host-b"].protocol = HOSTS_PROTOCOL + 1
    report = studio.list()
    assert (report.verdict, codes(report)) == (Verdict.FAILED, ["host-version"])


def test_a_certificate_of_the_directors_that_is_no_good_is_told_for_the_host(studio: Studio) -> None:
    studio.line.cut("host-b")
    finding = Finding(code="studio-unreadable", what="the key can't be used")

    def explain(_host: str) -> Finding:
        raise UsageError(finding)

    assert call_roll(HOSTS, studio.line.director, explain)["host-b"].problem == finding


def test_an_orphaned_take_is_told_once_with_all_its_hosts(studio: Studio) -> None:
    studio.agents["host-b"].takes = (TAKE,)
    studio.agents["host-d"].takes = (TAKE.model_copy(update={"ends_in_s": None}),)
    report = studio.list()
    (orphaned,) = report.findings
    assert (report.verdict, orphaned.code) == (Verdict.GOOD, "take-orphaned")
    assert "`host-b` (alone for 42 s, ends in 0:09:18), `host-d` (alone for 42 s)" in orphaned.what
    assert orphaned.remedy is not None
    assert "`ksync hosts end walk`" in orphaned.remedy
    assert report.hosts[0].takes == (TAKE,)


def test_no_hosts_are_no_hosts() -> None:
    def dial(*_: object) -> None:
        raise AssertionError("nobody is to be dialled")

    assert call_roll([], dial, lambda _: Finding(code="", what="")) == {}  # type: ignore[arg-type]
