"""Bundles for many browsers, which ask from a thread each: one is made at a time.

Pictures are made once for all, and whoever looks at the same moment is told of the same one, by the source.
Whoever comes meanwhile waits, but not for ever: a disk that gives no answer must not gather threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.head import ViewState
from kinect_sync.viewer.serving.query import parse_query
from kinect_sync.viewer.sources import Source

PATIENCE_S = 5.0

Complete = Callable[[Bundle, Wanted], Bundle]
"""Adds what is known of a bundle elsewhere, without waiting for anybody."""


def as_it_is(bundle: Bundle, wanted: Wanted) -> Bundle:  # noqa: ARG001 - there is nothing to add
    """Return a bundle to which nothing is to be added."""
    return bundle


class SharedView:
    """Answers the queries of pages by looking at a source, from any thread."""

    def __init__(self, source: Source, complete: Complete = as_it_is) -> None:
        """Look at `source`, one at a time; `complete` adds what other computers show."""
        self._source = source
        self._complete = complete
        self._lock = threading.Lock()

    def answer(self, query: str) -> bytes:
        """Make a bundle; ValueError for a query that is none, TimeoutError while another takes too long."""
        wanted = parse_query(query)
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise TimeoutError("another bundle is made still")
        try:
            bundle = self._complete(make_bundle(self._source, wanted), wanted)
        finally:
            self._lock.release()
        return bundle.to_bytes()

    def is_recorded(self) -> bool:
        """Tell whether somebody records still; where nobody can tell in time, yes."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            return True
        try:
            return self._source.look(None).head.state in (ViewState.RECORDING, ViewState.SHOWN)
        finally:
            self._lock.release()
