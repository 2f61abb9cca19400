"""What one host sends of the captures of its devices, brought here while they come: its agent sends them.

What does not come in time is not waited for: a host that is cut off costs its own devices, and is asked again
until it is back.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from kinect_sync.director.host_clocks import OFTEN_S, HostClocks
from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import (
    STREAM_CAPTURES_LEFT_OUT,
    STREAM_HOST_SILENT,
    STREAM_NOT_UNDERSTOOD,
)
from kinect_sync.host.identity import this_host
from kinect_sync.hosts.asking import other_version
from kinect_sync.steady import steady_ns
from kinect_sync.streaming.distant_captures import DistantCaptures, Received, received
from kinect_sync.wire.hosts import Envelope, OtherVersion, Refused
from kinect_sync.wire.lines import Answered, AwaitAnswer, DirectorLine, HostSilent
from kinect_sync.wire.messages import ClockRead, ReadClock
from kinect_sync.wire.sent_captures import SendCaptures, SentCaptures, WantedCaptures

UNDER_WAY = 2
"""Requests that a host has at a time: it packs for one while the answer to the other is on the cable, or is
taken in here. With one alone, what it sends is bounded by the round trip."""
ASK_S = 2.0
"""How long an answer is waited for: on a busy host an agent packs for half a second."""
AGAIN_S = 0.05
"""When a host is asked again that did not answer."""
LEAST_WITHIN_S = 0.05
"""How old captures may be at least, where rows have little patience."""
ANY_AGE_MS = 60_000.0
"""How old captures may be in the first answer: rows begin when all devices have come."""
TOLD_S = 0.5
"""How long a silence is that is worth a word."""
DRAIN_S = 1.0
"""How long a host is waited for that does not answer, where all that it has is to be here before."""


class HostFeed:
    """What one host sends of its devices."""

    def __init__(
        self,
        host: str,
        captures: Mapping[str, DistantCaptures],
        within_s: float,
        now_ns: Callable[[], int] = steady_ns,
    ) -> None:
        """Bring `captures`, by device, that are not older than so much when they are sent."""
        self.host = host
        self._captures = captures
        self._within_ms = 1000 * max(LEAST_WITHIN_S, within_s)
        self._now_ns = now_ns
        self._clocks = HostClocks(this_host().clock)
        self._clock = ""
        self._clock_due_ns = now_ns()
        self._silent_s = self._silent_now_s = 0.0
        self._left_out = dict.fromkeys(captures, 0)
        self._asker = uuid.uuid4().hex
        self._under_way: deque[tuple[int, AwaitAnswer]] = deque()
        """What was asked and not answered yet, with when."""
        self._problems: dict[str, Finding] = {}
        self._awaiting: deque[tuple[int, Callable[[], object]]] = deque()
        self._telling = threading.Lock()
        self.is_drained = False
        """Whether, at the end, all is here that ever will be."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told of it by now."""
        return (*self._problems.values(), *self._silence(), *self._unsent())

    def when_here(self, tell: Callable[[], object]) -> None:
        """Call, on whatever thread, when all is here that the host has now; after a second at the latest."""
        self._awaiting.append((self._now_ns(), tell))
        if self.is_drained:
            self._tell_here(self._now_ns(), is_all=True)

    def drain(self) -> None:
        """Bring what there is still, as nothing more will come."""
        self.when_here(self._be_drained)

    def give_up(self, problem: Finding) -> None:
        """Bring nothing, for that reason."""
        self._problems[problem.code] = problem
        self._be_drained()
        self._tell_here(self._now_ns(), is_all=True)

    def _be_drained(self) -> None:
        self.is_drained = True

    def pull(self, line: DirectorLine) -> float:
        """Take in the answer to the oldest request; return how long to wait before it is asked again."""
        began_ns = asked_ns = self._now_ns()
        try:
            self._read_clock(line)
            self._ask_ahead(line)
            asked_ns, wait = self._under_way.popleft()
            is_all = self._take_in(wait())
        except OtherVersion as other:
            self._note(other_version(self.host, other.protocol))
        except HostSilent:
            waited_s = (self._now_ns() - began_ns) / 1e9  # longer, where this program was stopped meanwhile
            self._silent_now_s += min(waited_s, ASK_S) + AGAIN_S
        except ValueError as error:
            what = f"`{self.host}` sent captures that make no sense: {error}"
            self._note(STREAM_NOT_UNDERSTOOD.found(what))
        else:
            self._tell_here(asked_ns, is_all=is_all)
            return 0.0
        self._start_over()
        self._tell_here(asked_ns, is_all=False)
        return AGAIN_S

    def _ask_ahead(self, line: DirectorLine) -> None:
        """Have as many requests under way as may be; one until captures have come, of any age."""
        while len(self._under_way) < (UNDER_WAY if self._has_begun else 1):
            asked_ns, envelope = self._now_ns(), Envelope(request=self._request())
            self._under_way.append((asked_ns, line.ask_ahead(self.host, envelope, ASK_S)))

    def _start_over(self) -> None:
        """Ask for all that has not come, also for what was sent and is lost."""
        self._under_way.clear()
        self._asker = uuid.uuid4().hex

    @property
    def _has_begun(self) -> bool:
        return any(each.newest for each in self._captures.values())

    def _request(self) -> SendCaptures:
        wanted = (
            WantedCaptures(device=name, ring=each.ring, after=each.upto)
            for name, each in self._captures.items()
        )
        within_ms = self._within_ms if self._has_begun else ANY_AGE_MS
        return SendCaptures(asker=self._asker, wanted=tuple(wanted), within_ms=within_ms)

    def _take_in(self, answered: Answered) -> bool:
        """Take in an answer; return whether it has all that there is now. ValueError where it is none."""
        sent, now_ns = answered.answer, self._now_ns()
        if isinstance(sent, Refused) and sent.findings:
            self._note(sent.findings[0])
            return False
        if not isinstance(sent, SentCaptures):
            raise ValueError("that is no answer to this")
        captures = received(sent, answered.payload)
        unknown = {each.device for each in sent.rings} - self._captures.keys()
        untold = {each.sent.device for each in captures} - {each.device for each in sent.rings}
        if unknown or untold:
            raise ValueError(f"nobody asked for {', '.join(sorted(unknown | untold))}")
        for ring in sent.rings:
            source = self._captures[ring.device]
            its = (each for each in captures if each.sent.device == ring.device)
            of_it = [(each, self._turned(each, now_ns)) for each in its]
            missed = ring.upto - source.upto - len(of_it) if source.newest and not self._silent_now_s else 0
            source.take_in(ring, of_it, now_ns)
            self._left_out[ring.device] += missed
        self._end_silence()
        return all(ring.upto >= ring.newest for ring in sent.rings)

    def _note(self, problem: Finding) -> None:
        """Keep what is the matter, each kind once."""
        self._problems.setdefault(problem.code, problem)

    # --- its clock ------------------------------------------------------------------------------------

    def _read_clock(self, line: DirectorLine) -> None:
        """Learn from time to time how its clock stands to that of this computer."""
        sent_ns = self._now_ns()
        if sent_ns < self._clock_due_ns:
            return
        self._clock_due_ns = sent_ns + round(OFTEN_S * 1e9)
        read = line.ask(self.host, Envelope(request=ReadClock(sent_ns=sent_ns)), ASK_S).answer
        if isinstance(read, ClockRead):
            self._clock = read.clock
            self._clocks.learn(read.clock, sent_ns=sent_ns, read_ns=read.time_ns, heard_ns=self._now_ns())

    def _turned(self, capture: Received, now_ns: int) -> int:
        """Return when its host received it, on this computer's clock; when it came, if that can't be told."""
        if not self._clocks.is_known(self._clock):
            return now_ns
        return self._clocks.turn(self._clock, capture.sent.host_time_ns)

    # --- its silence ------------------------------------------------------------------------------------

    def _end_silence(self) -> None:
        self._silent_s, self._silent_now_s = self._told_silence_s, 0.0

    @property
    def _told_silence_s(self) -> float:
        return self._silent_s + (self._silent_now_s if self._silent_now_s > TOLD_S else 0)

    def _silence(self) -> Iterator[Finding]:
        if silent_s := self._told_silence_s:
            yield STREAM_HOST_SILENT.found(f"`{self.host}` sent no captures for {silent_s:.1f} s")

    def _unsent(self) -> Iterator[Finding]:
        for name, count in self._left_out.items():
            if count:
                captures = "1 capture was" if count == 1 else f"{count} captures were"
                yield STREAM_CAPTURES_LEFT_OUT.found(f"{captures} not sent by `{self.host}`", device=name)

    def _tell_here(self, asked_ns: int, *, is_all: bool) -> None:
        """Tell who waits for what there was when the host was asked."""
        with self._telling:
            while self._awaiting and asked_ns >= (since_ns := self._awaiting[0][0]):
                if not is_all and self._now_ns() - since_ns < DRAIN_S * 1e9:
                    return
                self._awaiting.popleft()[1]()
