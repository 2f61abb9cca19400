"""What other hosts' clocks show when the director's shows a moment; the one place that turns their times.

Host times are of steady clocks, which nobody sets: what time of day a host believes it is plays no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kinect_sync.timing.clock_offset import ClockOffset, Trip
from kinect_sync.values import Value
from kinect_sync.wire.messages import FirstCapture, FirstCaptures, Progress, Watching

OFTEN_S = 0.5
"""How often each clock is asked for."""


class HostClocks:
    """The clocks of all hosts of a rig, by the names that the hosts give them."""

    def __init__(self, own: str) -> None:
        """Begin with the director's own clock, whose times are right as they are."""
        self.own = own
        self._offsets: dict[str, ClockOffset] = {}

    def is_known(self, clock: str) -> bool:
        """Whether times of a clock can be turned."""
        return clock == self.own or clock in self._offsets

    def learn(self, clock: str, *, sent_ns: int, read_ns: int, heard_ns: int) -> None:
        """Take in one round trip: asked and heard on the director's clock, read on the other."""
        if clock == self.own:
            return
        trip = Trip.of(sent_ns=sent_ns, read_ns=read_ns, heard_ns=heard_ns)
        if clock in self._offsets:
            self._offsets[clock].add(trip)
        else:
            self._offsets[clock] = ClockOffset(trip)

    def turn(self, clock: str, host_ns: int) -> int:
        """Return what the director's clock showed as another showed a moment; KeyError if it is not known."""
        if clock == self.own:
            return host_ns
        offset = self._offsets[clock]
        about_ns = host_ns + offset.newest.offset_ns
        return host_ns + offset.at(about_ns).offset_ns

    def uncertainty_us(self, clock: str, now_ns: int) -> float:
        """Return how far a turned time may be off, either way."""
        return 0.0 if clock == self.own else self._offsets[clock].at(now_ns).half_ns / 1000

    def measured(self, clock: str) -> Sequence[Trip]:
        """Return how a clock stood to the director's over time; nothing for that itself."""
        return self._offsets[clock].knots if clock in self._offsets else ()


def turn_times(event: Value, clocks: HostClocks) -> Value:
    """Turn an event's host times into the director's; whatever has none comes back as it is.

    Times of a clock that was never read mean nothing, and are left out: a host that was started again.
    """
    if not isinstance(event, Watching | FirstCaptures | Progress) or event.clock == clocks.own:
        return event
    clock = event.clock
    if not clocks.is_known(clock):
        return _without_times(event)
    if isinstance(event, Watching):
        held = tuple((pulse_us, clocks.turn(clock, host_ns)) for pulse_us, host_ns in event.held)
        return event.model_copy(update={"held": held, "clock": clocks.own})
    if isinstance(event, FirstCaptures):
        captures = tuple(_turned(each, clock, clocks) for each in event.captures)
        return event.model_copy(update={"captures": captures, "clock": clocks.own})
    entries = tuple(
        each
        if each.host_time_ns is None
        else replace(each, host_time_ns=clocks.turn(clock, each.host_time_ns))
        for each in event.entries
    )
    return event.model_copy(update={"entries": entries, "clock": clocks.own})


def _turned(capture: FirstCapture, clock: str, clocks: HostClocks) -> FirstCapture:
    arrived_ns = None if capture.arrived_ns is None else clocks.turn(clock, capture.arrived_ns)
    turned = {"host_time_ns": clocks.turn(clock, capture.host_time_ns), "arrived_ns": arrived_ns}
    return capture.model_copy(update=turned)


def _without_times(event: Watching | FirstCaptures | Progress) -> Value:
    if isinstance(event, Watching):
        return event.model_copy(update={"held": ()})
    if isinstance(event, FirstCaptures):
        return event.model_copy(update={"captures": ()})
    return event.model_copy(
        update={"entries": tuple(replace(each, host_time_ns=None) for each in event.entries)}
    )
