"""What other hosts' clocks show when the director's shows a moment; the one place that turns their times.

A round trip brackets the moment at which the other clock was read: it lies in the middle, give or take half
of the trip. The best of many is kept, and trusted less as it ages, because clocks drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kinect_sync.values import Value
from kinect_sync.wire.messages import FirstCapture, FirstCaptures, Progress, Watching

AGEING_PPM = 50.0
"""By how much two computers' steady clocks may part: crystals are good to some 20 ppm each, and time
synchronisation slews them besides."""
OFTEN_S = 0.5
"""How often each clock is asked for."""


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How one host's clock stands to the director's."""

    offset_ns: int
    """The director's clock - the host's."""
    uncertainty_ns: int
    """How far that may be off, either way; 0 on the director's own clock."""
    measured_ns: int = 0
    """When it was measured, on the director's clock."""

    def aged(self, now_ns: int) -> int:
        """Return the uncertainty by now."""
        return self.uncertainty_ns + round((now_ns - self.measured_ns) * AGEING_PPM / 1e6)


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
        middle_ns, half_ns = (sent_ns + heard_ns) // 2, (heard_ns - sent_ns + 1) // 2
        measured = ClockOffset(middle_ns - read_ns, half_ns, heard_ns)
        before = self._offsets.get(clock)
        if before is None or half_ns <= before.aged(heard_ns):
            self._offsets[clock] = measured

    def offset_of(self, clock: str) -> ClockOffset:
        """Return how a clock stands to the director's; KeyError before it was ever read."""
        return ClockOffset(0, 0) if clock == self.own else self._offsets[clock]

    def uncertainty_us(self, clock: str, now_ns: int) -> float:
        """Return how far a turned time may be off, either way."""
        return 0.0 if clock == self.own else self._offsets[clock].aged(now_ns) / 1000


def turn_times(event: Value, clocks: HostClocks) -> Value:
    """Turn an event's host times into the director's; whatever has none comes back as it is.

    Times of a clock that was never read mean nothing, and are left out: a host that was started again.
    """
    if not isinstance(event, Watching | FirstCaptures | Progress) or event.clock == clocks.own:
        return event
    if not clocks.is_known(event.clock):
        return _without_times(event)
    offset_ns = clocks.offset_of(event.clock).offset_ns
    if isinstance(event, Watching):
        held = tuple((pulse_us, host_ns + offset_ns) for pulse_us, host_ns in event.held)
        return event.model_copy(update={"held": held, "clock": clocks.own})
    if isinstance(event, FirstCaptures):
        captures = tuple(_turned(each, offset_ns) for each in event.captures)
        return event.model_copy(update={"captures": captures, "clock": clocks.own})
    entries = tuple(
        each if each.host_time_ns is None else replace(each, host_time_ns=each.host_time_ns + offset_ns)
        for each in event.entries
    )
    return event.model_copy(update={"entries": entries, "clock": clocks.own})


def _turned(capture: FirstCapture, offset_ns: int) -> FirstCapture:
    arrived_ns = None if capture.arrived_ns is None else capture.arrived_ns + offset_ns
    turned = {"host_time_ns": capture.host_time_ns + offset_ns, "arrived_ns": arrived_ns}
    return capture.model_copy(update=turned)


def _without_times(event: Watching | FirstCaptures | Progress) -> Value:
    if isinstance(event, Watching):
        return event.model_copy(update={"held": ()})
    if isinstance(event, FirstCaptures):
        return event.model_copy(update={"captures": ()})
    return event.model_copy(
        update={"entries": tuple(replace(each, host_time_ns=None) for each in event.entries)}
    )
