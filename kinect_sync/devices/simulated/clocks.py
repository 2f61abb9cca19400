"""Both kinds of clock: the host's, injected so that no test has to wait, and the crystal inside a device."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from kinect_sync.steady import steady_ns

FEMTO_RESYNC_NS = 60_000_000_000
"""Orbbec's wrapper sets a Femto's clock to the host's time of day once a minute (`ob_k4a_impl.cpp`)."""


class HostClock(Protocol):
    """Time of the host on one monotonic clock that every process of the host shares."""

    def now_ns(self) -> int:
        """Read the time in nanoseconds."""
        ...

    def wait_until_ns(self, time_ns: int) -> None:
        """Return at this time; at once when it is past."""
        ...


class SystemClock:
    """The time that really passes: CLOCK_MONOTONIC, or what Windows has in its place."""

    def now_ns(self) -> int:
        """Read the host's monotonic clock."""
        return steady_ns()

    def wait_until_ns(self, time_ns: int) -> None:
        """Sleep until then."""
        remaining_ns = time_ns - steady_ns()
        if remaining_ns > 0:
            time.sleep(remaining_ns / 1e9)


class SteppedClock:
    """A clock that stands still until somebody waits: waiting moves it on, so an hour passes at once."""

    def __init__(self, start_ns: int = 1_000_000_000_000) -> None:
        """Begin at `start_ns`."""
        self._now_ns = start_ns
        self._lock = threading.Lock()

    def now_ns(self) -> int:
        """Read where the clock stands."""
        with self._lock:
            return self._now_ns

    def wait_until_ns(self, time_ns: int) -> None:
        """Move the clock to this time, never back."""
        with self._lock:
            self._now_ns = max(self._now_ns, time_ns)


@dataclass(frozen=True, slots=True)
class Oscillator:
    """A device clock: what it reads at a host time, and how long its µs are on the host."""

    drift_ppm: float
    """How much faster than the host's clock it runs."""
    zero_ns: int
    """Host time at which it read `start_us`."""
    start_us: float = 0.0

    def read_usec(self, time_ns: int) -> int:
        """Read the clock as the device does: whole 90 kHz ticks, then whole microseconds."""
        elapsed_us = (time_ns - self.zero_ns) / 1e3 * (1 + self.drift_ppm * 1e-6)
        ticks = math.floor((self.start_us + elapsed_us) * 9 / 100)
        return ticks * 100 // 9

    def host_ns(self, device_us: float) -> int:
        """Return how long the device's `device_us` last on the host."""
        return round(device_us * 1e3 / (1 + self.drift_ppm * 1e-6))


@dataclass(frozen=True, slots=True)
class HostTimeOscillator:
    """The clock of a Femto: the host's time of day, which it leaves again until it is next set."""

    drift_ppm: float
    epoch_offset_ns: int
    """Time of day minus monotonic time of the host."""
    zero_ns: int = 0

    def read_usec(self, time_ns: int) -> int:
        """Read the clock in microseconds since 1970."""
        since_set_ns = (time_ns - self.zero_ns) % FEMTO_RESYNC_NS
        error_ns = since_set_ns * self.drift_ppm * 1e-6
        return (time_ns + self.epoch_offset_ns + round(error_ns)) // 1000

    def host_ns(self, device_us: float) -> int:
        """Return how long the device's `device_us` last on the host."""
        return round(device_us * 1e3 / (1 + self.drift_ppm * 1e-6))


AnyOscillator = Oscillator | HostTimeOscillator
