"""The way to one host: what it is asked, in order; that the director is there; and whether the host is.

All that is asked goes out on one thread, as nobody who records may wait for a network. What could not be
delivered waits for the host to come back.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_FLOODS
from kinect_sync.hosts.allowance import Allowance
from kinect_sync.hosts.remote_link import RemoteLink
from kinect_sync.rig.places import said_at
from kinect_sync.steady import steady_ns, steady_s
from kinect_sync.wire.hosts import (
    HOSTS_PROTOCOL,
    KEEP_S,
    LEASE_S,
    Answer,
    Done,
    End,
    Envelope,
    Heard,
    Launch,
    Lead,
    Lease,
    Leave,
    OtherVersion,
    Refused,
    Replay,
    Request,
    Running,
    Tell,
)
from kinect_sync.wire.lines import DirectorLine, HostSilent
from kinect_sync.wire.looks import LookRequest
from kinect_sync.wire.messages import ClockRead, CutOff, Healed, Noted, ReadClock

ASK_S = 1.0
"""How long an answer is waited for, which takes a millisecond: one that takes longer has got lost."""
SILENT_S = 1.4
"""An agent that is there and has said nothing for so long hangs: it is asked every half second."""
STARTING_S = LEASE_S
"""The same while processes start there: many at a time leave an agent little of a computer."""
LEAST_S = 0.2
"""How long an answer is waited for though that makes the silence longer."""
AGAIN_S = 0.1
"""When what could not be delivered is tried again."""


class HostLine:
    """One host, as long as a director has it."""

    def __init__(
        self,
        host: str,
        line: DirectorLine,
        lease: Lease,
        *,
        clock: Callable[[], float] = steady_s,
        clock_ns: Callable[[], int] = steady_ns,
    ) -> None:
        """Ask `host` over `line` from now on, which commands it under `lease`."""
        self.host = host
        self._line = line
        self._lease = lease
        self._clock = clock
        self._clock_ns = clock_ns
        self._changed = threading.Condition()
        self._links: dict[str, RemoteLink] = {}
        self._requests: deque[Launch | Tell | End] = deque()
        self._known: dict[str, int] = {}
        """By worker, the number of its last event as the host said when it was asked before."""
        self._looked: dict[str, int] = {}
        """By worker that is behind, the number of the last event that was heard when that was seen."""
        self._is_stuck = False
        self._allowance = Allowance(clock)
        self._liar = ""
        """Why nothing more of it is believed."""
        self._floods = False
        self._kept_s = -KEEP_S
        self._heard_s = clock()
        self._lost_s: float | None = None
        self._why = ""
        self._times = 0
        self._longest_s = 0.0

    @property
    def is_lost(self) -> bool:
        """Whether it can't be reached."""
        return self._lost_s is not None

    # --- the director's threads -----------------------------------------------------------------------

    def add(self, link: RemoteLink, launch: Launch) -> None:
        """Launch a worker, with which `link` speaks."""
        with self._changed:
            self._links[link.worker] = link
            if self.is_lost:
                link.cut_off(self._cut_off())
        self.put(launch)

    def put(self, request: Request) -> None:
        """Ask for something as soon as it can be asked, after all that was put before."""
        if isinstance(request, Launch | Tell | End):
            self._requests.append(request)
            self.wake()

    def look(self, request: LookRequest, timeout_s: float) -> Answer:
        """Ask for what may take long, and wait; HostSilent or OtherVersion where there is no answer."""
        return self._line.ask(self.host, Envelope(request=request), timeout_s).answer

    # --- the line's threads ---------------------------------------------------------------------------

    def hear(self, heard: Heard) -> None:
        """Take an event of the host, as long as it says no more than devices can."""
        if self._liar or (link := self._links.get(heard.worker)) is None:
            return
        self._heard_s = self._clock()
        if heard.number is None:
            self._hear_aside(link, heard)
        elif heard.number <= self._allowance.numbered():
            link.hear(heard)
        else:
            self._liar = f"it says more than a device can: event {heard.number} of `{link.name}`"
            self.wake()

    def _hear_aside(self, link: RemoteLink, heard: Heard) -> None:
        """Take what may be lost, and is where there is too much of it."""
        if self._allowance.take_aside():
            link.hear(heard)
        elif not self._floods:
            self._floods = True
            noted = Noted(findings=(HOST_FLOODS.found(f"`{self.host}` says more besides than is read"),))
            link.hear(Heard(worker=link.worker, number=None, event=noted))

    def notice(self) -> None:
        """Learn that the agent came or went, or is another one than before: see to it at once."""
        self._kept_s = -KEEP_S
        self.wake()

    def wake(self) -> None:
        """Let its thread look at what there is to do."""
        with self._changed:
            self._changed.notify_all()

    # --- its own thread -------------------------------------------------------------------------------

    def wait(self) -> None:
        """Wait until there is something to do."""
        with self._changed:
            left_s = self._kept_s + KEEP_S - self._clock()
            if not self.is_lost and (self._requests or self._clock_wishes()):
                left_s = min(left_s, AGAIN_S if self._is_stuck else 0.0)
            if left_s > 0:
                self._changed.wait(left_s)

    def turn(self) -> None:
        """Do what is to be done now."""
        if self._liar:
            self._lose(self._liar)
            self._kept_s = self._clock()
            return
        if not self._line.is_present(self.host):
            self._lose("its agent is not there: it was ended, or its computer, or the network between")
            self._kept_s = self._clock()
            return
        if self._clock() - self._kept_s >= KEEP_S:
            self._keep()
        if not self.is_lost:
            self._read_clock()
            self._deliver()

    def fail(self, error: Exception) -> None:
        """Tell of a defect here as of a host that is lost, and try again: its devices record on."""
        self._kept_s = self._clock()
        self._lose(f"ksync failed to speak with it: {type(error).__name__}: {error}")

    def leave(self) -> None:
        """Do what is left to do, and command the host no more."""
        self.turn()
        if not self.is_lost:
            self._ask(Leave())

    def _deliver(self) -> None:
        self._is_stuck = False
        while self._requests:
            request = self._requests[0]
            link = self._links.get(request.worker)
            if link is None or link.has_left:
                self._requests.popleft()
            elif (answer := self._ask(request)) is not None:
                self._requests.popleft()
                if isinstance(request, Launch):
                    self._see_launched(link, answer)
                elif isinstance(request, Tell):
                    link.taken(request)
            else:
                self._is_stuck = True
                return

    def _see_launched(self, link: RemoteLink, answer: Answer) -> None:
        if isinstance(answer, Refused):
            link.refuse(*(self._refused(link, each) for each in answer.findings))
        link.launched = isinstance(answer, Done)

    def _refused(self, link: RemoteLink, finding: Finding) -> Finding:
        return said_at(self.host, finding).model_copy(update={"device": link.name})

    def _read_clock(self) -> None:
        """Read the host's clock where somebody wants to know it; a trip that takes long tells nothing."""
        for link in self._clock_wishes():
            link.wants_clock = False
            with suppress(HostSilent, OtherVersion):
                self._tell_clock(link)

    def _clock_wishes(self) -> list[RemoteLink]:
        return [link for link in list(self._links.values()) if link.wants_clock]

    def _tell_clock(self, link: RemoteLink) -> None:
        asked = Envelope(lease=self._lease, request=ReadClock(sent_ns=self._clock_ns()))
        answer = self._line.ask(self.host, asked, ASK_S).answer
        if isinstance(answer, ClockRead):
            read = answer.model_copy(update={"heard_ns": self._clock_ns()})
            link.hear(Heard(worker=link.worker, number=None, event=read))

    # --- the lease ------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Say that the director is there, and hear how far its workers are."""
        self._kept_s = self._clock()
        links = list(self._links.values())
        left = [link.worker for link in links if link.has_left]
        answer = self._ask(Lead(heard={link.worker: link.heard_to for link in links}))
        if isinstance(answer, Refused):
            self._lose("; ".join(each.what for each in answer.findings))
        elif isinstance(answer, Running):
            with self._changed:
                for worker in left:  # it knows by now that its end was heard
                    del self._links[worker]
            self._take_in(answer)

    def _take_in(self, running: Running) -> None:
        """Ask for the events that got lost; of a host that is back, tell when all are there."""
        back = self._come_back()
        for link in list(self._links.values()):
            self._see_known(link, running)
            number = running.workers.get(link.worker, 0)
            healed = back or link.unsettled
            if healed:
                link.heal(healed, None if link.worker in running.awaited else number)
            expected = number if healed or link.waiting else self._known.get(link.worker, 0)
            if healed or link.heard_to >= expected:
                self._looked.pop(link.worker, None)
            if link.heard_to < expected and self._stands_still(link):
                self._ask(Replay(worker=link.worker, after=link.heard_to))
        self._known = dict(running.workers)

    def _see_known(self, link: RemoteLink, running: Running) -> None:
        """See that the host knows a worker, and what that was told: what got lost is told before all else."""
        if link.worker in running.workers:
            link.launched = True
        elif link.launched:
            link.vanish()
        if (told := running.told.get(link.worker)) is not None:
            self._requests.extendleft(reversed(link.lost_after(told)))

    def _stands_still(self, link: RemoteLink) -> bool:
        """Tell whether no event of a worker came since this was asked: what is replayed comes by and by."""
        before, self._looked[link.worker] = self._looked.get(link.worker), link.heard_to
        return before in (None, link.heard_to)

    def _come_back(self) -> Healed | None:
        with self._changed:
            if self._lost_s is None:
                return None
            self._longest_s = max(self._longest_s, self._clock() - self._lost_s)
            self._lost_s = None
        return Healed(host=self.host, times=self._times, longest_s=self._longest_s)

    def _lose(self, why: str) -> None:
        with self._changed:
            if self._lost_s is not None:
                return
            self._lost_s, self._why, self._times = self._clock(), why, self._times + 1
            for link in self._links.values():
                link.cut_off(self._cut_off())

    def _cut_off(self) -> CutOff:
        devices = dict.fromkeys(each.name for each in self._links.values())
        return CutOff(host=self.host, devices=tuple(devices), why=self._why)

    @property
    def _starts(self) -> bool:
        """Whether a process starts there that has not said anything yet."""
        return any(not link.heard_to for link in list(self._links.values()))

    def _ask(self, request: Request) -> Answer | None:
        """Ask, and return the answer; None where there is none, which may mean that the host is lost."""
        limit_s = STARTING_S if self._starts else SILENT_S
        left_s = self._heard_s + limit_s - self._clock()
        envelope = Envelope(lease=self._lease, request=request)
        try:
            answered = self._line.ask(self.host, envelope, min(max(left_s, LEAST_S), ASK_S))
        except HostSilent:
            if self._clock() - self._heard_s >= limit_s:
                self._lose("its agent does not answer")
            return None
        except OtherVersion as other:
            self._lose(f"its agent speaks version {other.protocol} of the protocol, and not {HOSTS_PROTOCOL}")
            return None
        self._heard_s = self._clock()
        return answered.answer
