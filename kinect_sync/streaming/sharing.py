"""The newest rows for several clients, each at its own pace: who is slow misses rows, and holds nobody up.

One thread puts rows; each client takes them on a thread of its own. Rows stay where they are, in the rings,
until a client has time for one: then it is copied, once for all who take the same one at the time. So what
a client costs in memory is the row that it is being given, whether it reads or not.

Where captures wait for their reader, as recordings that are played fast do, rows wait for the clients.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator

from kinect_sync.errors import KsyncError
from kinect_sync.streaming.live_rows import LiveRow

_LOOK_S = 0.1


class SharedRow:
    """A row, and a copy of it for as long as somebody uses it."""

    def __init__(self, row: LiveRow, copying: threading.Lock) -> None:
        """Take a row whose images may be overwritten at any moment; one row is copied at a time."""
        self.row = row
        self._copying = copying
        self._held: Callable[[], LiveRow | None] = lambda: None

    def held(self) -> LiveRow | None:
        """Return a copy that stays whole; None where the row was overwritten, or too much is held already."""
        with self._copying:
            held = self._held()
            if held is None:
                try:
                    held = self.row.hold()
                except KsyncError:
                    return None
                self._held = weakref.ref(held)
            return held


class Taker(Iterator[SharedRow]):
    """One client's place in the stream: its rows, to the end; a context that it leaves when it goes."""

    def __init__(self, rows: SharedRows, place: int, look: Callable[[], object]) -> None:
        """Begin with the row of that number."""
        self._rows = rows
        self.look = look
        """Called before each row, and while there is none."""
        self.place = place
        """Number of the row that is taken next: all before it have been, or were missed."""
        self._has_one = False

    def __enter__(self) -> Taker:
        """Take rows."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take none any more."""
        self._rows.leave(self)

    def __next__(self) -> SharedRow:
        """Be done with the row before, and wait for the next one; StopIteration at the end."""
        if self._has_one:
            self._rows.finish(self)
        self.look()
        row = self._rows.wait_for_row(self)
        self._has_one = row is not None
        if row is None:
            raise StopIteration
        return row


class SharedRows:
    """Rows, put by one thread and taken by many."""

    def __init__(self, keep: int, *, newest: bool = False, waits: bool = False) -> None:
        """Keep so many rows for those who are slow; where `newest`, takers pass over all but the last.

        Where `waits`, each row waits until somebody is there, and until everybody has taken it.
        """
        self._rows: deque[SharedRow] = deque(maxlen=keep)
        self.is_newest = newest
        """Whether takers pass over all but the newest row."""
        self._waits = waits
        self._count = 0
        self._done = 0
        self._takers: set[Taker] = set()
        self._is_over = False
        self._changed = threading.Condition()
        self._copying = threading.Lock()

    @property
    def takers(self) -> int:
        """How many take rows at the moment."""
        return len(self._takers)

    def put(self, row: LiveRow, stopping: Callable[[], bool]) -> None:
        """Put a row; waits for takers only where rows do, and until `stopping`."""
        with self._changed:
            self._rows.append(SharedRow(row, self._copying))
            self._count += 1
            self._changed.notify_all()
            while self._waits and not self._is_taken() and not stopping():
                self._changed.wait(_LOOK_S)

    def settle(self, patience_s: float) -> None:
        """Wait, but not for longer, until everybody has taken what there is."""
        with self._changed:
            self._changed.wait_for(self._is_caught_up, patience_s)

    def end(self) -> None:
        """Let takers come to the end: no row is put any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def taking(self, look: Callable[[], object] = lambda: None) -> Taker:
        """Take rows from now on: from the next one that is put, or that waits for somebody.

        `look` is called before each row, and again and again while there is none; what it raises ends that.
        """
        with self._changed:
            taker = Taker(self, self._done if self._waits else self._count, look)
            self._takers.add(taker)
            return taker

    def wait_for_row(self, taker: Taker) -> SharedRow | None:
        """Wait for a row that this taker has not had; None at the end."""
        with self._changed:
            while taker.place >= self._count and not self._is_over:
                if not self._changed.wait(_LOOK_S):
                    taker.look()
            if taker.place >= self._count:
                return None
            oldest = self._count - len(self._rows)
            taker.place = self._count - 1 if self.is_newest else max(taker.place, oldest)
            return self._rows[taker.place - oldest]

    def finish(self, taker: Taker) -> None:
        """Let this taker be done with the row that it has."""
        with self._changed:
            taker.place += 1
            self._done = max(self._done, taker.place)
            self._changed.notify_all()

    def leave(self, taker: Taker) -> None:
        """Wait for this taker no more; harmless when it has left."""
        with self._changed:
            self._takers.discard(taker)
            self._changed.notify_all()

    def _is_taken(self) -> bool:
        """Tell whether somebody has taken the last row, and nobody who is there has yet to."""
        return self._done >= self._count and self._is_caught_up()

    def _is_caught_up(self) -> bool:
        return all(taker.place >= self._count for taker in self._takers)
