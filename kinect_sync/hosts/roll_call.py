"""Who is there of a studio's hosts, and what each says of itself: all are asked at once.

Nobody commands a host for that, and whoever commands one is not disturbed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kinect_sync.at_once import at_once
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.host.identity import this_host
from kinect_sync.hosts.asking import Dial, Explain, answer_of, describe
from kinect_sync.steady import steady_ns, steady_s
from kinect_sync.timing.clock_offset import Trip
from kinect_sync.wire.hosts import Answer, Description, Envelope, Request
from kinect_sync.wire.lines import DirectorLine
from kinect_sync.wire.looks import Connected, ListConnected
from kinect_sync.wire.messages import ClockRead, ReadClock

APPEAR_S = 0.25
"""How long an agent may take to appear before it is seen why not: it takes some 20 ms."""
ANSWER_S = 1.0
"""How long an answer is waited for, which takes a millisecond."""
ROUND_TRIPS = 10
"""Of which the quickest tells how a clock stands."""
ROUND_TRIPS_S = 0.3
"""On a slow network there are fewer."""
OWN_CLOCK = Trip.of(sent_ns=0, read_ns=0, heard_ns=0)
"""How this computer's clock stands to itself."""


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """What one host said."""

    problem: Finding | None = None
    """Why it said nothing."""
    description: Description | None = None
    clock: Trip | None = None
    """How its steady clock stands to this computer's."""
    serials: tuple[str, ...] | None = None
    """Devices that its USB bus lists; None where that can't be told."""


class Roll:
    """The line to the hosts that are called, and who has appeared."""

    def __init__(self, dial: Dial, explain: Explain) -> None:
        """Dial the hosts; `explain` says why one is not there."""
        self._changed = threading.Condition()
        self.explain = explain
        self.line: DirectorLine = dial(lambda _host, _heard: None, self._notice)

    def _notice(self, _host: str, _there: bool) -> None:  # noqa: FBT001 - as lines say it
        with self._changed:
            self._changed.notify_all()

    def why_absent(self, host: str) -> Finding | None:
        """Wait for a host to appear, and say why it does not; None where it is there."""
        with self._changed:
            if self._changed.wait_for(lambda: self.line.is_present(host), APPEAR_S):
                return None
        why = self.explained(host)
        return None if self.line.is_present(host) else why

    def ask(self, host: str, request: Request, timeout_s: float = ANSWER_S) -> Answer | Finding:
        """Ask a host, and return its answer, or why there is none."""
        envelope = Envelope(request=request)
        return answer_of(host, lambda: self.line.ask(host, envelope, timeout_s).answer, self.explained)

    def describe(self, host: str) -> Description | Finding:
        """Let one host describe itself; or return why it does not."""
        return self.why_absent(host) or describe(self.line, host, self.explained, ANSWER_S)

    def explained(self, host: str) -> Finding:
        """Say why a host does not answer."""
        try:
            return self.explain(host)
        except KsyncError as error:
            return error.findings[0]


@contextmanager
def calling(dial: Dial, explain: Explain) -> Iterator[Roll]:
    """Dial hosts for as long as the context lasts."""
    roll = Roll(dial, explain)
    try:
        yield roll
    finally:
        roll.line.close()


def call_roll(hosts: Sequence[str], dial: Dial, explain: Explain) -> dict[str, HostAnswer]:
    """Ask every host what there is; one that is not there costs no other one any time.

    Raises UsageError where nobody can be dialled.
    """
    if not hosts:
        return {}
    with calling(dial, explain) as roll:
        return at_once(hosts, lambda host: call_host(roll, host))


def call_host(roll: Roll, host: str) -> HostAnswer:
    """Ask one host what there is."""
    described = roll.describe(host)
    if isinstance(described, Finding):
        return HostAnswer(described)
    connected = roll.ask(host, ListConnected())
    return HostAnswer(
        description=described,
        clock=_measure(roll, host, described.host.clock),
        serials=connected.serials if isinstance(connected, Connected) else None,
    )


def _measure(roll: Roll, host: str, clock: str) -> Trip | None:
    """Return the quickest of some round trips to a host's clock; None where it never said."""
    if clock == this_host().clock:
        return OWN_CLOCK
    until_s = steady_s() + ROUND_TRIPS_S
    trips: list[Trip] = []
    while len(trips) < ROUND_TRIPS and steady_s() < until_s:
        sent_ns = steady_ns()
        read = roll.ask(host, ReadClock(sent_ns=sent_ns))
        if not isinstance(read, ClockRead) or read.clock != clock:
            break
        trips.append(Trip.of(sent_ns=sent_ns, read_ns=read.time_ns, heard_ns=steady_ns()))
    return min(trips, key=lambda trip: trip.half_ns, default=None)
