"""The server of the page: Python's own, as no other one costs less (20 MB a second are 3 % of a core).

It answers to GET and HEAD, to whoever has the token, with the page's few files and with bundles of pictures.
Each connection has a thread and a time limit; a browser that stops reading holds its own thread and nobody
else's.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs

from kinect_sync.steady import steady_s
from kinect_sync.takes.following.captures import StoredImage
from kinect_sync.viewer.serving.access import Access, name_for_others
from kinect_sync.viewer.serving.connections import Connections
from kinect_sync.viewer.serving.files import page_files
from kinect_sync.viewer.serving.shared import DefectError
from kinect_sync.viewer.shots import Part

Answer = Callable[[str], Sequence[Part]]
"""Makes a bundle of what a query asks for; ValueError where it is none, TimeoutError if it takes too long,
DefectError where ksync has a defect."""

BUNDLE = "/bundle"
PATIENCE_S = 20.0
"""How long a browser may leave us waiting, for its next request or until it takes more of an answer."""
STRANGERS_PATIENCE_S = 5.0
"""The same for whoever has not shown the token yet."""
_PIECE_NBYTES = 1 << 18
_LONGEST_QUERY = 4096
_FROM_FILES = hasattr(os, "sendfile")
"""Whether the system sends from files; on Windows it does not."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ENTERED = b'<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>ksync</title>'
_UNKNOWN = "ksync shows pictures here to whoever has the address that it printed, with its token.\n"


class PageServer(ThreadingMixIn, HTTPServer):
    """Serves the page at one address of this computer."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    allow_reuse_address = sys.platform != "win32"  # there another program could take the same port over

    def __init__(self, answer: Answer, host: str, port: int, access: Access) -> None:
        """Listen, from now on; `serve_forever` answers. OSError where that address can't be had."""
        self.answer = answer
        self.access = access
        self.connections = Connections()
        self.asked_s = steady_s()
        """When somebody was last given pictures."""
        self.address_family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        super().__init__((str(where[0]), int(where[1])), _Handler)
        name = name_for_others(host)
        self._host = f"[{name}]" if ":" in name else name

    def server_bind(self) -> None:
        """Bind, without HTTPServer's look for a name, which may wait for a name server."""
        TCPServer.server_bind(self)
        self.server_port = self.server_address[1]

    @property
    def address(self) -> str:
        """What an operator opens: with the token, which whoever sees it can use."""
        return f"http://{self._host}:{self.server_port}/?token={self.access.token}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Let a thread answer, as long as that connection lasts."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has ended."""
        self.connections.remove(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that left; anything else is a defect and keeps its traceback."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Begin with a stranger."""
        super().setup()
        self.connection.settimeout(STRANGERS_PATIENCE_S)

    def do_GET(self) -> None:
        """Answer, if whoever asks may ask."""
        if self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding"):
            self.close_connection = True  # what follows is no request
        path, _, query = self.path.partition("?")
        hosts = self.headers.get_all("Host", [])
        if not self.server.access.is_for_us(hosts):
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "this is no address of this page\n")
        token = parse_qs(query[:_LONGEST_QUERY]).get("token", []) if path == "/" else []
        if token:
            return self._enter(token[0])
        origins, sites = self.headers.get_all("Origin", []), self.headers.get_all("Sec-Fetch-Site", [])
        known = self.server.access.knows(self.headers.get_all("Cookie", []))
        if not known or not self.server.access.is_own(hosts[0], origins, sites):
            return self._refuse(HTTPStatus.FORBIDDEN, _UNKNOWN)
        self._admit()
        return self._show(path, query)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Refuse: nothing can be changed from the page."""
        self.close_connection = True
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD\n", Allow="GET, HEAD")

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = do_POST

    def _enter(self, token: str) -> None:
        """Give the cookie for the token, and let the browser go to the page.

        By the page itself, not by a redirect: to a link in a chat, the cookie of a strict site would not
        follow one.
        """
        if not self.server.access.admits(token):
            return self._refuse(HTTPStatus.FORBIDDEN, _UNKNOWN)
        self._admit()
        cookie = self.server.access.set_cookie()
        return self._send(HTTPStatus.OK, [_ENTERED], "text/html; charset=utf-8", {"Set-Cookie": cookie})

    def _admit(self) -> None:
        """Give whoever has the token more patience, and let others make room first."""
        self.server.connections.admit(self.connection)
        self.connection.settimeout(PATIENCE_S)

    def _show(self, path: str, query: str) -> None:
        if path == BUNDLE:
            return self._show_bundle(query)
        file = page_files().get(path)
        if file is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here\n")
        return self._send(HTTPStatus.OK, [file.content], file.type, {})

    def _show_bundle(self, query: str) -> None:
        self.server.asked_s = steady_s()
        try:
            if len(query) > _LONGEST_QUERY:
                raise ValueError("it is too long")
            content = self.server.answer(query)
        except ValueError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, f"{error}\n")
        except TimeoutError:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the disk gives no answer\n")
        except DefectError as error:
            words = f"ksync stumbled over what it looks at ({error})\n"
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, words)
        return self._send(HTTPStatus.OK, content, "application/octet-stream", {})

    def _refuse(self, status: HTTPStatus, words: str, **headers: str) -> None:
        self._send(status, [words.encode()], "text/plain; charset=utf-8", headers)

    @contextmanager
    def _in_one_go(self) -> Iterator[None]:
        """Let what is sent within the context fill packets: each wakes the browser, small ones as well."""
        if sys.platform != "linux":
            yield
            return
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        yield
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)

    def _send(self, status: HTTPStatus, parts: Sequence[Part], kind: str, headers: dict[str, str]) -> None:
        with self._in_one_go():
            self._send_all(status, parts, kind, headers)

    def _send_all(
        self, status: HTTPStatus, parts: Sequence[Part], kind: str, headers: dict[str, str]
    ) -> None:
        self.send_response(status)
        closing = {"Connection": "close"} if self.close_connection else {}
        sized = {"Content-Type": kind, "Content-Length": str(sum(map(len, parts)))}
        for name, value in (_HEADERS | sized | closing | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            self._send_parts(parts)
        except ValueError:  # a file lost what was promised
            self.close_connection = True

    def _send_parts(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, StoredImage) and _FROM_FILES:
                self._send_stored(part)
            else:
                self._send_bytes(part if isinstance(part, bytes) else part.read())

    def _send_bytes(self, content: bytes) -> None:
        view = memoryview(content)
        for at in range(0, len(view), _PIECE_NBYTES):  # each has its own time limit
            self.server.connections.touch(self.connection)
            self.wfile.write(view[at : at + _PIECE_NBYTES])

    def _send_stored(self, image: StoredImage) -> None:
        """Let the system send what stands in a file, which nobody reads here: half the cost of a picture.

        Not by the library's `sendfile`, which waits after each part until the browser has taken it.
        """
        at, end = image.offset, image.offset + image.nbytes
        with image.opened() as stream:
            while at < end:
                self.server.connections.touch(self.connection)
                try:
                    nbytes = min(_PIECE_NBYTES, end - at)
                    sent = os.sendfile(self.connection.fileno(), stream.fileno(), at, nbytes)
                except BlockingIOError:
                    self._wait_for_room()
                    continue
                if not sent:
                    raise ValueError("the file was cut off")
                at += sent

    def _wait_for_room(self) -> None:
        """Wait until the browser has taken something; TimeoutError where that takes too long."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_WRITE)
            if not selector.select(self.connection.gettimeout()):
                raise TimeoutError("the browser takes nothing")

    # --- what the library would do otherwise ----------------------------------------------------------

    def version_string(self) -> str:
        """Name no versions."""
        return "ksync"

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        """Refuse what is no request, in plain text, and hear nothing more of this connection."""
        self.close_connection = True
        with suppress(OSError):
            self._refuse(HTTPStatus(code), "not understood\n")

    def log_message(self, *_: Any) -> None:
        """Keep no log: whoever looks asks ten times a second."""
