"""Several things done at the same time, as each waits for somebody else: a host, a device, a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def at_once(keys: Iterable[K], work: Callable[[K], T]) -> dict[K, T]:
    """Do the work for each key on a thread of its own; return what came of it, or raise as the first did."""
    each = list(keys)
    with ThreadPoolExecutor(max(len(each), 1)) as threads:
        return dict(zip(each, threads.map(work, each), strict=True))
