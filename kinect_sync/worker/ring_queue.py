"""Between the reader, which copies nothing, and the ring in memory: a thread of its own puts captures there.

The file has a queue of its own. Where this thread falls behind, as the computer has more to do than it can,
captures are left out of the ring, and of nothing else: their numbers go on, so that whoever reads sees it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from kinect_sync.captures import Capture
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.capture_ring import RingWriter

LOOK_S = 0.001
"""How often it is seen whether a reader in another process has let go, where captures wait for it."""


class _Item(NamedTuple):
    capture: Capture
    pulse: int | None
    hole: HoleReason | None


class RingQueue:
    """The captures of one device on their way to those who look at it."""

    def __init__(self, ring: RingWriter, captures: int, *, waits: bool) -> None:
        """Put captures into a ring, which is closed at the end; at most so many of them wait for that.

        Where captures wait for their reader (`waits`), none is left out: one asks for room before.
        """
        self._ring = ring
        self._limit = captures
        self._waits = waits
        self._changed = threading.Condition()
        self._items: deque[_Item] = deque()
        self._left_out = 0
        """How many were before the first that waits."""
        self._writing = False
        self._ending = False
        self._thread = threading.Thread(target=self._write_all, name="ring-writer", daemon=True)

    def start(self) -> None:
        """Begin to fill the ring: number 1 is the first of those that wait by now."""
        with self._changed:
            self._left_out = 0
        self._thread.start()

    def has_room(self) -> bool:
        """Tell whether one more capture costs nobody another."""
        with self._changed:
            return not self._waits or self._ring.has_room(len(self._items) + self._writing)

    def put(self, capture: Capture, pulse: int | None, hole: HoleReason | None) -> None:
        """Take a capture for the ring, in the place of the oldest that waits where there are too many."""
        with self._changed:
            if self._ending:
                return
            if not self._waits and len(self._items) >= self._limit:
                self._items.popleft()  # the ring would have no room for it any more
                self._left_out += 1
            self._items.append(_Item(capture, pulse, hole))
            self._changed.notify_all()

    @property
    def is_written(self) -> bool:
        """Whether all that was taken is in the ring."""
        with self._changed:
            return not (self._items or self._writing) or not self._thread.is_alive()

    def wait_no_more(self) -> None:
        """Wait for no reader from now on: what it has not read is overwritten."""
        with self._changed:
            self._waits = False
            self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Put what is left into the ring, and close it; what takes longer is left to its thread."""
        with self._changed:
            self._ending = True
        self.wait_no_more()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _write_all(self) -> None:
        try:
            while (item := self._next()) is not None:
                self._ring.put(*item)
                self._writing = False
        finally:
            self.wait_no_more()
            self._ring.close()

    def _next(self) -> _Item | None:
        """Wait for the next capture, and where captures wait for their reader, for room; None at the end."""
        with self._changed:
            while not self._items and not self._ending:
                self._changed.wait()
            while self._waits and not self._ring.has_room():
                self._changed.wait(LOOK_S)
            for _ in range(self._left_out):
                self._ring.leave_out()
            self._left_out = 0
            self._writing = bool(self._items)
            return self._items.popleft() if self._items else None
