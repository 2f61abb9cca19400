"""The connections of browsers: a bounded number, of which the idlest makes room for a new one.

So nobody is kept out by clients that were stopped, that hang, or that open connections and say nothing. Who
has not shown the token is a stranger, and goes before anybody who has: or strangers could cut off the rest.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

MOST = 48
"""Ten browsers, each with as many as it opens to one server at a time, most of them idle."""


class Connections:
    """Which connections are open: of strangers and of others, each the one that was idle longest first."""

    def __init__(self, most: int = MOST) -> None:
        """Keep `most` at the same time."""
        self._most = most
        self._strange: dict[socket.socket, None] = {}
        self._admitted: dict[socket.socket, None] = {}
        self._lock = threading.Lock()

    def add(self, connection: socket.socket) -> None:
        """Take a stranger in; if there are too many, the idlest is cut off, and strangers first."""
        with self._lock:
            everybody = [*self._strange, *self._admitted]
            idlest = everybody[0] if len(everybody) >= self._most else None
            if idlest is not None:
                self._forget(idlest)
            self._strange[connection] = None
        if idlest is not None:
            _cut(idlest)

    def admit(self, connection: socket.socket) -> None:
        """Take note that whoever is there has the token, and is the last to be cut off."""
        with self._lock:
            if self._forget(connection):
                self._admitted[connection] = None

    def touch(self, connection: socket.socket) -> None:
        """Take note that something is sent: of those who were admitted, this is the last to be cut off."""
        with self._lock:
            if connection in self._admitted:
                del self._admitted[connection]
                self._admitted[connection] = None

    def remove(self, connection: socket.socket) -> None:
        """Forget one that ended."""
        with self._lock:
            self._forget(connection)

    def cut_all(self) -> None:
        """Cut all off, as the server ends."""
        with self._lock:
            connections = [*self._strange, *self._admitted]
            self._strange.clear()
            self._admitted.clear()
        for each in connections:
            _cut(each)

    def _forget(self, connection: socket.socket) -> bool:
        """Take one out; False where it was cut off already."""
        known = connection in self._strange or connection in self._admitted
        self._strange.pop(connection, None)
        self._admitted.pop(connection, None)
        return known


def _cut(connection: socket.socket) -> None:
    """Let a thread that reads from or writes to a connection find its end; it closes it itself."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
