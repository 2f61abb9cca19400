"""Recordings looked at for the times of their images: one after the other, and not while a recording runs.

Of an hour that reads a few bytes at hundreds of thousands of places, for which a disk that has to seek takes
minutes. So it has a thread of its own, and whoever asks asks again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from kinect_sync.agent.digests import FileState
from kinect_sync.steady import steady_s
from kinect_sync.takes.mkv.elements import ElementFile
from kinect_sync.takes.mkv.reader import recording_in
from kinect_sync.takes.recording_times import pack_times

ANSWER_S = 0.2
"""For so long a question waits for a scan: most are over by then."""
_LOOK_S = 0.01
"""How often a scan looks whether a recording has begun."""
_MOST_SCANS = 64
"""Recordings whose times are kept until somebody has read them."""


class _Interrupted(Exception):
    """A recording has begun, and has the disk."""


class TimesScan:
    """The times of one recording, there or still to come."""

    def __init__(self, stream: FileIO, path: Path) -> None:
        """Scan what is open; `path` is what it is called."""
        self.stream = stream
        self.path = path
        self._ended = threading.Event()
        self._packed: bytes | None = None
        self._error: Exception | None = None

    def scan(self, look: Callable[[], None]) -> None:
        """Do it; `look` is called before each read, and may raise to end it."""
        try:
            self._packed = pack_times(recording_in(_Watched(self.stream, look), self.path))
        except Exception as error:  # whoever asks is told
            self._error = error
        finally:
            self.stream.close()
            self._ended.set()

    @property
    def interrupted(self) -> bool:
        """Whether it gave way to a recording."""
        return isinstance(self._error, _Interrupted)

    def times(self, timeout_s: float) -> bytes | None:
        """Return them; None where they are not there yet.

        Raises KsyncError where it is no recording, OSError where the disk fails.
        """
        self._ended.wait(timeout_s)
        if self._error is not None and not self.interrupted:
            raise self._error
        return self._packed


class TimesScans:
    """The scans of one host."""

    def __init__(self, records: Callable[[], bool]) -> None:
        """Scan while nothing `records` there."""
        self._records = records
        self._lock = threading.Lock()
        self._scans: OrderedDict[FileState, TimesScan] = OrderedDict()
        self._waiting: deque[tuple[FileState, TimesScan]] = deque()
        self._thread: threading.Thread | None = None
        self._looked_s = 0.0
        self.reads = 0
        """How often was read for all scans so far."""

    def times(self, state: FileState, stream: Callable[[], FileIO], path: Path) -> bytes | None:
        """Return the times of a recording in this state; None where they are not there yet: ask again.

        `stream` opens it, where that was not done yet. Raises as `TimesScan.times` does.
        """
        with self._lock:
            scan = self._scans.get(state)
            if scan is None:
                scan = self._begin(state, TimesScan(stream(), path))
            self._scans.move_to_end(state)
        return scan.times(ANSWER_S)

    def forget(self, state: FileState) -> None:
        """Forget times that somebody has read to the end."""
        with self._lock:
            self._scans.pop(state, None)

    def _begin(self, state: FileState, scan: TimesScan) -> TimesScan:
        self._scans[state] = scan
        while len(self._scans) > _MOST_SCANS:
            self._scans.popitem(last=False)
        self._waiting.append((state, scan))
        if self._thread is None:
            self._thread = threading.Thread(target=self._scan_all, name="agent-times", daemon=True)
            self._thread.start()
        return scan

    def _scan_all(self) -> None:
        """Scan until none waits."""
        while (waiting := self._next()) is not None:
            state, scan = waiting
            scan.scan(self._look)
            if scan.interrupted:
                self.forget(state)

    def _next(self) -> tuple[FileState, TimesScan] | None:
        with self._lock:
            if not self._waiting:
                self._thread = None
                return None
            return self._waiting.popleft()

    def _look(self) -> None:
        """Count a read, and give way where a recording has begun."""
        self.reads += 1
        if (now_s := steady_s()) - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            if self._records():
                raise _Interrupted


class _Watched(ElementFile):
    """An open recording whose every read somebody is told of before."""

    def __init__(self, stream: FileIO, look: Callable[[], None]) -> None:
        super().__init__(stream)
        self._look = look

    def read(self, at: int, nbytes: int) -> bytes:
        self._look()
        return super().read(at, nbytes)
