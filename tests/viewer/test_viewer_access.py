"""Who may see the pictures: whoever has the address, and no page of somebody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from kinect_sync.viewer.serving.access import SESSION_S, Access, is_private, name_for_others
from kinect_sync.viewer.serving.server import PageServer
from tests.cli.commands import PATIENCE_S
from tests.viewer.made_up import MadeUp
from tests.viewer.pulling import Browser, browsing, served


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with served(MadeUp()) as server:
        yield server


@pytest.fixture
def browser(server: PageServer) -> Iterator[Browser]:
    with browsing(server) as browser:
        yield browser


@pytest.fixture
def stranger(server: PageServer) -> Iterator[Browser]:
    stranger = Browser(server.address)
    yield stranger
    stranger.close()


EVERYTHING = ("/", "/index.html", "/page.css", "/page.js", "/bundle", "/bundle?size=full", "/nothing")


def test_the_address_lets_one_in_and_the_token_does_not_stay_in_it(
    server: PageServer, stranger: Browser
) -> None:
    entered = stranger.ask(stranger.entrance)
    assert b'content="0;url=/"' in entered.content
    assert server.access.token.encode() not in entered.content
    name, *flags = entered.headers["Set-Cookie"].split("; ")
    assert name.startswith("ksync-")
    assert set(flags) == {"Path=/", f"Max-Age={SESSION_S}", "HttpOnly", "SameSite=Strict"}
    assert server.access.token not in name, "what else serves at this computer is sent it"
    stranger.enter()
    assert b"<main" in stranger.ask("/").content
    assert stranger.pull().head["name"] == "monday-1"


@pytest.mark.parametrize("path", EVERYTHING)
def test_without_the_token_there_is_nothing(stranger: Browser, path: str) -> None:
    answered = stranger.ask(path)
    assert answered.status == 403
    assert "Set-Cookie" not in answered.headers
    assert b"monday-1" not in answered.content


@pytest.mark.parametrize("wrong", ["", "x", "ä", "A" * 5000, "%00"])
def test_a_wrong_token_gives_no_cookie_and_a_wrong_cookie_no_picture(
    stranger: Browser, browser: Browser, wrong: str
) -> None:
    answered = stranger.ask(f"/?token={wrong.replace('ä', '%C3%A4')}")
    assert (answered.status, "Set-Cookie" in answered.headers) == (403, False)
    stranger.cookie = f"{browser.cookie.partition('=')[0]}={wrong.replace('ä', 'a')}"
    assert stranger.pull().status == 403


def test_the_token_counts_at_the_entrance_alone_and_what_is_given_for_it_is_no_token(
    server: PageServer, stranger: Browser, browser: Browser
) -> None:
    name, _, session = browser.cookie.partition("=")
    assert stranger.ask("/bundle", cookie=f"{name}={server.access.token}").status == 403
    assert stranger.ask(f"/?token={session}").status == 403
    assert stranger.ask(f"/bundle?token={server.access.token}").status == 403
    assert stranger.ask("/bundle", authorization=f"Bearer {server.access.token}").status == 403


def test_a_cookie_among_others_is_found(browser: Browser) -> None:
    assert browser.ask("/bundle", cookie=f'a=1; {browser.cookie}; b="x y"').status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "localhost", "[::1]:{}", "LOCALHOST:9000"])
def test_a_person_may_name_this_computer_in_any_way(browser: Browser, server: PageServer, host: str) -> None:
    assert browser.ask("/bundle", host=host.format(server.server_port)).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.7",
     "127.0.0.1@evil.example", "", "a b", "[::1", "x" * 300]
)  # fmt: skip
def test_a_name_that_was_bent_to_this_computer_is_refused(browser: Browser, host: str) -> None:
    assert browser.ask("/bundle", host=host).status == 421
    assert browser.ask(browser.entrance, host=host).status == 421


def test_without_a_host_or_with_two_nothing_is_answered(server: PageServer, browser: Browser) -> None:
    for hosts in ("", "Host: localhost\r\nHost: evil.example\r\n"):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE_S) as raw:
            said = f"{hosts}Cookie: {browser.cookie}\r\nConnection: close"
            raw.sendall(f"GET /bundle HTTP/1.1\r\n{said}\r\n\r\n".encode())
            assert raw.makefile("rb").readline().split()[1] == b"421"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://localhost"}, 403),
        ({"origin": "http://localhost:1"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
def test_only_the_page_itself_and_a_person_are_answered(
    browser: Browser, headers: dict[str, str], status: int
) -> None:
    answered = browser.ask("/bundle", host="localhost", **headers)
    assert answered.status == status
    assert not [name for name in answered.headers if name.lower().startswith("access-control")]


def test_a_link_in_a_chat_opens_the_page(server: PageServer, stranger: Browser) -> None:
    assert stranger.ask(stranger.entrance, sec_fetch_site="cross-site").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_nothing_can_be_done_from_the_page(browser: Browser, method: str) -> None:
    answered = browser.ask("/bundle", method)
    assert answered.status in (405, 501)
    assert b"monday-1" not in answered.content


def test_a_head_is_an_answer_without_its_content(browser: Browser) -> None:
    answered = browser.ask("/page.js", "HEAD")
    assert (answered.status, answered.content) == (200, b"")
    assert int(answered.headers["Content-Length"]) == len(browser.ask("/page.js").content)


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/page/../server.py", "/%2e%2e/%2e%2e/etc/passwd", "/page.js/", "/page.css%00.js",
     "//page.js/..", "/\\..\\server.py", "http://evil.example/bundle", "/bundle/", "/BUNDLE", "*"]
)  # fmt: skip
def test_no_path_leads_anywhere_else(browser: Browser, path: str) -> None:
    assert browser.ask(path).status in (404, 421)


@pytest.mark.parametrize(
    "query",
    ["size=huge", "pulse=x", "pulse=-1", "pulse=1.5", "pulse=" + "9" * 30, "since=left", "since=left:x", "a",
     "since=" + "left:1," * 2000, "&".join(f"a{n}=1" for n in range(50)), "pulse=%F0%9F%92%A3"]
)  # fmt: skip
def test_a_query_that_no_page_makes_is_refused(browser: Browser, query: str) -> None:
    assert browser.pull(query).status == 400
    assert browser.pull().status == 200


def test_what_a_browser_is_told_of_the_page(browser: Browser) -> None:
    for path in ("/", "/bundle", "/nothing"):
        headers = browser.ask(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        assert "Python" not in headers["Server"]


def test_what_is_no_request_ends_the_connection(server: PageServer) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 70_000,
    ):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE_S) as raw:
            raw.sendall(nonsense)
            raw.shutdown(socket.SHUT_WR)
            assert b"monday-1" not in raw.makefile("rb").read()


def test_a_body_is_not_taken_for_the_next_request(server: PageServer, browser: Browser) -> None:
    inner = f"GET /bundle HTTP/1.1\r\nHost: localhost\r\nCookie: {browser.cookie}\r\n\r\n"
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE_S)
    connection.request("GET", "/bundle", body=inner)
    assert connection.getresponse().status == 403
    assert connection.sock is None, "it was closed"
    connection.close()


def test_every_viewer_has_a_token_of_its_own_that_nobody_guesses() -> None:
    tokens = {Access("127.0.0.1").token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize(
    ("host", "asked", "answered"),
    [
        ("127.0.0.1", "127.0.0.1:80", True),
        ("127.0.0.1", "10.0.0.5:80", False),
        ("0.0.0.0", "10.0.0.5:80", True),
        ("0.0.0.0", "[fe80::1]:80", True),
        ("10.0.0.5", f"{socket.gethostname()}:8080", True),
        ("10.0.0.5", "evil.example", False),
        ("studio.lan", "studio.lan:80", True),
    ],
)
def test_which_names_are_this_computers(host: str, asked: str, *, answered: bool) -> None:
    assert Access(host).is_for_us([asked]) is answered


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.5", False), ("studio.lan", False)],
)  # fmt: skip
def test_which_addresses_are_for_this_computer_alone(host: str, *, private: bool) -> None:
    assert is_private(host) is private


@pytest.mark.parametrize(
    ("host", "named"),
    [("0.0.0.0", socket.gethostname()), ("::", socket.gethostname()), ("127.0.0.1", "127.0.0.1"),
     ("10.0.0.5", "10.0.0.5"), ("studio.lan", "studio.lan")],
)  # fmt: skip
def test_the_address_is_one_that_others_can_open(host: str, named: str) -> None:
    assert name_for_others(host) == named
    assert Access(host).is_for_us([named])
