"""Bundles for many browsers, which ask from a thread each: one is made at a time.

Pictures are made once for all, and whoever looks at the same moment is told of the same one, by the source.
Whoever comes meanwhile waits, but not for ever: a disk that gives no answer must not gather threads.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.head import ViewState
from kinect_sync.viewer.serving.query import parse_query
from kinect_sync.viewer.shots import Part
from kinect_sync.viewer.sources import Source

PATIENCE_S = 5.0


class DefectError(RuntimeError):
    """A defect of ksync was in the way of a bundle; it was told where the viewer was started."""


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
        self._told: set[str] = set()

    def answer(self, query: str) -> tuple[Part, ...]:
        """Make a bundle, and return it in parts.

        Raises ValueError for a query that is none, TimeoutError while another takes too long, and DefectError
        where a defect of ksync is in the way.
        """
        wanted = parse_query(query)
        with self._alone():
            bundle = self._complete(make_bundle(self._source, wanted), wanted)
        return bundle.parts()

    def warm_up(self) -> None:
        """Load what the first pictures need; what is in their way is told to whoever looks."""
        with suppress(TimeoutError, DefectError):
            self.answer("size=small")

    def is_recorded(self) -> bool:
        """Tell whether somebody records still; where nobody can tell, yes."""
        try:
            with self._alone():
                return self._source.look(None).head.state in (ViewState.RECORDING, ViewState.SHOWN)
        except (TimeoutError, DefectError):
            return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Look while nobody else does; TimeoutError and DefectError as `answer` raises them."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise TimeoutError("another bundle is made still")
        try:
            yield
        except Exception as error:
            self._tell(error)
            raise DefectError(type(error).__name__) from error
        finally:
            self._lock.release()

    def _tell(self, error: Exception) -> None:
        """Tell of a defect once, where the viewer was started: pages ask ten times a second."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{type(error).__name__} {where.filename}:{where.lineno}"
        if key not in self._told:
            self._told.add(key)
            traceback.print_exception(error)
