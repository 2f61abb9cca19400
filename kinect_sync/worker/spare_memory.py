"""Memory that a worker keeps for the next captures, and gives back after a disk had kept it waiting.

Images come and go 30 times a second. By its defaults the GNU C library gives their pages back each time, and
asks the system for new ones, which the system clears first: 340 page faults for a capture of 720p MJPG and
NFOV unbinned, and a third of a worker's processor time. So a worker is told to keep them, in its environment,
as it must be told before the SDK's threads allocate. What captures leave behind that waited for a disk is
more than that, and lies in between: it is given back when they are written.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress

KEPT_BYTES = 32 << 20
"""What is kept at least: several captures of any mode. The library maps nothing larger by itself, either."""
STEP_BYTES = 64 << 20
"""After so many bytes were written, memory is given back; that takes some 10 ms."""
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(KEPT_BYTES), "MALLOC_TRIM_THRESHOLD_": str(KEPT_BYTES)}
"""What tells the GNU C library so in a process's environment; nobody else heeds it."""


def give_back() -> None:
    """Give back to the system what the process does not use, where its C library can."""
    with suppress(AttributeError, OSError, TypeError):  # not the GNU C library; Windows
        ctypes.CDLL(None).malloc_trim(0)


class SpareMemory:
    """Follows how much waits for the disk, and gives back what that took when it is written."""

    def __init__(self, give_back: Callable[[], object] = give_back) -> None:
        """Begin with nothing that waits; `give_back` gives memory back to the system."""
        self._give_back = give_back
        self._most = 0

    def follow(self, queued_bytes: int) -> None:
        """See how much waits by now."""
        self._most = max(self._most, queued_bytes)
        if queued_bytes <= self._most - STEP_BYTES:
            self._most = queued_bytes
            self._give_back()
