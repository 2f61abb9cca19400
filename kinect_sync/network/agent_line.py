"""An agent's line over Zenoh: it answers a director, tells events, and is seen to be there."""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress

import zenoh

from kinect_sync.errors import BenchError
from kinect_sync.findings.hosts import AGENT_CANNOT_LISTEN
from kinect_sync.host.priority import let_thread_stand_back
from kinect_sync.network.keys import alive_key, ask_key, heard_key
from kinect_sync.network.packing import pack, pack_version
from kinect_sync.network.sessions import open_session
from kinect_sync.network.settings import agent_settings
from kinect_sync.studio.folders import AgentFolder
from kinect_sync.texts import printable
from kinect_sync.wire.files import FileRequest
from kinect_sync.wire.hosts import Describe, Envelope, Heard, OtherVersion, read_envelope
from kinect_sync.wire.lines import AnswerTo
from kinect_sync.wire.looks import LookRequest
from kinect_sync.wire.messages import ReadClock
from kinect_sync.wire.pictures import ShowPictures
from kinect_sync.wire.sent_captures import SendCaptures

_Asked = queue.SimpleQueue["tuple[zenoh.Query, Envelope] | None"]
Log = Callable[[str], None]
"""Takes a line for the agent's log."""
MOST_NBYTES = 1 << 20
"""Of a request; those of ksync have some kilobytes."""
MOST_LOOKING = 16
"""Requests for pictures, and for captures, that wait: each viewer has one at a time, and each program two."""
MOST_TOLD = 1024
"""Events that wait for the link: an agent may have to tell those of hours again."""


class ZenohAgentLine:
    """The line of one host's agent.

    Zenoh calls back one at a time, and waits; so requests are answered on a thread, in the order in which
    they came. But for the clock, which is read at once: an answer that waited would tell less of it. And for
    files, on another thread: no command waits for a disk, or for a link that is full. What there is on the
    host is told on one more, as it says how much room there is: no file makes a host look as if it hung. And
    pictures are made on one of their own, which one viewer after the other waits for; captures of a running
    rig are packed on another, which stands back behind all that records.
    Who looks at the computer may take seconds, and has a thread for that.
    """

    def __init__(self, folder: AgentFolder, answer: AnswerTo, log: Log) -> None:
        """Listen from now on; BenchError where that can't be."""
        self._answer, self._log = answer, log
        self._heard_key = heard_key(folder.card.studio, folder.card.host)
        self._director = folder.director
        self._asked: _Asked = queue.SimpleQueue()
        self._asked_files: _Asked = queue.SimpleQueue()
        self._asked_what_is: _Asked = queue.SimpleQueue()
        self._asked_pictures: _Asked = queue.SimpleQueue()
        self._asked_captures: _Asked = queue.SimpleQueue()
        self._told: queue.Queue[Heard | None] = queue.Queue(MOST_TOLD)
        self._session = _listen(folder)
        self._threads = [
            threading.Thread(target=work, name=f"agent-{name}", daemon=True)
            for name, work in (
                ("answers", lambda: self._answer_all(self._asked)),
                ("files", lambda: self._answer_all(self._asked_files)),
                ("descriptions", lambda: self._answer_all(self._asked_what_is)),
                ("pictures", lambda: self._answer_all(self._asked_pictures)),
                ("captures", self._answer_aside),
                ("events", self._tell_all),
            )
        ]
        for thread in self._threads:
            thread.start()
        self._declare(folder)

    def _declare(self, folder: AgentFolder) -> None:
        """Be there: the token comes last, as who sees it asks."""
        studio, host = folder.card.studio, folder.card.host
        self._links = self._session.info.declare_link_events_listener(self._log_link, history=True)
        self._queryable = self._session.declare_queryable(ask_key(studio, host), self._take)
        self._token = self._session.liveliness().declare_token(alive_key(studio, host, uuid.uuid4().hex))

    def tell(self, event: Heard) -> None:
        """Tell an event to the directors that listen; nothing happens where there is none.

        Whoever tells more than the link takes, waits for it.
        """
        self._told.put(event)

    def close(self) -> None:
        """Be absent from now on; what was told before is sent, as far as somebody takes it."""
        for waiting in (
            self._asked,
            self._asked_files,
            self._asked_what_is,
            self._asked_pictures,
            self._asked_captures,
        ):
            waiting.put(None)
        self._told.put(None)
        for thread in self._threads:
            thread.join(2.0)
        self._session.close()

    def _tell_all(self) -> None:
        """Send events in their order: where the link is down, this thread waits until that is known."""
        while (event := self._told.get()) is not None:
            with suppress(zenoh.ZError):  # closed
                self._session.put(
                    self._heard_key,
                    event.model_dump_json(by_alias=True).encode(),
                    congestion_control=zenoh.CongestionControl.BLOCK,
                )

    def _take(self, query: zenoh.Query) -> None:
        """Take a request from Zenoh, whatever it is."""
        envelope = self._read(query)
        if envelope is None:
            query.drop()
        elif isinstance(envelope.request, ReadClock):
            self._reply(query, envelope)
        elif isinstance(envelope.request, FileRequest):
            self._asked_files.put((query, envelope))
        elif isinstance(envelope.request, ShowPictures):
            self._let_wait(self._asked_pictures, query, envelope)
        elif isinstance(envelope.request, SendCaptures):
            self._let_wait(self._asked_captures, query, envelope)
        elif isinstance(envelope.request, Describe):
            self._asked_what_is.put((query, envelope))
        elif isinstance(envelope.request, LookRequest):
            threading.Thread(
                target=self._reply, args=(query, envelope), name="agent-look", daemon=True
            ).start()
        else:
            self._asked.put((query, envelope))

    def _let_wait(self, waiting: _Asked, query: zenoh.Query, envelope: Envelope) -> None:
        """Let somebody wait who looks; where a disk gives no answer, no more than so many."""
        if waiting.qsize() < MOST_LOOKING:
            waiting.put((query, envelope))
        else:
            query.drop()

    def _read(self, query: zenoh.Query) -> Envelope | None:
        """Return what is asked; None where it is none of ours, which is answered here."""
        payload = query.payload
        try:
            if payload is None or len(payload) > MOST_NBYTES:
                raise ValueError("its length is none of a request")
            return read_envelope(payload.to_bytes())
        except OtherVersion as other:
            self._log(f"a director speaks another version: {other}")
            self._send(query, pack_version())
        except ValueError:
            self._log("a director sent what is no request")
            with suppress(zenoh.ZError):
                query.reply_err(b"no request")
        return None

    def _answer_all(self, waiting: _Asked) -> None:
        while (asked := waiting.get()) is not None:
            self._reply(*asked)

    def _answer_aside(self) -> None:
        let_thread_stand_back()
        self._answer_all(self._asked_captures)

    def _reply(self, query: zenoh.Query, envelope: Envelope) -> None:
        try:
            answered = self._answer(envelope)
        except Exception as error:  # a defect of the agent's; it must not end the thread that answers
            self._log(f"a request could not be answered: {type(error).__name__}: {error}")
            with suppress(zenoh.ZError):
                query.reply_err(b"defect")
        else:
            self._send(query, pack(answered))
        query.drop()

    def _send(self, query: zenoh.Query, message: bytes) -> None:
        """Send an answer, which is as urgent as its question."""
        with suppress(zenoh.ZError):  # the director has gone
            query.reply(query.key_expr, message)

    def _log_link(self, event: zenoh.LinkEvent) -> None:
        """Log who comes and goes; who is no director gets nothing, and is worth a look."""
        name = printable(event.link.auth_identifier or "nobody")
        place = event.link.dst
        came = event.kind == zenoh.SampleKind.PUT
        if name == self._director:
            self._log(f"{name} {'is connected from' if came else 'has gone:'} {place}")
        elif came:
            self._log(f"{name} is connected from {place}, is no director of this studio, and gets nothing")


def _listen(folder: AgentFolder) -> zenoh.Session:
    try:
        return open_session(agent_settings(folder))
    except zenoh.ZError as error:
        what = f"the agent can't listen at {folder.address}: {str(error).splitlines()[0]}"
        raise BenchError(AGENT_CANNOT_LISTEN.found(what)) from error
