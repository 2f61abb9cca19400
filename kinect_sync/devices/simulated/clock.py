"""The host's clock as the simulation sees it: injected, so that no test has to wait."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
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
        return time.monotonic_ns()

    def wait_until_ns(self, time_ns: int) -> None:
        """Sleep until then."""
        remaining_ns = time_ns - time.monotonic_ns()
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
