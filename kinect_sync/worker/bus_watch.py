"""Whether a device that has fallen silent is still connected: the SDK tells of nothing but timeouts."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection
from typing import NamedTuple

from kinect_sync.wire.messages import OnBus

ON_THEIR_WAY = 1
"""Captures that may still come from a device that is gone."""


class _Counted(NamedTuple):
    """How many devices there were, and how many captures had come from the open one by then."""

    devices: int
    captures: int


class BusWatch:
    """Looks for one open device: by its serial number on the bus, or else by counting devices.

    It looks in a thread of its own. The kernel may let who asks wait while a device leaves the bus, and
    whoever reports must not stand still for that.
    """

    def __init__(
        self,
        serial: str,
        serials: Callable[[], Collection[str]],
        count: Callable[[], int | None],
        captures: Callable[[], int],
    ) -> None:
        """Note how the bus looks while the device is surely there: not every system tells serial numbers.

        `captures` says how many have come from the device so far.
        """
        self._serial = serial
        self._serials = serials
        self._count = count
        self._captures = captures
        self._answers: queue.SimpleQueue[OnBus] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._asked = False
        self._thread: threading.Thread | None = None
        self._was_listed = serial in serials()
        self._were = count()
        self._last: _Counted | None = None

    def ask(self) -> None:
        """Begin to look for it; while it is looked for already, it is once more after that."""
        with self._lock:
            self._asked = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_on, name="bus-watch", daemon=True)
                self._thread.start()

    def answer(self) -> OnBus | None:
        """Take an answer; None while there is none."""
        try:
            return self._answers.get_nowait()
        except queue.Empty:
            return None

    def look(self) -> OnBus:
        """Look for it now; the SDK is asked only where the bus tells no serial numbers."""
        if self._was_listed:
            return OnBus(listed=self._serial in self._serials(), missing=0)
        if self._last is not None and self._captures() > self._last.captures + ON_THEIR_WAY:
            self._were = self._last.devices  # it delivered after that: who is missing since then counts
        now = self._count()
        known = self._were is not None and now is not None
        if now is not None:
            self._last = _Counted(now, self._captures())
        return OnBus(listed=None, missing=max(0, (self._were or 0) - (now or 0)) if known else 0)

    def _look_on(self) -> None:
        while self._is_asked():
            try:
                self._answers.put(self.look())
            except Exception:  # whatever a library raises: nothing is known then, and nobody waits for it
                self._answers.put(OnBus(listed=None, missing=0))

    def _is_asked(self) -> bool:
        with self._lock:
            asked, self._asked = self._asked, False
            if not asked:
                self._thread = None
            return asked
