"""All clocks: the host's, injected so that no test has to wait, the world's, and the crystal in a device."""

from __future__ import annotations

import math
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
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


class WorldClock:
    """The one clock of a simulated world, read from the clock of the host that one stands on.

    All times that the processes of a world leave for each other are of the host that it was built on. Hosts
    that share a folder are one computer, and yet may have monotonic clocks that are hours apart: on Linux, a
    container may have a time namespace of its own. What a capture says of its host's time is of that host.
    """

    def __init__(self, host: HostClock, ahead_ns: int = 0) -> None:
        """Read `host`, which is so much ahead of the world's clock."""
        self._host = host
        self._ahead_ns = ahead_ns

    def now_ns(self) -> int:
        """Read the world's time."""
        return self._host.now_ns() - self._ahead_ns

    def wait_until_ns(self, time_ns: int) -> None:
        """Return at this time of the world."""
        self._host.wait_until_ns(time_ns + self._ahead_ns)

    def on_host_ns(self, time_ns: int) -> int:
        """Return what the host's own clock reads at a time of the world."""
        return time_ns + self._ahead_ns


_NAMESPACE = Path("/proc/self/timens_offsets")
_MONOTONIC = re.compile(r"^(?:monotonic|1)\s+(-?\d+)\s+(\d+)", re.MULTILINE)


def clock_ahead_ns() -> int:
    """Return how much this process's monotonic clock is ahead of the computer's: time_namespaces(7).

    The kernel says it to the nanosecond, while the time of day, by which clocks could be compared as well,
    may be set meanwhile. Without time namespaces, all processes of a computer share one clock.
    """
    try:
        told = _MONOTONIC.search(_NAMESPACE.read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(told[1]) * 10**9 + int(told[2]) if told else 0


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
