"""The agent's end of one worker: what it is told, what it says, and what is left of it when it has gone."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

from kinect_sync.agent.printed import Printed
from kinect_sync.agent.process import Process
from kinect_sync.agent.state_folder import LodgedWorker
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import WORKER_NOT_UNDERSTOOD
from kinect_sync.steady import steady_s
from kinect_sync.wire.hosts import Heard, read_heard
from kinect_sync.wire.lodging import (
    Commanded,
    Errand,
    Place,
    Told,
    Welcome,
    Word,
    read_numbered,
    read_welcome,
)
from kinect_sync.wire.messages import Event, Exited, Failed, Noted, Said, Stranger, as_line, read_event
from kinect_sync.worker.event_log import EventLog
from kinect_sync.worker.meeting_place import meeting_place

AGAIN_S = 0.2
"""From one try to reach a worker that is starting to the next: that takes a second, and where many start at
once, an agent has little of the computer to try it with."""
MOST_WORDS = 8
"""Words to a worker that may wait before it is told no more that somebody commands."""

Tell = Callable[["Lodger", Heard], None]
"""Takes an event of a worker, on a thread of its own."""


class Lodger:
    """One worker that lodges on this host, whether this agent started it or found it."""

    def __init__(
        self,
        record: LodgedWorker,
        place: Place,
        process: Process,
        tell: Tell,
        *,
        found: bool = False,
        clock: Callable[[], float] = steady_s,
    ) -> None:
        """Take the record of a worker; `found` is one that an agent before this one started."""
        self.record = record
        self.errand = Errand()
        self.log = EventLog()
        self.gone = False
        """Whether its process has ended, and it is told that it has."""
        self._found = found
        self._told = None if found else 0
        """The number of its director's last command that it was told, or is about to be; None where that is
        not known yet."""
        self._last = 0
        """The number of its last event, as it greeted."""
        self._is_strange = False
        """Whether nothing more of it is taken in."""
        self._untold: Finding | None = None
        self._untold_end: Exited | None = None
        self._place = place
        self._process = process
        self._tell = tell
        self._clock = clock
        self._commanded_s = clock()
        self._words: queue.SimpleQueue[Word | None] = queue.SimpleQueue()
        self._errand_lock = threading.Lock()
        self._told_lock = threading.Lock()
        self._said_lock = threading.Lock()
        self._printed = Printed(place.output, self._hear_said, begun=found)

    # --- what the agent knows and wants ---------------------------------------------------------------

    @property
    def name(self) -> str:
        """The worker's name."""
        return self.record.worker

    @property
    def rings(self) -> Path | None:
        """The folder of its rings; None where it has not named one."""
        try:
            return Path(os.fsdecode(self._place.rings.read_bytes()))
        except OSError:
            return None

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process.runs()

    @property
    def alone_s(self) -> float:
        """For how long nobody has commanded it."""
        return self._clock() - self._commanded_s

    @property
    def patience_s(self) -> float:
        """For how long it goes on recording without anybody who commands."""
        return max(0.0, self._place.orphan_limit_s - self.alone_s)

    @property
    def heard_out(self) -> bool:
        """Whether it has gone, and its director has heard all of it."""
        return self.gone and self._untold_end is None and self.log.first > self.log.last

    @property
    def last(self) -> int:
        """The number of its last event: also of those that it still has to tell this agent."""
        is_all = self.gone or self._is_strange
        return self.log.last if is_all else max(self.log.last, self._last)

    @property
    def told(self) -> int | None:
        """The number of its director's last command that was passed on; None where it is not known yet."""
        return self._told

    @property
    def is_awaited(self) -> bool:
        """Whether it was found, and has not said yet how far it is."""
        return self._told is None and not self._is_strange and not self.gone

    def command(self, word: Told) -> None:
        """Pass a command on, if it is the agent's own, or the next of its director's.

        Of a worker that was found, it has to be known first which is the next: the director tells it again.
        """
        with self._told_lock:
            if word.number is not None:
                if self._told is None or word.number != self._told + 1:
                    return
                self._told = word.number
            self._words.put(word)

    def be_commanded(self, heard: int | None) -> None:
        """Tell it that its director is there, and has heard so much."""
        self._commanded_s = self._clock()
        if (finding := self._untold) is not None:
            self._untold = None
            self._tell(self, Heard(worker=self.name, number=None, event=Noted(findings=(finding,))))
        if self._untold_end is not None:
            self._tell_end(heard or 0)
        elif heard is not None:
            self.log.forget(heard)
        if self._words.qsize() < MOST_WORDS:  # one that stands still takes none
            self._words.put(Commanded(heard=self.log.first - 1))

    def events_after(self, number: int) -> Iterator[Heard]:
        """Give what it said after a number, as far as that is kept."""
        return (self._heard(each, line) for each, line in self.log.after(number))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def look(self) -> None:
        """Tell what the SDK printed since."""
        with self._said_lock:
            self._printed.look()

    # --- what it says ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen to it, until it has gone."""
        threading.Thread(target=self._live, name=self.name, daemon=True).start()

    def _live(self) -> None:
        if (connection := self._connect()) is not None:
            talking = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            with connection, suppress(OSError, EOFError):
                self._be_greeted(connection.recv_bytes())
                talking.start()
                while True:
                    self._hear(*read_numbered(connection.recv_bytes()))
            self._words.put(None)
        code = self._process.wait()
        self._take_rest()
        self._end(code)

    def _connect(self) -> Connection | None:
        """Reach the worker as soon as it listens; None where it ends before."""
        while self._process.runs():
            no_answer = suppress(OSError, EOFError, AuthenticationError)
            with no_answer, meeting_place(self._place.folder) as address:
                return Client(address, authkey=self._place.key.read_bytes())
            time.sleep(AGAIN_S)
        return None

    def _talk(self, connection: Connection) -> None:
        with suppress(OSError):
            while (word := self._words.get()) is not None:
                connection.send_bytes(as_line(word))
                if isinstance(word, Told):
                    with self._errand_lock:
                        self.errand = self.errand.told(word.command)

    def _be_greeted(self, text: bytes) -> None:
        try:
            self._welcome(read_welcome(text))
        except ValueError:
            self.errand = Errand(take=self.record.take, records=self.record.take is not None)
            self._find_strange("how it greets")

    def _welcome(self, welcome: Welcome) -> None:
        if self.log.last == 0:
            self.log = EventLog(welcome.first)
            self._commanded_s = self._clock() - welcome.alone_s
        self._last = welcome.last
        with self._told_lock:
            self._told = max(self._told or 0, welcome.told)
        self.errand = welcome.errand

    def _find_strange(self, what: str) -> None:
        """Take in nothing more of a worker of another version: it keeps what nobody has heard.

        It is told all the same that it is commanded, and to end: alone, it would end its recording too early.
        """
        self._untold = WORKER_NOT_UNDERSTOOD.found(f"the agent of its host does not understand {what}")
        self._is_strange = True

    def _hear(self, number: int, line: bytes) -> None:
        if number <= self.log.last or self._is_strange:
            return
        try:
            event = read_event(line)
        except ValueError:
            return self._find_strange(f"what it says (event {number})")
        if isinstance(event, Failed):
            self.look()
        with self._errand_lock:
            self.errand = self.errand.said(event)
        self._keep(event, as_line(event) if isinstance(event, Stranger) else line)

    def _keep(self, event: Event | Stranger | Exited, line: bytes) -> None:
        self._tell(self, Heard(worker=self.name, number=self.log.append(line), event=event))

    def _heard(self, number: int, line: bytes) -> Heard:
        worker = json.dumps(self.name).encode()
        return read_heard(b'{"worker":%s,"number":%d,"event":%s}' % (worker, number, line))

    def _hear_said(self, text: str) -> None:
        self._tell(self, Heard(worker=self.name, number=None, event=Said(text=text)))

    # --- what is left of it ---------------------------------------------------------------------------

    def _take_rest(self) -> None:
        """Take what it had said while no agent was there."""
        with suppress(OSError, ValueError):
            first, *lines = self._place.rest.read_bytes().splitlines(keepends=True)
            welcome = read_welcome(first)
            self._welcome(welcome)
            for number, line in enumerate(lines, welcome.first):
                self._hear(number, line)

    def _end(self, code: int | None) -> None:
        with self._said_lock:
            self._printed.look(ended=True)
        if code is None and self._place.rest.exists():
            code = 0  # it left in good order
        self.errand = self.errand.model_copy(update={"records": False})
        self._untold_end = Exited(code=code, last_words=self._printed.last_words)
        if self.log.last > 0 or not self._found:
            self._tell_end(self.log.last)
        self.gone = True

    def _tell_end(self, heard: int) -> None:
        """Tell its end, after so many events.

        Of one that died while no agent was there, nobody but its director knows how many there were.
        """
        end, self._untold_end = self._untold_end, None
        if end is not None:
            self.log = self.log if self.log.last == heard else EventLog(heard + 1)
            self._keep(end, as_line(end))
