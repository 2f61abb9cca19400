"""A worker that outlives whoever started it: it listens for its agent, and keeps what nobody has heard.

A worker of the director's own computer is held by pipes, which end with the director. One that an agent
started goes on: while somebody commands, or it records and its patience is not over. Then its commands end,
as they do where pipes end, and it closes its file and its device in good order.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener

from kinect_sync.files import replace_file
from kinect_sync.host.awake import AwakeClock
from kinect_sync.steady import steady_s
from kinect_sync.wire.hosts import LEASE_S
from kinect_sync.wire.lodging import Commanded, Errand, Place, Welcome, Word, numbered, read_word
from kinect_sync.wire.messages import as_line, read_event
from kinect_sync.worker.event_log import EventLog
from kinect_sync.worker.meeting_place import meeting_place

TICK_S = 0.1
PARTING_S = 3.0
"""What an agent that is there may take to hear the last words."""


class Lodging:
    """One worker's way to whichever agent comes: it reads its commands here, and writes its events."""

    def __init__(self, place: Place, clock: AwakeClock | None = None) -> None:
        """Lodge at a place; nobody is heard before it is opened. `clock` counts how long it is alone."""
        self._place = place
        self._clock = clock or AwakeClock()
        self._log = EventLog()
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._open = ExitStack()
        self._closed = False
        self._lock = threading.Lock()
        self._errand = Errand()
        self._told = 0
        self._commanded_s = self._clock.now_s
        self._due_s = 0.0
        """How long what was planned takes, from when it was last commanded."""
        self._sent = 0
        self._guest: Connection | None = None

    # --- the worker's side ----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[bytes]:
        """Give commands, a line each, until the worker is to leave by itself."""
        while (line := self._inbox.get()) is not None:
            yield line

    def write(self, line: bytes) -> None:
        """Take an event; it never waits for anybody."""
        event = read_event(line)
        with self._lock:
            self._errand = self._errand.said(event)
            self._log.append(line)

    def flush(self) -> None:
        """Do nothing: what was written is on its way."""

    @property
    def alone_s(self) -> float:
        """For how long nobody has commanded."""
        return self._clock.now_s - self._commanded_s

    def tick(self) -> None:
        """See whether patience is over; ten times a second, or time does not count."""
        self._clock.tick()
        if self.alone_s > (self._due_s + self._place.orphan_limit_s if self._errand.records else LEASE_S):
            self.leave()

    def leave(self) -> None:
        """Let the worker leave in good order, as if its director were gone; safe in a signal's handler."""
        self._inbox.put(None)

    def open(self) -> None:
        """Listen for agents, and tick, from now on; OSError where there can be no socket.

        The socket is there until it is closed.
        """
        address = self._open.enter_context(meeting_place(self._place.folder))
        listener = self._open.enter_context(Listener(address, authkey=self._place.key.read_bytes()))
        for work, name in ((lambda: self._receive(listener), "agent"), (self._tick_often, "patience")):
            threading.Thread(target=work, name=name, daemon=True).start()

    def close(self) -> None:
        """Let the agent hear the last words, and keep for a later one what nobody has heard."""
        deadline_s = steady_s() + PARTING_S
        while self._guest is not None and self._sent < self._log.last and steady_s() < deadline_s:
            time.sleep(0.01)
        self.keep_rest()
        self._closed = True
        self._open.close()

    def keep_rest(self) -> None:
        """Write what nobody has heard yet into a file."""
        rest = b"".join([as_line(self._welcome()), *(line for _, line in self._log.after(0))])
        with suppress(OSError):  # no room, or the folder is gone: the recording itself is whole
            replace_file(self._place.rest, rest)

    # --- the agent's side -----------------------------------------------------------------------------

    def take(self, word: Word) -> None:
        """Take in what the agent says."""
        if isinstance(word, Commanded):
            self._log.forget(word.heard)
        elif word.number is None or word.number > self._told:
            with self._lock:
                self._told = word.number or self._told
                self._errand = self._errand.told(word.command)
            self._inbox.put(as_line(word.command))
        if isinstance(word, Commanded) or word.number is not None:
            self._commanded_s, self._due_s = self._clock.now_s, self._errand.ends_in_s or 0.0

    def _welcome(self) -> Welcome:
        return Welcome(
            errand=self._errand,
            told=self._told,
            first=self._log.first,
            last=self._log.last,
            alone_s=self.alone_s,
        )

    def _receive(self, listener: Listener) -> None:
        """Receive one agent after the other; whoever has not the key is none."""
        while not self._closed:
            try:
                guest = listener.accept()
            except (OSError, EOFError, AuthenticationError):
                time.sleep(TICK_S)
                continue
            with guest, suppress(OSError, EOFError):
                self._entertain(guest)

    def _entertain(self, guest: Connection) -> None:
        """Tell an agent what it has not heard, and hear it, until it is gone."""
        welcome = self._welcome()
        guest.send_bytes(as_line(welcome))
        self._sent, self._guest = welcome.first - 1, guest
        telling = threading.Thread(target=self._tell, args=(guest,), name="telling", daemon=True)
        telling.start()
        try:
            while True:
                with suppress(ValueError):  # an agent of another version, which may know more words
                    self.take(read_word(guest.recv_bytes()))
        finally:
            self._guest = None
            telling.join()

    def _tell(self, guest: Connection) -> None:
        with suppress(OSError):
            while self._guest is guest:
                for number, line in self._log.after(self._sent):
                    guest.send_bytes(numbered(number, line))
                    self._sent = number
                self._log.wait_for_more(self._sent, TICK_S)

    def _tick_often(self) -> None:
        while not self._closed:
            time.sleep(TICK_S)
            self.tick()


def ending_with_rest(lodging: Lodging, end_process: Callable[[int], object]) -> Callable[[int], object]:
    """Return what ends a process whose device hangs, after what nobody has heard is kept."""

    def end(code: int) -> None:
        lodging.keep_rest()
        end_process(code)

    return end
