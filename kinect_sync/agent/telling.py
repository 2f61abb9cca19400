"""Brings what workers say to the line, in order, on a thread of its own: one that is stuck stops nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable

from kinect_sync.wire.hosts import Heard
from kinect_sync.wire.lines import AgentLine


class Telling:
    """Events on their way to the line."""

    def __init__(self) -> None:
        """Begin without a line: what is told before there is one, waits."""
        self._waiting: queue.SimpleQueue[Iterable[Heard]] = queue.SimpleQueue()

    def put(self, events: Iterable[Heard]) -> None:
        """Take events; they are read when it is their turn, so that many of them need no room before."""
        self._waiting.put(events)

    def begin(self, line: AgentLine) -> None:
        """Tell whatever there is and comes."""
        threading.Thread(target=self._tell, args=(line,), name="telling", daemon=True).start()

    def _tell(self, line: AgentLine) -> None:
        while True:
            for event in self._waiting.get():
                line.tell(event)
