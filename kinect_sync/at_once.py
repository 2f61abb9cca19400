"""Several things done at the same time, as each waits for somebody else: a host, a device, a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")

_LOOK_S = 0.2
"""How often whoever waits looks for Ctrl-C, which on Windows interrupts no wait."""


def at_once(keys: Iterable[K], work: Callable[[K], T], halt: Callable[[], None] = lambda: None) -> dict[K, T]:
    """Do the work for each key on a thread of its own; return what came of it, or raise as the first did.

    All have ended then. At Ctrl-C `halt` is called, for those that would take long.
    """
    each = list(keys)
    with ThreadPoolExecutor(max(len(each), 1)) as threads:
        done: dict[K, Future[T]] = {key: threads.submit(work, key) for key in each}
        try:
            while wait(done.values(), _LOOK_S).not_done:
                continue
        except BaseException:
            halt()
            raise
        return {key: future.result() for key, future in done.items()}
