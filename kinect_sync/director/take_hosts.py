"""The other computers that a take is recorded on: which device is where, and how their clocks stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kinect_sync.director.host_clocks import HostClocks
from kinect_sync.takes.manifest import OffsetSample, TakeHost
from kinect_sync.timing.clock_offset import Trip

MOST_SAMPLES = 200
"""Of a host's clock that are kept with a take: one every three minutes of ten hours."""


def measured_hosts(hosts: Iterable[TakeHost], clocks: HostClocks) -> tuple[TakeHost, ...]:
    """Return the other computers, and how their clocks stood to the director's so far."""
    return tuple(host.model_copy(update={"offsets": _sampled(clocks.measured(host.clock))}) for host in hosts)


def _sampled(trips: Sequence[Trip]) -> tuple[OffsetSample, ...]:
    """Return some of many, the last one among them."""
    step = max(1, -(-len(trips) // MOST_SAMPLES))
    return tuple(
        OffsetSample(monotonic_ns=trip.at_ns, offset_ns=trip.offset_ns, uncertainty_ns=trip.half_ns)
        for trip in reversed(trips[::-1][::step])
    )
