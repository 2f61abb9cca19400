"""Spreads the jobs of an export over the cores, in processes that end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import connection

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import EXPORT_PROCESS_DIED
from kinect_sync.review.export.request import Job, JobResult
from kinect_sync.review.export.worker import DeviceContext, Exporter

_BATCH = 4
"""Jobs that go over in one message: a job takes some 20 ms, a message 1."""
_FEW = 24
"""So many jobs are done sooner than a process has started."""
_AHEAD = 3
"""Batches per process that wait: memory stays small, and no process runs dry."""

_exporter: Exporter | None = None


def run_jobs(
    jobs: Iterable[Job], contexts: Mapping[str, DeviceContext], processes: int
) -> Iterator[JobResult]:
    """Run jobs and yield their results, about in order; whatever ends a worker is raised here."""
    jobs = iter(jobs)
    first = list(islice(jobs, _FEW))
    if processes == 1 or len(first) < _FEW:
        yield from _run_here(chain(first, jobs), contexts)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),  # forked, a process would inherit locks of threads
        initializer=_begin,
        initargs=(dict(contexts),),
    ) as pool:
        try:
            yield from _run_there(pool, _batches(first, jobs), processes * _AHEAD)
        except BrokenProcessPool as error:
            raise _died() from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _run_here(jobs: Iterable[Job], contexts: Mapping[str, DeviceContext]) -> Iterator[JobResult]:
    exporter = Exporter(contexts)
    try:
        for job in jobs:
            yield exporter.run(job)
    finally:
        exporter.close()


def _run_there(pool: ProcessPoolExecutor, batches: Iterator[list[Job]], ahead: int) -> Iterator[JobResult]:
    with _no_interrupt():  # the processes begin here
        waiting: deque[Future[list[JobResult]]] = deque(
            pool.submit(_work, each) for each in islice(batches, ahead)
        )
    while waiting:
        results = waiting.popleft().result()
        waiting.extend(pool.submit(_work, each) for each in islice(batches, 1))
        yield from results


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let a Ctrl-C wait: processes that begin meanwhile never hear one, which they would answer at length."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _batches(first: Sequence[Job], rest: Iterator[Job]) -> Iterator[list[Job]]:
    for start in range(0, len(first), _BATCH):
        yield list(first[start : start + _BATCH])
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _begin(contexts: dict[str, DeviceContext]) -> None:
    global _exporter
    # Ctrl-C reaches every process of a terminal; the one that started us says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _exporter = Exporter(contexts)


def _end_with_parent() -> None:
    """Leave at once when the parent is killed: a pool's process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(jobs: list[Job]) -> list[JobResult]:
    if _exporter is None:
        raise RuntimeError("this process was not begun as an exporter")
    return [_exporter.run(job) for job in jobs]


def _died() -> UsageError:
    what = "a process of the export was ended from outside, perhaps because memory ran out"
    return UsageError(EXPORT_PROCESS_DIED.found(what))
