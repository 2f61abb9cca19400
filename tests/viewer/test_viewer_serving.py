"""The server of the page: many browsers, browsers that hang, what each pull costs, and when it all ends."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http.client import IncompleteRead
from pathlib import Path

import pytest

from kinect_sync.errors import BenchError
from kinect_sync.takes.following.captures import StoredImage
from kinect_sync.viewer.head import ViewState
from kinect_sync.viewer.serving import server as server_module
from kinect_sync.viewer.serving import shared
from kinect_sync.viewer.serving.connections import MOST, Connections
from kinect_sync.viewer.serving.files import page_files
from kinect_sync.viewer.serving.serving import Linger, serving
from kinect_sync.viewer.serving.shared import SharedView
from kinect_sync.viewer.sources import Sight
from tests.cli.commands import PATIENCE_S
from tests.viewer.made_up import PERIOD_US, MadeUp, sign
from tests.viewer.pulling import Browser, browsing, served


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server wait as long as a test does."""
    monkeypatch.setattr(shared, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(server_module, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(server_module, "STRANGERS_PATIENCE_S", PATIENCE_S)


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_is_small_and_has_nothing_from_elsewhere() -> None:
    files = {path: each.content.decode() for path, each in page_files().items() if path != "/"}
    assert sum(len(text.encode()) for text in files.values()) < 30_000
    for path, text in files.items():
        assert not re.search(r"(https?:)?//[a-z]|@import|url\((?!data:)", re.sub(r"(?m)//.*$", "", text)), (
            path
        )
    assert "innerHTML" not in files["/page.js"]
    assert set(re.findall(r'(?:src|href)="([^"]+)"', files["/index.html"])) == {
        "page.js",
        "page.css",
        "data:,",
    }


def test_hostile_words_come_as_json_and_nowhere_else() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    source = MadeUp(name="</script>../ä\u202e", signs=(sign(hostile, "left"),))
    with served(source) as server, browsing(server) as browser:
        head = browser.pull().head
        assert (head["name"], head["whole"]["signs"][0]["text"]) == (source.name, hostile)
        for path in page_files():
            assert hostile.encode() not in browser.ask(path).content


# --- pulling --------------------------------------------------------------------------------------------


def test_a_pull_brings_what_is_asked_for_and_nothing_twice() -> None:
    source = MadeUp(state=ViewState.ENDED, span=(0, 9))
    with served(source) as server, browsing(server) as browser:
        whole, stamp = browser.pull(), 9 * PERIOD_US
        known = browser.pull(f"size=full&since=front:{stamp},left:{stamp}")
        other = browser.pull(f"size=full&since=front:{stamp},left:1&ir=left")
        past = browser.pull("size=small&pulse=3")
    assert [each["color"]["same"] for each in known.head["devices"]] == [True, True]
    assert len(known.content) < 4000 < len(whole.content)
    front, left = other.head["devices"]
    assert (front["ir"], front["color"]["same"], left["color"]["same"]) == (None, True, False)
    assert left["ir"]["nbytes"] > 0
    assert {each["pulse"] for each in past.head["devices"]} == {3}


@dataclass
class Clock:
    """Stands still until it is told."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_ten_browsers_see_the_same_rig() -> None:
    with served(MadeUp()) as server, ThreadPoolExecutor(10) as crowd:

        def look(_: int) -> list[int]:
            with browsing(server) as browser:
                return [browser.pull().head["devices"][0]["pulse"] for _ in range(5)]

        seen = list(crowd.map(look, range(10)))
    assert all(pulses == sorted(pulses) for pulses in seen)
    assert len(seen) == 10


@dataclass
class Stuck(MadeUp):
    """A rig on a disk that gives no answer."""

    free: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def look(self, pulse: int | None) -> Sight:
        self.begun.set()
        self.free.wait(PATIENCE_S)
        return super().look(pulse)


def test_a_disk_that_gives_no_answer_gathers_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "PATIENCE_S", 0.01)
    source = Stuck()
    with served(source) as server, browsing(server) as first, browsing(server) as second:
        with ThreadPoolExecutor(1) as crowd:
            slow = crowd.submit(first.pull)
            source.begun.wait(PATIENCE_S)
            assert second.pull().status == 503
            assert second.ask("/").status == 200, "all else is answered"
            source.free.set()
            assert slow.result().status == 200
        assert second.pull().status == 200


@dataclass
class Defective(MadeUp):
    """A rig over which ksync stumbles."""

    def look(self, pulse: int | None) -> Sight:
        raise ValueError("a defect")


def test_a_defect_is_told_once_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    view = SharedView(Defective())
    view.warm_up()
    assert view.is_recorded()
    with serving(view.answer) as server, browsing(server) as browser:
        assert [browser.pull().status for _ in range(3)] == [500] * 3
        assert browser.pull("size=huge").status == 400
    assert capsys.readouterr().err.count("ValueError: a defect") == 1


# --- browsers that hang ---------------------------------------------------------------------------------


def test_a_browser_that_stops_reading_holds_nobody_up() -> None:
    """What fills its buffers stays in a thread of its own; the others go on at once."""
    with served(MadeUp(names=tuple(f"c{n}" for n in range(9)))) as server, browsing(server) as browser:
        request = f"GET /bundle HTTP/1.1\r\nHost: localhost\r\nCookie: {browser.cookie}\r\n\r\n".encode()
        with closing(socket.socket()) as stopped:
            stopped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stopped.connect(("127.0.0.1", server.server_port))
            stopped.setblocking(False)
            sent = 0
            while sent < len(request) * 20_000:  # pipelined until nobody takes more: its thread waits for us
                try:
                    sent += stopped.send(request * 100)
                except BlockingIOError:
                    break
            assert [browser.pull().status for _ in range(20)] == [200] * 20


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a test opens, closed at its end."""
    with ExitStack() as stack:
        yield stack


def test_the_idlest_makes_room_for_a_new_one_and_strangers_before_anybody_else(stack: ExitStack) -> None:
    pairs = [tuple(map(stack.enter_context, socket.socketpair())) for _ in range(7)]
    ours = [each for each, _ in pairs]
    connections = Connections(most=3)
    for _, theirs in pairs:
        theirs.setblocking(False)

    def cut() -> list[int]:
        return [number for number, (_, theirs) in enumerate(pairs) if _is_cut(theirs)]

    for each in ours[:3]:
        connections.add(each)
    connections.admit(ours[0])
    connections.touch(ours[1])  # something was sent, and be it a refusal
    for each in ours[3:5]:
        connections.add(each)
    assert cut() == [1, 2], "strangers, the oldest first"
    connections.admit(ours[3])
    connections.admit(ours[4])
    connections.touch(ours[0])
    connections.add(ours[5])
    assert cut() == [1, 2, 3], "where all were admitted, the idlest"
    connections.admit(ours[3])  # its end is on its way
    connections.add(ours[6])
    assert cut() == [1, 2, 3, 5], "one stranger at most takes the place of others"
    connections.remove(ours[0])
    connections.cut_all()
    assert cut() == [1, 2, 3, 4, 5, 6]


def _is_cut(end: socket.socket) -> bool:
    try:
        return end.recv(1) == b""
    except BlockingIOError:
        return False


def test_connections_that_say_nothing_keep_nobody_out(stack: ExitStack) -> None:
    with served(MadeUp()) as server:
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.server_port)))
        with browsing(server) as browser:
            assert browser.pull().status == 200


def test_strangers_cut_off_no_transfer(stack: ExitStack) -> None:
    """What is sent to somebody with the token arrives, however many others ask and come meanwhile."""
    nbytes = 30_000_000
    with (
        serving(lambda _: [bytes(nbytes)]) as server,
        browsing(server) as browser,
        closing(socket.create_connection(("127.0.0.1", server.server_port), PATIENCE_S)) as slow,
    ):
        said = f"Host: localhost\r\nCookie: {browser.cookie}\r\nConnection: close"
        slow.sendall(f"GET /bundle HTTP/1.1\r\n{said}\r\n\r\n".encode())
        arrived = len(slow.recv(1000))
        for _ in range(2 * MOST):
            with closing(Browser(server.address)) as stranger:
                assert stranger.ask("/").status == 403
        strangers = [stack.enter_context(closing(Browser(server.address))) for _ in range(2 * MOST)]
        assert {each.ask("/").status for each in strangers} == {403}
        while some := slow.recv(1 << 20):
            arrived += len(some)
    assert arrived > nbytes


def test_a_stranger_who_says_nothing_is_soon_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "STRANGERS_PATIENCE_S", 0.01)
    with (
        served(MadeUp()) as server,
        closing(socket.create_connection(("127.0.0.1", server.server_port), PATIENCE_S)) as silent,
    ):
        assert silent.recv(1) == b""


# --- pictures that stand in files ----------------------------------------------------------------------


def test_what_stands_in_a_file_is_sent_from_there_and_never_more_than_is_there(tmp_path: Path) -> None:
    path, content = tmp_path / "front.mkv", random.Random(13).randbytes(700_000)
    path.write_bytes(content)
    status = path.stat()
    stored = StoredImage(path, (status.st_dev, status.st_ino), 1000, 600_000)
    with serving(lambda _: [b"head", stored, b"between", stored]) as server:
        with browsing(server) as browser:
            expected = content[1000:601_000]
            assert browser.pull().content == b"head" + expected + b"between" + expected
            assert browser.pull().status == 200, "on the same connection"
            os.truncate(path, 500_000)
            with pytest.raises(IncompleteRead):
                browser.pull()
        path.unlink()
        with browsing(server) as browser, pytest.raises(IncompleteRead):
            browser.pull()


# --- where, and until when ------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_told() -> None:
    with (
        served(MadeUp()) as server,
        pytest.raises(BenchError) as caught,
        serving(lambda _: [b""], port=server.server_port),
    ):
        pass
    assert caught.value.findings[0].code == "viewer-cannot-listen"
    assert str(server.server_port) in caught.value.findings[0].what


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "x" * 300, "", "a b"])
def test_an_address_that_is_not_this_computers_is_told(host: str) -> None:
    with pytest.raises(BenchError), serving(lambda _: [b""], host):
        pass


def test_it_ends_with_connections_open(stack: ExitStack) -> None:
    with served(MadeUp()) as server:
        browser = Browser(server.address)
        stack.callback(browser.close)
        browser.enter()
    with pytest.raises(OSError):
        browser.pull()


def test_a_viewer_lingers_after_the_last_look_and_never_ends_while_something_is_recorded() -> None:
    clock, recorded = Clock(), [True]
    linger = Linger(60.0, lambda: recorded[0], clock)
    asked_s = clock.now_s
    for step_s, recording, over in [
        (59, True, False),
        (2, True, False),
        (59, False, False),
        (2, False, True),
    ]:
        clock.now_s += step_s
        recorded[0] = recording
        assert linger.is_over(asked_s) is over, step_s
    assert not linger.is_over(clock.now_s), "somebody looks again"
    assert not Linger(None, lambda: False, clock).is_over(0.0)
