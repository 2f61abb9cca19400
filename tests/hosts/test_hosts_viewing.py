"""A view of devices at several computers: each host shows its own, and one that goes away is a sign."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kinect_sync.agent.pictures import PULLS_PER_S, HostPictures
from kinect_sync.benches.reaching import Reached
from kinect_sync.benches.viewing import APPEAR_S, REDIAL_S, Elsewhere, HostView
from kinect_sync.errors import UsageError
from kinect_sync.findings.hosts import HOSTS_NOT_INSTALLED
from kinect_sync.viewer.bundle import Bundle, Wanted
from kinect_sync.viewer.head import DeviceHead, Head, ViewState, WholeHead
from kinect_sync.viewer.sources import Sighted
from kinect_sync.wire.hosts import Envelope
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.pictures import Pictures, ShowPictures
from tests.cli.commands import wait_until
from tests.hosts.lines import InProcessLine, unreachable
from tests.review.small_takes import make_take

LOOK = Wanted()
HERE = DeviceHead(name="front", role="master")
AWAY = (
    DeviceHead(name="left", role="subordinate", host="host-b", elsewhere=True, drops=2),
    DeviceHead(name="right", role="subordinate", host="host-c", elsewhere=True),
)


def seen_here(*devices: DeviceHead) -> Bundle:
    """What the director's computer knows of a take: a picture of its own device, and rows of all."""
    whole = WholeHead(words="in sync")
    head = Head(state=ViewState.RECORDING, name="walk", whole=whole, devices=devices)
    return Bundle(head, (b"here",), {each.name: Sighted(each, None) for each in devices})


class Hosts:
    """Two hosts that have recorded a take, and a viewer elsewhere."""

    def __init__(self, folder: Path, *, through_json: bool) -> None:
        self.now_s = 50.0
        self.line = InProcessLine(through_json=through_json)
        self.asked: list[tuple[str, ShowPictures]] = []
        self.answers: dict[str, Answered] = {}
        """What a host answers in the place of pictures."""
        for host in ("host-b", "host-c"):
            self.serve(host, folder)

    def serve(self, host: str, takes: Path) -> None:
        pictures = HostPictures(takes, lambda _device: None, lambda: self.now_s)

        def answer(envelope: Envelope) -> Answered:
            assert isinstance(envelope.request, ShowPictures)
            assert envelope.lease is None, "whoever looks commands nobody"
            self.asked.append((host, envelope.request))
            return self.answers.get(host) or pictures.answer(envelope.request)

        self.line.agent(host, answer)

    def view(self, host: str) -> HostView:
        line = self.line.director(lambda *_: None, lambda *_: None)
        return HostView(host, "walk", line, unreachable, lambda: self.now_s)

    def reach(self, hosts: Sequence[str]) -> Reached:
        line = self.line.director(lambda *_: None, lambda *_: None)
        return Reached(line, unreachable, tuple(host for host in hosts if host not in ("host-b", "host-c")))


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each host has recorded; nobody writes there."""
    return make_take(tmp_path_factory.mktemp("takes") / "walk").parent


@pytest.fixture(params=[False, True], ids=["values", "json"])
def hosts(request: pytest.FixtureRequest, takes: Path) -> Hosts:
    return Hosts(takes, through_json=request.param)


@pytest.fixture
def elsewhere(hosts: Hosts) -> Iterator[Elsewhere]:
    before = set(threading.enumerate())
    looks = Elsewhere("walk", hosts.reach, lambda: hosts.now_s)
    yield looks
    looks.close()
    wait_until(lambda: set(threading.enumerate()) <= before, "its threads have ended")


def test_a_host_shows_its_devices_and_says_when_to_ask_again(hosts: Hosts) -> None:
    view = hosts.view("host-b")
    wait_s = view.pull(["left"], frozenset({"left", "front"}))
    shown = view.shown["left"]
    assert (view.problem, wait_s > 0, shown.head.stamp is not None) == (None, True, True)
    assert {"color", "depth", "ir"} == set(shown.pictures)
    (_, request), *_ = hosts.asked
    assert request.ir == ("left",), "of its own devices alone"


def test_what_is_known_is_not_sent_again_and_is_kept(hosts: Hosts) -> None:
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    first = view.shown["left"]
    hosts.now_s += 1
    view.pull(["left"], frozenset())
    assert hosts.asked[-1][1].since == {"left": first.head.stamp}
    assert view.shown["left"].pictures == first.pictures
    hosts.now_s += 1
    view.pull(["left"], frozenset({"left"}))
    assert hosts.asked[-1][1].since == {}, "IR is wanted now as well"
    assert "ir" in view.shown["left"].pictures


def test_a_host_that_is_asked_too_soon_costs_no_picture(hosts: Hosts) -> None:
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    hosts.view("host-b").pull(["left"], frozenset())
    wait_s = view.pull(["left"], frozenset())
    assert wait_s == pytest.approx(1 / PULLS_PER_S)
    assert (view.problem, set(view.shown)) == (None, {"left"})


def test_a_host_that_is_still_dialled_is_not_called_absent(hosts: Hosts) -> None:
    hosts.line.cut("host-b")
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    assert view.problem is None
    hosts.now_s += APPEAR_S
    view.pull(["left"], frozenset())
    assert view.problem is not None


def test_a_host_that_goes_away_is_named_and_its_last_pictures_grow_old(hosts: Hosts) -> None:
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    hosts.line.cut("host-b")
    hosts.now_s += 5
    view.pull(["left"], frozenset())
    assert view.problem is not None
    assert view.problem.code == "host-unreachable"
    assert view.shown["left"].received_s == hosts.now_s - 5
    hosts.line.heal("host-b")
    view.pull(["left"], frozenset())
    assert view.problem is None


@pytest.mark.parametrize("content", [b"\1", b"\xff\xff\xff\xff{}", b"\2\0\0\0{}", b"\2\0\0\0[]"])
def test_what_is_no_bundle_is_the_host_that_does_not_answer(hosts: Hosts, content: bytes) -> None:
    hosts.answers["host-b"] = Answered(Pictures(wait_s=0.1), content)
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    assert (view.problem is not None, view.shown) == (True, {})


def test_bytes_that_a_host_counts_and_does_not_send_are_no_picture(hosts: Hosts) -> None:
    view = hosts.view("host-b")
    view.pull(["left"], frozenset())
    head = Head(
        state=ViewState.RECORDING, name="walk", whole=WholeHead(words=""), devices=(view.shown["left"].head,)
    )
    hosts.answers["host-b"] = Answered(Pictures(wait_s=0.1), Bundle(head, (b"short",)).to_bytes())
    view.pull(["left"], frozenset())
    assert view.problem is not None


def test_one_bundle_holds_the_pictures_of_all_hosts(hosts: Hosts, elsewhere: Elsewhere) -> None:
    here = seen_here(HERE, *AWAY)

    def complete(wanted: Wanted = LOOK) -> Bundle:
        return elsewhere.complete(here, wanted)

    wait_until(lambda: all(each.color for each in complete().head.devices[1:]), "both show something")
    bundle = complete()
    assert bundle.payload[0] == b"here"
    front, left, right = bundle.head.devices
    content = b"".join(bundle.payload)
    for device in (left, right):
        assert device.color is not None
        assert content[device.color.offset :][:2] == b"\xff\xd8"
        assert (device.elsewhere, device.role) == (False, "subordinate")
    assert (front, left.drops) == (HERE, 2), "what is known here stays"
    again = complete(Wanted(since={"left": left.stamp or 0}))
    assert again.head.devices[1].color is not None
    assert again.head.devices[1].color.same
    assert len(b"".join(again.payload)) < len(content)


def test_a_host_that_is_away_costs_no_other_one_its_pictures(hosts: Hosts, elsewhere: Elsewhere) -> None:
    hosts.line.cut("host-c")
    here = seen_here(HERE, *AWAY)
    elsewhere.complete(here, LOOK)
    hosts.now_s += APPEAR_S
    wait_until(lambda: elsewhere.complete(here, LOOK).head.whole.signs, "it is named")
    wait_until(lambda: elsewhere.complete(here, LOOK).head.devices[1].color, "the other one shows something")
    bundle = elsewhere.complete(here, LOOK)
    assert [sign.code for sign in bundle.head.whole.signs] == ["host-unreachable"]
    assert bundle.head.devices[2] == AWAY[1]


def test_nobody_is_asked_where_all_is_here_or_nobody_looks(hosts: Hosts, elsewhere: Elsewhere) -> None:
    here = seen_here(HERE)
    assert elsewhere.complete(here, LOOK) is here
    assert hosts.asked == []
    elsewhere.complete(seen_here(*AWAY), LOOK)
    wait_until(lambda: len(hosts.asked) >= 2, "hosts are asked")
    hosts.now_s += 10  # nobody looks any more
    wait_until(lambda: elsewhere.is_at_rest, "they are asked no more")


def test_a_host_that_the_studio_does_not_know_is_a_sign(elsewhere: Elsewhere) -> None:
    stranger = DeviceHead(name="rear", role="subordinate", host="host-x", elsewhere=True)
    bundle = elsewhere.complete(seen_here(stranger, *AWAY), LOOK)
    assert "host-unknown" in [sign.code for sign in bundle.head.whole.signs]


def test_a_host_that_comes_to_the_studio_or_to_the_take_later_is_dialled_then(hosts: Hosts) -> None:
    known: list[str] = []

    def reach(asked: Sequence[str]) -> Reached:
        if not known:
            raise UsageError(HOSTS_NOT_INSTALLED.found("no Zenoh"))
        line = hosts.line.director(lambda *_: None, lambda *_: None)
        return Reached(line, unreachable, tuple(host for host in asked if host not in known))

    before = set(threading.enumerate())
    looks = Elsewhere("walk", reach, lambda: hosts.now_s)

    def codes(*devices: DeviceHead) -> list[str | None]:
        return [sign.code for sign in looks.complete(seen_here(HERE, *devices), LOOK).head.whole.signs]

    assert codes(*AWAY) == [HOSTS_NOT_INSTALLED.code]
    known.append("host-b")
    assert codes(*AWAY) == [HOSTS_NOT_INSTALLED.code], "not with each picture"
    hosts.now_s += REDIAL_S
    assert codes(*AWAY) == ["host-unknown"]
    known.append("host-c")
    hosts.now_s += REDIAL_S
    assert codes(*AWAY) == []
    shown = seen_here(HERE, *AWAY)
    wait_until(lambda: all(each.color for each in looks.complete(shown, LOOK).head.devices[1:]), "both show")
    looks.close()
    wait_until(lambda: set(threading.enumerate()) <= before, "its threads have ended")


def test_where_nobody_can_be_dialled_the_view_goes_on_without() -> None:
    def reach(hosts: Sequence[str]) -> Reached:
        raise UsageError(HOSTS_NOT_INSTALLED.found("no Zenoh"))

    looks = Elsewhere("walk", reach)
    for _ in range(2):
        bundle = looks.complete(seen_here(HERE, *AWAY), LOOK)
        assert [sign.code for sign in bundle.head.whole.signs] == [HOSTS_NOT_INSTALLED.code]
        assert bundle.head.devices == (HERE, *AWAY)
    looks.close()
