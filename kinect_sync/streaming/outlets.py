"""Where messages go: to clients of a socket, each on a thread of its own, or into a pipe.

A client that reads slowly, or not at all, holds up its own thread. What clients send is passed over, but for
the token of those who come over TCP; and who will send nothing any more has gone.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from kinect_sync.steady import steady_s
from kinect_sync.streaming.framing import Part
from kinect_sync.streaming.messages import Message
from kinect_sync.streaming.sharing import SharedRow, SharedRows, Taker

MOST = 16
"""Clients at the same time: each holds a copy of a row while it is sent, 22 MB of nine devices.

And as many who have not shown the token yet.
"""
TOKEN_S = 5.0
"""How long a client over TCP has to show the token."""
_LONGEST_LINE = 256
_LOOK_S = 0.1
_PASSED_OVER = 4096

Tell = Callable[[Iterator[SharedRow]], Iterator[Message]]
"""Makes messages of the rows that a client takes."""


class RowServer:
    """Gives rows to whoever comes to a socket, and has the token where one is asked for.

    Who has not shown it has a place of its own, and makes room for who comes later: nobody can keep others
    out by saying nothing.
    """

    def __init__(
        self,
        listener: socket.socket,
        rows: SharedRows,
        tell: Tell,
        token: str | None = None,
        *,
        full: Message = (),
    ) -> None:
        """Serve from now on what listens already; `close` ends that. `full` is told to the one too many."""
        self._listener = listener
        self._rows = rows
        self._tell = tell
        self._token = token
        self._full = full
        self._strangers: dict[socket.socket, threading.Thread] = {}
        self._clients: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._is_closing = False
        self.turned_away = 0
        """Clients for which there was no place."""
        listener.settimeout(_LOOK_S)
        self._accepting = threading.Thread(target=self._accept, daemon=True, name="rows-accept")
        self._accepting.start()

    def close(self, linger_s: float) -> None:
        """Let in who has come already, give clients some time for the end, and cut off who is not through."""
        self._is_closing = True
        self._accepting.join()
        until = steady_s() + linger_s
        with self._lock:
            clients, strangers = dict(self._clients), dict(self._strangers)
        for thread in clients.values():
            thread.join(max(until - steady_s(), 0.0))
        for connection, thread in (*clients.items(), *strangers.items()):
            _cut_off(connection)
            thread.join()

    def _accept(self) -> None:
        while not self._is_closing:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # too many files are open, or the client has gone already
                time.sleep(_LOOK_S)
                continue
            self._let_in(connection)
        self._listener.settimeout(0)
        with suppress(OSError):  # nobody else waits
            for _ in range(MOST):  # one who comes again and again must not hold up the end
                self._let_in(self._listener.accept()[0])

    def _let_in(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._serve, args=(connection,), daemon=True, name="rows-client")
        with self._lock:
            if self._token is None:
                self._take_place(connection, thread)
            else:
                self._make_room()
                self._strangers[connection] = thread
        thread.start()

    def _make_room(self) -> None:
        """Send the stranger away that has been here for longest, where there are too many."""
        if len(self._strangers) >= MOST:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            _cut_off(oldest)

    def _take_place(self, connection: socket.socket, thread: threading.Thread) -> None:
        if len(self._clients) < MOST:
            self._clients[connection] = thread
        else:
            self.turned_away += 1

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                if self._token is None or self._has_shown(connection, self._token):
                    self._give(connection)
                    connection.shutdown(socket.SHUT_WR)
        finally:
            with self._lock:
                self._strangers.pop(connection, None)
                self._clients.pop(connection, None)

    def _has_shown(self, connection: socket.socket, token: str) -> bool:
        """Tell whether a stranger has shown the token, before it had to make room."""
        shows = _shows(connection, token)
        with self._lock:
            thread = self._strangers.pop(connection, None)
            if shows and thread is not None:
                self._take_place(connection, thread)
        return shows and thread is not None

    def _give(self, connection: socket.socket) -> None:
        """Give all rows to who has a place, and say to others that there is none."""
        if connection in self._clients:
            send(self._rows.taking(partial(_look, connection)), self._tell, connection.sendall)
        else:
            connection.settimeout(_LOOK_S)
            for part in self._full:
                connection.sendall(part)


class PipeWriter:
    """Writes messages into a pipe, on a thread that nobody waits for: a pipe may be full for ever."""

    def __init__(self, descriptor: int, rows: SharedRows, tell: Tell) -> None:
        """Write from now on."""
        self._descriptor = descriptor
        self._taker = rows.taking()
        self._tell = tell
        self.failure: OSError | None = None
        """Why nothing more can be written, as where the reader has gone."""
        self._thread = threading.Thread(target=self._write, daemon=True, name="rows-pipe")
        self._thread.start()

    def close(self, linger_s: float) -> None:
        """Give the reader some time for the end; what it did not take then is lost."""
        self._thread.join(linger_s)

    def _write(self) -> None:
        try:
            send(self._taker, self._tell, self._write_all)
        except OSError as error:
            self.failure = error

    def _write_all(self, part: Part) -> None:
        left = memoryview(part)
        while left:
            left = left[os.write(self._descriptor, left) :]


def send(taker: Taker, tell: Tell, write: Callable[[Part], object]) -> None:
    """Send one client what it has time for, until the end; OSError where it has gone."""
    with taker:
        for message in tell(taker):
            for part in message:
                write(part)


def _cut_off(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _look(connection: socket.socket) -> None:
    """Pass over some of what a client has sent, and raise ConnectionError where it has gone.

    Of one that closed only its own side nobody can tell over TCP that it still reads.
    """
    connection.settimeout(0)
    try:
        if not connection.recv(_PASSED_OVER):
            raise ConnectionAbortedError
    except BlockingIOError:
        pass
    finally:
        connection.settimeout(None)


def new_token() -> str:
    """Return what nobody can guess, to be shown by clients over TCP."""
    return secrets.token_urlsafe(24)


def _shows(connection: socket.socket, token: str) -> bool:
    """Tell whether a client's first line is the token; it has some seconds for it."""
    until = steady_s() + TOKEN_S
    line = b""
    while b"\n" not in line and len(line) < _LONGEST_LINE:
        connection.settimeout(max(until - steady_s(), 0.001))
        got = connection.recv(_LONGEST_LINE - len(line))
        if not got:
            return False
        line += got
    shown = line.split(b"\n", 1)[0].rstrip(b"\r")
    return secrets.compare_digest(shown, token.encode())
