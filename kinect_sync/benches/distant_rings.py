"""The captures of devices at other hosts, brought here while they come: agents there send them.

Each host is asked by a thread of its own, as by somebody who only looks. What does not come in time is not
waited for: a host that is cut off costs its own devices, and is asked again until it is back.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kinect_sync.benches.reaching import Reached, ReachHosts
from kinect_sync.director.host_clocks import OFTEN_S, HostClocks
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import HOST_UNKNOWN
from kinect_sync.findings.streaming import (
    STREAM_CAPTURES_LEFT_OUT,
    STREAM_HOST_SILENT,
    STREAM_HOST_UNREAD,
    STREAM_NOT_UNDERSTOOD,
)
from kinect_sync.host.identity import this_host
from kinect_sync.hosts.asking import other_version
from kinect_sync.steady import steady_ns
from kinect_sync.streaming.distant_captures import DistantCaptures, Received, received
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.hosts import Envelope, OtherVersion, Refused
from kinect_sync.wire.lines import Answered, DirectorLine, HostSilent
from kinect_sync.wire.messages import ClockRead, ReadClock
from kinect_sync.wire.sent_captures import SendCaptures, SentCaptures, WantedCaptures

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
        """Ask once; return how long to wait before it is asked again."""
        asked_ns = self._now_ns()
        try:
            self._read_clock(line)
            is_all = self._take_in(line.ask(self.host, Envelope(request=self._request()), ASK_S))
        except OtherVersion as other:
            self._note(other_version(self.host, other.protocol))
        except HostSilent:
            waited_s = (self._now_ns() - asked_ns) / 1e9  # longer, where this program was stopped meanwhile
            self._silent_now_s += min(waited_s, ASK_S) + AGAIN_S
        except ValueError as error:
            what = f"`{self.host}` sent captures that make no sense: {error}"
            self._note(STREAM_NOT_UNDERSTOOD.found(what))
        else:
            self._tell_here(asked_ns, is_all=is_all)
            return 0.0
        self._tell_here(asked_ns, is_all=False)
        return AGAIN_S

    def _request(self) -> SendCaptures:
        wanted = (
            WantedCaptures(device=name, ring=each.ring, after=each.upto)
            for name, each in self._captures.items()
        )
        has_begun = any(each.newest for each in self._captures.values())
        return SendCaptures(wanted=tuple(wanted), within_ms=self._within_ms if has_begun else ANY_AGE_MS)

    def _take_in(self, answered: Answered) -> bool:
        """Take in an answer; return whether it has all that there is now. ValueError where it is none."""
        sent, now_ns = answered.answer, self._now_ns()
        if isinstance(sent, Refused) and sent.findings:
            self._note(sent.findings[0])
            return False
        if not isinstance(sent, SentCaptures):
            raise ValueError("that is no answer to this")
        calibrations, captures = received(sent, answered.payload)
        unknown = {each.device for each in sent.rings} - self._captures.keys()
        untold = {each.sent.device for each in captures} - {each.device for each in sent.rings}
        if unknown or untold:
            raise ValueError(f"nobody asked for {', '.join(sorted(unknown | untold))}")
        for ring in sent.rings:
            source = self._captures[ring.device]
            its = (each for each in captures if each.sent.device == ring.device)
            of_it = [(each, self._turned(each, now_ns)) for each in its]
            missed = ring.upto - source.upto - len(of_it) if source.newest and not self._silent_now_s else 0
            source.take_in(ring, calibrations.get(ring.device), of_it, now_ns)
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


class DistantRings:
    """The captures of the devices of a stream that are at other hosts, brought here until it is closed."""

    def __init__(self, hosts: Sequence[str], captures: int, patience_s: float, reach: ReachHosts) -> None:
        """Dial hosts; of each device the newest `captures` will be kept, and a row waits `patience_s`.

        What is older than half of that is not sent: it would come too late.
        """
        self.sources: dict[str, DistantCaptures] = {}
        self._most, self._within_s = captures, patience_s / 2
        self._reach = reach
        self._feeds: dict[str, HostFeed] = {}
        self._host_of: dict[str, str] = {}
        self._reached: Reached | Exception | None = None
        self._dialled = threading.Event()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        if hosts:
            self._start(self._dial, "captures-dial", hosts)

    def bring(self, devices: Sequence[StreamedDevice]) -> None:
        """Bring the captures of those devices that are at other hosts from now on."""
        self._host_of = {each.name: each.host for each in devices if each.host is not None}
        self.sources = {
            each.name: DistantCaptures(each.settings, self._most)
            for each in devices
            if each.name in self._host_of
        }
        for host in dict.fromkeys(self._host_of.values()):
            theirs = {name: each for name, each in self.sources.items() if self._host_of[name] == host}
            feed = self._feeds[host] = HostFeed(host, theirs, self._within_s)
            self._start(self._follow, f"captures-{host}", feed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told of the hosts by now."""
        return tuple(dict.fromkeys(finding for feed in self._feeds.values() for finding in feed.findings))

    def when_here(self, device: str, tell: Callable[[], object]) -> None:
        """Call when all is here that there is now of a device: of one of this computer, at once."""
        if device in self._host_of:
            self._feeds[self._host_of[device]].when_here(tell)
        else:
            tell()

    def drain(self) -> None:
        """Bring what there is still, as nothing more will come."""
        for feed in self._feeds.values():
            feed.drain()

    @property
    def is_drained(self) -> bool:
        """Whether all is here that ever will be: of a host that does not answer, after a second."""
        return all(feed.is_drained for feed in self._feeds.values())

    def close(self) -> None:
        """Ask nobody any more; harmless when closed."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        reached, self._reached = self._reached, None
        if isinstance(reached, Reached):
            reached.line.close()

    def _start(self, work: Callable[[Any], None], name: str, what: object) -> None:
        thread = threading.Thread(target=work, args=(what,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _dial(self, hosts: Sequence[str]) -> None:
        try:
            self._reached = self._reach(hosts)
        except Exception as error:
            self._reached = error
        finally:
            self._dialled.set()

    def _follow(self, feed: HostFeed) -> None:
        """Ask one host again and again; whatever goes wrong is told, as rows would wait for it for ever."""
        try:
            self._bring_of(feed)
        except Exception as error:
            what = f"captures of `{feed.host}` could not be brought: {type(error).__name__}: {error}"
            feed.give_up(STREAM_HOST_UNREAD.found(what))

    def _bring_of(self, feed: HostFeed) -> None:
        self._dialled.wait()
        reached = self._reached
        if isinstance(reached, KsyncError):
            feed.give_up(reached.findings[0])
        elif isinstance(reached, Exception):
            raise reached
        elif reached is None or feed.host in reached.unknown:
            feed.give_up(HOST_UNKNOWN.found(f"the studio has no host {feed.host}"))
        else:
            while not self._closed.is_set() and not feed.is_drained:
                self._closed.wait(feed.pull(reached.line))
