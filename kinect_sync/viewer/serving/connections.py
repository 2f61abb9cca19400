"""The connections of browsers: a bounded number, of which the idlest makes room for a new one.

So nobody is kept out by clients that were stopped, that hang, or that open connections and say nothing.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

MOST = 48
"""Ten browsers, each with as many as it opens to one server at a time, most of them idle."""


class Connections:
    """Which connections are open, the one that was idle longest first."""

    def __init__(self, most: int = MOST) -> None:
        """Keep `most` at the same time."""
        self._most = most
        self._open: dict[socket.socket, None] = {}
        self._lock = threading.Lock()

    def add(self, connection: socket.socket) -> None:
        """Take a new one in; if there are too many, the idlest is cut off."""
        with self._lock:
            idlest = next(iter(self._open)) if len(self._open) >= self._most else None
            if idlest is not None:
                del self._open[idlest]
            self._open[connection] = None
        if idlest is not None:
            _cut(idlest)

    def touch(self, connection: socket.socket) -> None:
        """Take note that somebody was answered, who is then the last to be cut off."""
        with self._lock:
            if connection in self._open:
                del self._open[connection]
                self._open[connection] = None

    def remove(self, connection: socket.socket) -> None:
        """Forget one that ended."""
        with self._lock:
            self._open.pop(connection, None)

    def cut_all(self) -> None:
        """Cut all off, as the server ends."""
        with self._lock:
            connections = [*self._open]
            self._open.clear()
        for each in connections:
            _cut(each)


def _cut(connection: socket.socket) -> None:
    """Let a thread that reads from or writes to a connection find its end; it closes it itself."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
