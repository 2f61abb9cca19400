"""Captures held back before the take: until the rig knows the first pulse that every device has.

The first ones of a camera that was just started are let go: its exposure takes some captures to settle, and
the centre of the exposure is the timestamp.
"""

from __future__ import annotations

from collections import deque

from kinect_sync.captures import Capture
from kinect_sync.devices.port import Pace
from kinect_sync.timing.clocks import Sample
from kinect_sync.timing.pulses import period_us

HELD_S = 1.5
"""How much is held back at most: the pulse to begin with is among the newest of every device."""
CLOCK_RESET_US = 1_000_000
"""Device and host may disagree by so much from one capture to the next; beyond, the clock was reset."""


class HeldCaptures:
    """The newest captures of one device: from after the reset of its clock, and when it had settled."""

    def __init__(self, fps: int, limit_bytes: int, pace: Pace, settling: int = 0) -> None:
        """Hold `HELD_S` seconds of captures, or `limit_bytes` of them where that is less.

        Those of `settling` pulses are let go first. Pulses, and not captures, as one that is lost on its way
        was exposed all the same, and one that comes in two halves was exposed once.
        """
        self._period_us = period_us(fps)
        self._settling_us = (settling - 0.5) * self._period_us
        self._settled_us: float | None = None
        self._newest: Sample | None = None
        self._settled_after = pace.settled_after
        self._limit = pace.settled_after + round(HELD_S * fps)
        self._limit_bytes = limit_bytes
        self._held: deque[tuple[Capture, float]] = deque()
        self._nbytes = 0

    def add(self, capture: Capture, moment_us: float) -> bool:
        """Take a capture of the pulse at `moment_us`; False when nothing until then belongs to the take."""
        sample = (moment_us, capture.host_time_ns)
        void = self._newest is not None and _clock_was_reset(self._newest, sample, self._period_us)
        self._newest = sample
        if void:
            self._held.clear()
            self._nbytes = 0
        if void or self._settled_us is None:
            self._settled_us = moment_us + self._settling_us
        if moment_us < self._settled_us:
            return False
        self._held.append((capture, moment_us))
        self._nbytes += capture.nbytes
        while len(self._held) > self._settled_after and (
            self._nbytes > self._limit_bytes or len(self._held) > self._limit
        ):
            self._nbytes -= self._held.popleft()[0].nbytes
        return not void

    def has_room(self, capture: Capture) -> bool:
        """Tell whether a capture can be held without pushing out the oldest."""
        if len(self._held) < self._settled_after:
            return True
        return len(self._held) < self._limit and self._nbytes + capture.nbytes <= self._limit_bytes

    def moments(self) -> tuple[tuple[float, int], ...]:
        """(pulse_time_us, arrived_ns) of what is held, or nothing until the clock is steady."""
        if len(self._held) < self._settled_after:
            return ()
        return tuple((moment_us, capture.arrived_ns) for capture, moment_us in self._held)

    def release(self) -> list[tuple[Capture, float]]:
        """Give out everything that is held, oldest first."""
        held, self._held, self._nbytes = list(self._held), deque(), 0
        return held


def _clock_was_reset(before: Sample, after: Sample, period: float) -> bool:
    """Tell whether the device's clock jumped between two captures, seen from the host's clock.

    In the modes that pass captures through unpaired, the SDK gives captures from before the reset of the
    clock, with old timestamps; and it may give one pulse as two halves, which is no jump.
    """
    device_us = after[0] - before[0]
    host_us = (after[1] - before[1]) / 1000
    return device_us < -period / 2 or abs(device_us - host_us) > CLOCK_RESET_US
