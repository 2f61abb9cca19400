"""Serving until somebody ends it, or until nobody looks any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kinect_sync.errors import BenchError
from kinect_sync.findings.viewing import VIEWER_CANNOT_LISTEN
from kinect_sync.steady import steady_s
from kinect_sync.viewer.serving.access import Access
from kinect_sync.viewer.serving.server import Answer, PageServer

HERE = "127.0.0.1"
_LOOK_S = 0.2


@contextmanager
def serving(answer: Answer, host: str = HERE, port: int = 0) -> Iterator[PageServer]:
    """Serve the page within the context; BenchError (`viewer-cannot-listen`) where that can't be."""
    try:
        server = PageServer(answer, host, port, Access(host))
    except (OSError, ValueError, OverflowError) as error:
        what = f"the page can't be served at {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        raise BenchError(VIEWER_CANNOT_LISTEN.found(what)) from error
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_S,), daemon=True, name="page")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.connections.cut_all()
        server.server_close()
        thread.join()


class Linger:
    """Tells when nobody has looked for so long that a viewer may end; never while something is recorded."""

    def __init__(
        self, limit_s: float | None, is_recorded: Callable[[], bool], now_s: Callable[[], float] = steady_s
    ) -> None:
        """Take how long, None for ever; and what tells whether a recorder still writes."""
        self._limit_s = limit_s
        self._is_recorded = is_recorded
        self._now_s = now_s
        self._since_s = now_s()

    def is_over(self, asked_s: float) -> bool:
        """Tell whether to end, when pictures were last asked for at this moment."""
        if self._limit_s is None or self._now_s() - max(self._since_s, asked_s) < self._limit_s:
            return False
        if self._is_recorded():
            self._since_s = self._now_s()
            return False
        return True


def wait_for_end(server: PageServer, stopping: Callable[[], bool], linger: Linger) -> None:
    """Wait until the operator ends it, or nobody has looked for long enough."""
    while not stopping() and not linger.is_over(server.asked_s):
        time.sleep(_LOOK_S)
