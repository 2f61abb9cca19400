"""A director's line over Zenoh to the agents of its studio: one session, which dials them all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

import zenoh

from kinect_sync.network.keys import alive_key, ask_key, heard_key
from kinect_sync.network.packing import unpack
from kinect_sync.network.sessions import open_session
from kinect_sync.network.settings import director_settings
from kinect_sync.steady import steady_s
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import StudioFolder
from kinect_sync.wire.files import FileRequest
from kinect_sync.wire.hosts import Envelope, OtherVersion, read_heard
from kinect_sync.wire.lines import Answered, AwaitAnswer, Hear, HostSilent, Notice
from kinect_sync.wire.pictures import ShowPictures
from kinect_sync.wire.sent_captures import SendCaptures

_AGAIN_S = 0.02
"""An agent is seen some milliseconds before it can be asked."""


class ZenohDirectorLine:
    """The line to the hosts that a director was given; no other one is dialled, or heard."""

    def __init__(
        self,
        folder: StudioFolder,
        hosts: Mapping[str, Address],
        hear: Hear,
        notice: Notice,
        *,
        again: bool = True,
    ) -> None:
        """Dial the hosts from now on, whether or not they are there yet; or, without `again`, once."""
        self._studio = folder.studio.name
        self._hear, self._notice = hear, notice
        self._lock = threading.Lock()
        self._agents: dict[str, set[str]] = {host: set() for host in hosts}
        self._session = open_session(director_settings(folder, hosts, again=again))
        self._declared = [each for host in hosts for each in self._declare(host)]

    def _declare(self, host: str) -> tuple[object, object]:
        """Listen to one host: to its words, and to whether it is there."""
        words = self._session.declare_subscriber(
            heard_key(self._studio, host), lambda sample: self._take(host, sample)
        )
        presence = self._session.liveliness().declare_subscriber(
            alive_key(self._studio, host, "*"), lambda sample: self._see(host, sample), history=True
        )
        return words, presence

    def ask(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> Answered:
        """Ask one agent and wait for its answer; HostSilent where none comes, OtherVersion for another's."""
        until_s = steady_s() + timeout_s
        message = envelope.model_dump_json(by_alias=True).encode()
        urgency = _urgency(envelope)
        while self.is_present(host) and (left_s := until_s - steady_s()) > 0:
            replies = self._replies(host, message, left_s, urgency)
            if replies:
                return _first_answer(host, replies)
            time.sleep(_AGAIN_S)
        raise HostSilent(host)

    def ask_ahead(self, host: str, envelope: Envelope, timeout_s: float = 2.0) -> AwaitAnswer:
        """Ask one agent, and return what waits for its answer: the next question may go out before."""
        if not self.is_present(host):
            raise HostSilent(host)
        message = envelope.model_dump_json(by_alias=True).encode()
        coming = self._coming(host, message, timeout_s, _urgency(envelope))
        return lambda: _first_answer(host, list(coming))

    def is_present(self, host: str) -> bool:
        """Tell whether its agent is there."""
        with self._lock:
            return bool(self._agents[host])

    def close(self) -> None:
        """Let go of every agent; nothing is heard any more."""
        self._session.close()

    def _replies(
        self, host: str, message: bytes, timeout_s: float, urgency: zenoh.Priority
    ) -> list[zenoh.Reply]:
        """Return what came back: nothing at all where nobody was asked."""
        return list(self._coming(host, message, timeout_s, urgency))

    def _coming(
        self, host: str, message: bytes, timeout_s: float, urgency: zenoh.Priority
    ) -> Iterable[zenoh.Reply]:
        """Ask, and return what comes back, for which whoever reads it waits."""
        try:
            return self._session.get(
                ask_key(self._studio, host),
                payload=message,
                timeout=timeout_s,
                target=zenoh.QueryTarget.ALL,
                congestion_control=zenoh.CongestionControl.BLOCK,
                priority=urgency,
            )
        except zenoh.ZError:
            raise HostSilent(host) from None

    def _take(self, host: str, sample: zenoh.Sample) -> None:
        with suppress(ValueError):  # none of ours; what it was, its number asks for again
            self._hear(host, read_heard(sample.payload.to_bytes()))

    def _see(self, host: str, sample: zenoh.Sample) -> None:
        """See an agent come or go; one that was restarted may come before its forerunner is gone."""
        agent = str(sample.key_expr).rpartition("/")[2]
        with self._lock:
            agents = self._agents[host]
            (agents.add if sample.kind == zenoh.SampleKind.PUT else agents.discard)(agent)
            there = bool(agents)
        self._notice(host, there)


def _urgency(envelope: Envelope) -> zenoh.Priority:
    """Return how urgent a request and its answer are.

    Files and pictures go when nothing else does, captures of a running rig when nothing but these does.
    """
    if isinstance(envelope.request, FileRequest | ShowPictures):
        return zenoh.Priority.BACKGROUND
    is_live = isinstance(envelope.request, SendCaptures)
    return zenoh.Priority.DATA_LOW if is_live else zenoh.Priority.INTERACTIVE_HIGH


def _first_answer(host: str, replies: list[zenoh.Reply]) -> Answered:
    for reply in replies:
        if reply.ok is not None:
            try:
                return unpack(reply.ok.payload.to_bytes())
            except ValueError as error:
                if isinstance(error, OtherVersion):
                    raise
    raise HostSilent(host)
