"""Processes that share the work of a review: deaf to Ctrl-C, they end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection


@contextmanager
def process_pool(
    processes: int, begin: Callable[..., None] | None = None, *arguments: object
) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of so many processes, each of which calls `begin(*arguments)` first.

    Work that has not begun when the context is left is dropped.
    """
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context(
                "spawn"
            ),  # forked, a process would inherit locks of threads
            initializer=partial(_begin, begin, *arguments),
        ) as pool,
    ):
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let libraries of processes that begin here compute on one thread, unless the user has said otherwise.

    There is a process for each core: with as many threads each, NumPy's BLAS has them wait for one another.
    """
    ours = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(ours, "1"))
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Let a Ctrl-C wait while processes begin: half begun, they would answer it at length.

    Blocking the signal keeps it from the processes, which inherit that. In this one it may still reach a
    thread of a library, and Python then runs the handler in the main thread: so the handler is held too.
    """
    if threading.current_thread() is not threading.main_thread():  # Python interrupts no other thread
        yield
        return
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    blocks = hasattr(signal, "pthread_sigmask")  # not on Windows
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _begin(begin: Callable[..., None] | None, *arguments: object) -> None:
    # Ctrl-C reaches every process of a terminal; the one that started us says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    """Leave at once when the parent is killed: a pool's process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
