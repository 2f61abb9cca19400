"""Rows of devices at other hosts: brought while they come, bounded, and missed by nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync as ks
from kinect_sync.agent.captures import HostCaptures
from kinect_sync.benches.distant_rings import DistantRings
from kinect_sync.benches.host_feed import DRAIN_S, HostFeed
from kinect_sync.benches.reaching import Reached
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOSTS_NOT_INSTALLED
from kinect_sync.findings.streaming import (
    ROWS_MISSED,
    ROWS_NOT_BROUGHT,
    STREAM_CAPTURES_LEFT_OUT,
    STREAM_HOST_SILENT,
    STREAM_HOST_UNREAD,
    STREAM_NOT_UNDERSTOOD,
)
from kinect_sync.network.packing import pack, unpack
from kinect_sync.rig.modes import Role
from kinect_sync.streaming.distant_captures import DistantCaptures
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.wire.capture_ring import RingReader, RingWriter, ring_name
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.hosts import Done, Envelope, OtherVersion, Refused
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.messages import ClockRead, ReadClock
from kinect_sync.wire.sent_captures import SendCaptures, SentCapture, SentCaptures, SentRing
from tests.cli.commands import wait_until
from tests.hosts.computers import loopback_studio
from tests.hosts.lines import DirectorEnd, InProcessLine, unreachable
from tests.hosts.links import RIG
from tests.hosts.test_hosts_same_take import images
from tests.takes.recorded import settings, take

HOSTS = ("host-b", "host-c")
PLACES = {"front": None, "left": "host-b", "right": "host-c"}
AHEAD_NS = 3_600_000_000_000
"""The clocks of the other hosts are an hour ahead."""
PERIOD_S = 1 / 30
RING = 12
GIVEN = take(settings(), 60)


class Rig:
    """A rig of one device here and one at each of two hosts, by one clock that a test lets pass."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = 50_000_000_000
        self.line = InProcessLine(through_json=True)
        self.answers: dict[str, Answered | Exception] = {}
        """What a host answers in the place of captures."""
        self.asked: dict[str, list[SendCaptures]] = {host: [] for host in HOSTS}
        roles = dict(zip(PLACES, (Role.MASTER, Role.SUBORDINATE, Role.SUBORDINATE), strict=True))
        self.devices = [
            StreamedDevice(settings=settings(name=name, role=roles[name]), host=host)
            for name, host in PLACES.items()
        ]
        self.paths = {name: folder / f"ksync-rig-{name}" / ring_name(name) for name in PLACES}
        self.rings = {each.name: self._ring(each) for each in self.devices}
        for host in HOSTS:
            self._serve(host)
        self.director = self.line.director(lambda *_: None, lambda *_: None)
        self.sources = {
            each.name: DistantCaptures(each.settings, RING) for each in self.devices if each.host is not None
        }
        self.feeds = {host: self._feed(host) for host in HOSTS}
        here = RingReader(self.paths["front"])
        self.reader = RowReader(
            self.devices, "front", 30, rings={"front": here, **self.sources}, now_ns=self.now, rest=self.rest
        )

    def now(self) -> int:
        return self.now_ns

    def rest(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    def _ring(self, device: StreamedDevice) -> RingWriter:
        self.paths[device.name].parent.mkdir()
        ahead_ns = AHEAD_NS if device.host else 0
        return RingWriter(
            self.paths[device.name],
            device.settings,
            captures=RING,
            clock_ns=lambda: self.now_ns + ahead_ns,
        )

    def _serve(self, host: str) -> None:
        captures = HostCaptures(
            lambda device: self.paths[device] if PLACES[device] == host else None,
            now_ns=lambda: self.now_ns + AHEAD_NS,
            rest=self.rest,
        )

        def answer(envelope: Envelope) -> Answered:
            request = envelope.request
            assert envelope.lease is None, "whoever takes rows commands nobody"
            if isinstance(request, ReadClock):
                read_ns = self.now_ns + AHEAD_NS
                return Answered(ClockRead(clock=host, sent_ns=request.sent_ns, time_ns=read_ns))
            assert isinstance(request, SendCaptures)
            self.asked[host].append(request)
            if isinstance(instead := self.answers.get(host), Exception):
                raise instead
            return unpack(pack(instead or captures.answer(request)))

        self.line.agent(host, answer)

    def _feed(self, host: str) -> HostFeed:
        return HostFeed(
            host, {name: self.sources[name] for name in PLACES if PLACES[name] == host}, 0.1, self.now
        )

    def pull(self, *hosts: str) -> None:
        for host in hosts or HOSTS:
            self.feeds[host].pull(self.director)

    def pulse(self, *pulses: int, without: Sequence[str] = ()) -> None:
        """Let all devices capture pulses, a period after the other, half of one before they are put."""
        for pulse in pulses:
            self.rest(PERIOD_S)
            for name, host in PLACES.items():
                if name not in without:
                    received_ns = self.now_ns - 5_000_000 + (AHEAD_NS if host else 0)
                    self.rings[name].put(replace(GIVEN[pulse], host_time_ns=received_ns), pulse, None)

    def rows(self) -> list[LiveRow]:
        return list(iter(lambda: self.reader.next(0), None))

    @property
    def found(self) -> list[Finding]:
        return [finding for feed in self.feeds.values() for finding in feed.findings]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def begin(rig: Rig, *pulses: int) -> None:
    """Let rows come until all hosts are there."""
    rig.pulse(*pulses)
    rig.pull()
    assert [row.complete for row in rig.rows()] == [True] * len(pulses)


def holes(rows: Sequence[LiveRow]) -> list[list[str]]:
    return [[name for name, each in row.items() if each.hole] for row in rows]


def test_rows_have_what_every_host_gave_and_times_of_this_computer(rig: Rig) -> None:
    rig.pulse(0, 1)
    rig.pull()
    rows = rig.rows()
    assert [(row.pulse, row.complete) for row in rows] == [(0, True), (1, True)]
    for row in rows:
        given = GIVEN[row.pulse]
        assert given.depth is not None
        assert given.color is not None
        for capture in row.values():
            assert np.array_equal(capture.depth, given.depth.data)
            assert capture.color_jpeg == given.color.data.tobytes()
            assert capture.host_time_ns == row["front"].host_time_ns
    assert rig.found == []


def test_rows_begin_with_what_was_held_though_it_is_older_than_rows_may_be_later(rig: Rig) -> None:
    begin(rig, *range(8))
    assert rig.reader.missed.count == 0


def test_rows_that_went_by_before_a_host_was_reached_are_no_fault_of_the_program(rig: Rig) -> None:
    for pulse in range(20):
        rig.pulse(pulse)
        rig.reader.read_along()
    rig.pull()
    rows = rig.rows()
    assert [(row.pulse, row.complete) for row in rows] == [(pulse, True) for pulse in range(11, 20)]
    assert (rig.reader.before, rig.reader.missed.count) == (11, 0)
    assert rig.reader.findings == ()


def test_a_host_that_is_cut_off_costs_its_own_devices_and_comes_back(rig: Rig) -> None:
    begin(rig, 0)
    rig.line.cut("host-c")
    rows = []
    for pulse in range(1, 12):
        rig.pulse(pulse)
        rig.pull()
        rows += rig.rows()
    assert len(rows) >= 4, "those that wait no longer"
    assert all(each == ["right"] for each in holes(rows))
    rig.line.heal("host-c")
    rig.pull("host-c")
    rows = rig.rows()
    assert [(row.pulse, row.complete) for row in rows] == [(pulse, True) for pulse in range(8, 12)]
    (silent,) = rig.found
    assert (silent.kind, silent.device) == (STREAM_HOST_SILENT, None)
    assert "`host-c` sent no captures for 0." in silent.what


def test_rows_that_came_and_were_not_taken_are_no_fault_of_a_host(rig: Rig) -> None:
    begin(rig, 0)
    for pulse in range(1, 30):
        rig.pulse(pulse)
        rig.pull()
    assert rig.rows()[-1].pulse == 29
    assert [each.kind for each in rig.reader.findings] == [ROWS_MISSED]
    assert rig.found == []


def test_a_host_has_two_requests_at_a_time_and_each_capture_comes_once(rig: Rig) -> None:
    begin(rig, 0)
    rig.line.asks_ahead = True
    for pulse in range(1, 6):
        rig.pulse(pulse)
        rig.pull("host-b")
    rig.line.asks_ahead = False
    rig.pull("host-b")
    asked = rig.asked["host-b"]
    assert [each.wanted[0].after for each in asked] == [0, 1, 1, 2, 2, 3, 4]
    left = rig.sources["left"]
    assert [label and label.pulse for label in map(left.label, range(1, 7))] == [*range(6)]
    assert rig.found == []


def test_what_was_sent_and_is_lost_comes_again(rig: Rig) -> None:
    begin(rig, 0)
    rig.line.answers_lost.add("host-b")
    rig.pulse(1)
    rig.pull()
    rig.line.answers_lost.clear()
    rig.pull("host-b")
    assert holes(rig.rows()) == [[]]
    assert rig.found == []


def test_a_host_that_misses_a_moment_is_not_told(rig: Rig) -> None:
    begin(rig, 0)
    rig.line.cut("host-c")
    rig.pull()
    rig.line.heal("host-c")
    rig.rest(60.0)  # the program was stopped meanwhile: that says nothing of a host
    rig.pull()
    assert rig.found == []


def test_captures_that_a_host_leaves_out_are_told_and_their_rows_missed(rig: Rig) -> None:
    begin(rig, 0)
    rig.pulse(1)
    rig.pull("host-b")
    rig.rest(0.15)
    rig.pulse(2)
    rig.pull()
    assert [row.pulse for row in rig.rows()] == [2]
    assert rig.reader.missed.count == 1
    (not_brought,) = rig.reader.findings
    assert (not_brought.kind, not_brought.device) == (ROWS_NOT_BROUGHT, "right")
    assert "1 of `right` at `host-c`; pulses 1" in not_brought.what
    (left_out,) = rig.found
    assert (left_out.kind, left_out.device) == (STREAM_CAPTURES_LEFT_OUT, "right")
    assert "1 capture was not sent by `host-c`" in left_out.what


RINGS = (SentRing(device="right", ring="ksync-rig-right", captures=RING, newest=9, upto=9),)
CAPTURE = SentCapture(
    device="right", number=9, pulse=1, hole=None, host_time_ns=0, color=None, depth=None, ir=None
)


@pytest.mark.parametrize(
    "answer",
    [
        Answered(SentCaptures(), b"bytes of nothing"),
        Answered(SentCaptures(rings=RINGS, captures=(CAPTURE, CAPTURE))),
        Answered(SentCaptures(captures=(CAPTURE,))),
        Answered(SentCaptures(rings=(RINGS[0].model_copy(update={"device": "left"}),))),
        Answered(Done()),
        Answered(Refused(findings=())),
        ValueError("no JSON"),
    ],
    ids=[
        "more bytes",
        "a capture twice",
        "of no ring",
        "of another host",
        "another answer",
        "a refusal without a reason",
        "nonsense",
    ],
)
def test_what_makes_no_sense_is_a_finding_and_costs_nobody_else(rig: Rig, answer: Answered) -> None:
    begin(rig, 0)
    rig.answers["host-c"] = answer
    rig.pulse(1)
    rig.pull("host-b", "host-c", "host-c")
    (finding,) = rig.found
    assert finding.kind is STREAM_NOT_UNDERSTOOD
    assert "`host-c`" in finding.what
    del rig.answers["host-c"]
    rig.pull("host-c")
    assert holes(rig.rows()) == [[]], "and what was not taken in comes again"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (OtherVersion(99), "host-version"),
        (Answered(Refused(findings=(unreachable("host-c"),))), "host-unreachable"),
    ],
)
def test_a_host_that_does_not_answer_to_it_says_why(rig: Rig, answer: Answered, code: str) -> None:
    begin(rig, 0)
    rig.answers["host-c"] = answer
    rig.pull()
    assert [each.code for each in rig.found] == [code]


def test_who_waits_for_what_is_on_its_way_is_told_when_it_is_here(rig: Rig) -> None:
    begin(rig, 0)
    rig.pulse(1)
    told: list[str] = []
    feed = rig.feeds["host-b"]
    feed.when_here(lambda: told.append(str(rig.sources["left"].newest)))
    feed.drain()
    assert (told, feed.is_drained) == ([], False)
    rig.pull("host-b")
    assert (told, feed.is_drained) == (["2"], True)
    feed.when_here(lambda: told.append("at once"))
    assert told == ["2", "at once"]


def test_a_host_that_is_gone_is_not_waited_for_long(rig: Rig) -> None:
    begin(rig, 0)
    rig.line.cut("host-b")
    feed = rig.feeds["host-b"]
    feed.drain()
    rig.pull("host-b")
    assert not feed.is_drained
    rig.rest(DRAIN_S)
    rig.pull("host-b")
    assert feed.is_drained


# --- a thread for each host ------------------------------------------------------------------------------


@pytest.fixture
def bring(rig: Rig) -> Iterator[Callable[[Callable[[Sequence[str]], Reached]], DistantRings]]:
    before, brought = set(threading.enumerate()), []

    def bring(reach: Callable[[Sequence[str]], Reached]) -> DistantRings:
        brought.append(DistantRings(HOSTS, RING, 0.2, reach))
        brought[-1].bring(rig.devices)
        return brought[-1]

    yield bring
    for each in brought:
        each.close()
        each.close()
    wait_until(lambda: set(threading.enumerate()) <= before, "its threads have ended")
    assert rig.line.directors == [rig.director], "its line is closed"


Bring = Callable[[Callable[[Sequence[str]], Reached]], DistantRings]


def test_each_host_is_asked_until_all_is_here_and_one_that_nobody_knows_is_told(
    rig: Rig, bring: Bring
) -> None:
    def reach(hosts: Sequence[str]) -> Reached:
        assert hosts == HOSTS
        line: DirectorEnd = rig.line.director(lambda *_: None, lambda *_: None)
        return Reached(line, unreachable, ("host-c",))

    rig.pulse(0)
    rings = bring(reach)
    told: list[str] = []
    rings.when_here("front", lambda: told.append("front"))
    rings.when_here("right", lambda: told.append("right"))
    rings.drain()
    wait_until(lambda: rings.is_drained and len(told) == 2, "all is here that ever will be")
    assert (rings.sources["left"].newest, rings.sources["right"].newest) == (1, 0)
    assert [each.code for each in rings.findings] == ["host-unknown"]


def test_where_nobody_can_be_dialled_rows_go_on_without(bring: Bring) -> None:
    def reach(hosts: Sequence[str]) -> Reached:
        raise UsageError(HOSTS_NOT_INSTALLED.found("no Zenoh"))

    rings = bring(reach)
    rings.drain()
    wait_until(lambda: rings.is_drained, "nobody is waited for")
    assert [each.code for each in rings.findings] == [HOSTS_NOT_INSTALLED.code]


def test_an_error_that_nobody_foresaw_costs_the_devices_of_its_host_alone(rig: Rig, bring: Bring) -> None:
    def reach(hosts: Sequence[str]) -> Reached:
        return Reached(rig.line.director(lambda *_: None, lambda *_: None), unreachable, ())

    rig.answers["host-c"] = IndexError("tuple index out of range")
    rig.pulse(0)
    rings = bring(reach)
    told: list[str] = []
    rings.when_here("right", lambda: told.append("right"))
    rings.drain()
    wait_until(lambda: rings.is_drained and bool(told), "rows wait for nothing of it")
    assert (rings.sources["left"].newest, rings.sources["right"].newest) == (1, 0)
    (finding,) = rings.findings
    assert finding.kind is STREAM_HOST_UNREAD
    assert finding.what == "captures of `host-c` could not be brought: IndexError: tuple index out of range"


# --- over a network, to the end --------------------------------------------------------------------------


@pytest.mark.realtime
def test_rows_over_hosts_are_those_of_the_take_that_is_recorded_beside(tmp_path: Path) -> None:
    """Bit for bit: what comes over the network, and what lies in the files at the hosts."""
    taken: dict[str, list[ks.LiveCapture]] = {"front": [], "left": []}
    whole = 0
    with loopback_studio(tmp_path, "host-b") as studio:
        studio.start_agent("host-b", "--simulate")
        camera = {**RIG["camera"], "fps": 15}
        devices = [each for each in RIG["devices"] if each["name"] in taken]
        described = {**RIG, "camera": camera, "devices": devices}
        rig = ks.load_rig(studio.write_rig(described))
        (owner,) = studio.stage.folder.rglob("studio.json")
        wanted: dict[str, Any] = {"studio": owner.parent, "record": studio.stage.folder / "takes"}
        with ks.stream(rig, bench=ks.simulated(), name="walk", captures=30, **wanted) as rows:
            lens = {name: rows.factory_calibration(name) for name in taken}
            for row in rows:
                whole += row.complete
                kept = row.hold()
                for name, captures in taken.items():
                    captures += [kept[name]] if kept[name].hole is None else []
        there = studio.hosts["host-b"].folder / "takes" / "walk" / "left.mkv"
        here = studio.stage.folder / "takes" / "walk" / "front.mkv"
        recorded = {"front": images(here), "left": images(there)}
    report = rows.report
    assert whole, "some of 30, however busy the machine"
    assert report.before + report.given + report.missed <= report.pulses
    for name, captures in taken.items():
        assert lens[name], "its factory calibration came too"
        for capture in captures:
            color_us, depth_us = capture.color_timestamp_us, capture.depth_timestamp_us
            assert color_us is not None
            assert depth_us is not None
            assert capture.color_jpeg == recorded[name]["COLOR", color_us]
            assert capture.depth.astype(">u2").tobytes() == recorded[name]["DEPTH", depth_us]
            assert capture.ir.astype(">u2").tobytes() == recorded[name]["IR", depth_us]
