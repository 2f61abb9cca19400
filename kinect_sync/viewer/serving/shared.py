"""One look for many browsers: whoever asks within the same moment is told of the same one.

Ten browsers that look at a rig cost what one costs, and the bytes that are sent. Whoever comes while a bundle
is made waits for it, but not for ever: a disk that gives no answer must not gather threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from kinect_sync.steady import steady_s
from kinect_sync.viewer.bundle import make_bundle
from kinect_sync.viewer.head import ViewState
from kinect_sync.viewer.serving.query import parse_query
from kinect_sync.viewer.sources import Sight, Source

FRESH_S = 0.05
"""How long a look serves those who ask: half of what a page waits between two pulls."""
PATIENCE_S = 5.0
_KEPT = 4


class SharedView:
    """Answers the queries of pages by looking at a source, from any thread."""

    def __init__(self, source: Source, now_s: Callable[[], float] = steady_s) -> None:
        """Look at `source`, one at a time."""
        self._look = _SharedLook(source, now_s)
        self._lock = threading.Lock()

    def answer(self, query: str) -> bytes:
        """Make a bundle; ValueError for a query that is none, TimeoutError while another takes too long."""
        wanted = parse_query(query)
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise TimeoutError("another bundle is made still")
        try:
            bundle = make_bundle(self._look, wanted)
        finally:
            self._lock.release()
        return bundle.to_bytes()

    def is_recorded(self) -> bool:
        """Tell whether somebody records still."""
        with self._lock:
            return self._look.look(None).head.state is ViewState.RECORDING


class _SharedLook(Source):
    """A source as it was a moment ago; its pictures are made once anyway."""

    def __init__(self, source: Source, now_s: Callable[[], float]) -> None:
        super().__init__(now_s)
        self.darkroom = source.darkroom
        self._source = source
        self._now_s = now_s
        self._sights: OrderedDict[int | None, tuple[float, Sight]] = OrderedDict()

    def look(self, pulse: int | None) -> Sight:
        at_s, sight = self._sights.get(pulse, (0.0, None))
        if sight is None or self._now_s() - at_s > FRESH_S:
            sight = self._source.look(pulse)
            self._sights[pulse] = self._now_s(), sight
            self._sights.move_to_end(pulse)
        while len(self._sights) > _KEPT:
            self._sights.popitem(last=False)
        return sight
