"""A browser without a screen: what the page does, request by request, with every header said by the test."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kinect_sync.viewer.serving.server import PageServer
from kinect_sync.viewer.serving.serving import serving
from kinect_sync.viewer.serving.shared import SharedView
from kinect_sync.viewer.sources import Source
from tests.cli.commands import PATIENCE_S


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def head(self) -> dict[str, Any]:
        """The head of a bundle."""
        (nbytes,) = struct.unpack_from("<I", self.content)
        head: dict[str, Any] = json.loads(self.content[4 : 4 + nbytes])
        return head


class Browser:
    """One connection, which keeps the cookie."""

    def __init__(self, address: str) -> None:
        """Take the address that `ksync view` printed."""
        parts = urlsplit(address)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
        self.entrance = f"{parts.path}?{parts.query}"
        self.cookie = ""

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answered:
        """Send one request; a header may be given as `sec_fetch_site="none"`."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            said.setdefault("cookie", self.cookie)
        self._connection.request(method, path, headers=said)
        response: HTTPResponse = self._connection.getresponse()
        return Answered(response.status, dict(response.headers), response.read())

    def enter(self) -> Browser:
        """Open the address, and keep the cookie."""
        answered = self.ask(self.entrance)
        assert answered.status == 200
        self.cookie = answered.headers["Set-Cookie"].partition(";")[0]
        return self

    def pull(self, query: str = "size=full") -> Answered:
        """Pull a bundle."""
        return self.ask(f"/bundle?{query}")

    def close(self) -> None:
        """Leave."""
        self._connection.close()


@contextmanager
def served(source: Source) -> Iterator[PageServer]:
    """Serve a source's page on this computer within the context."""
    with serving(SharedView(source).answer) as server:
        yield server


@contextmanager
def browsing(server: PageServer) -> Iterator[Browser]:
    """A browser that has opened the page."""
    browser = Browser(server.address)
    try:
        yield browser.enter()
    finally:
        browser.close()
