"""Spreads the jobs of an export or a fusion over the cores, and keeps few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, Protocol, TypeVar

from kinect_sync.errors import UsageError
from kinect_sync.findings.model import Kind
from kinect_sync.review.processes import interrupt_held, process_pool

Job = TypeVar("Job", contravariant=True)
Result = TypeVar("Result", covariant=True)

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

FEW = 24
"""So many jobs are done sooner than a process has started, where a job takes some 20 ms."""
_AHEAD = 3
"""Batches per process that wait: memory stays small, and no process runs dry."""

_worker: Worker[Any, Any] | None = None


class Worker(Protocol[Job, Result]):
    """Does jobs one after the other, and holds open between them what they share."""

    def run(self, job: Job) -> Result:
        """Do one job; what it raises ends them all."""

    def close(self) -> None:
        """Close what is open."""


def spread(
    jobs: Iterable[Job],
    make_worker: Callable[[], Worker[Job, Result]],
    processes: int,
    *,
    died: Kind,
    few: int = FEW,
    batch: int = 4,
) -> Iterator[Result]:
    """Do jobs in processes and yield their results, about in order; whatever ends a worker is raised here.

    Fewer than `few` are done in this process. `batch` of them go over in one message, which takes 1 ms. A
    process that somebody ends is told as `died`.
    """
    jobs = iter(jobs)
    first = list(islice(jobs, few))
    if processes == 1 or len(first) < few:
        yield from _run_here(chain(first, jobs), make_worker)
        return
    with process_pool(processes, _begin, make_worker) as pool:
        try:
            yield from _run_there(pool, _batches(first, jobs, batch), processes * _AHEAD)
        except BrokenProcessPool as error:
            raise UsageError(
                died.found("a process was ended from outside, perhaps because memory ran out")
            ) from error


def _run_here(jobs: Iterable[Job], make_worker: Callable[[], Worker[Job, Result]]) -> Iterator[Result]:
    worker = make_worker()
    try:
        for job in jobs:
            yield worker.run(job)
    finally:
        worker.close()


def _run_there(pool: ProcessPoolExecutor, batches: Iterator[list[Any]], ahead: int) -> Iterator[Any]:
    with interrupt_held():  # the processes begin here
        waiting: deque[Future[list[Any]]] = deque(pool.submit(_work, each) for each in islice(batches, ahead))
    while waiting:
        results = waiting.popleft().result()
        waiting.extend(pool.submit(_work, each) for each in islice(batches, 1))
        yield from results


def _batches(first: Sequence[Job], rest: Iterator[Job], size: int) -> Iterator[list[Job]]:
    jobs = chain(first, rest)
    while batch := list(islice(jobs, size)):
        yield batch


def _begin(make_worker: Callable[[], Worker[Any, Any]]) -> None:
    global _worker
    _worker = make_worker()


def _work(jobs: list[Any]) -> list[Any]:
    if _worker is None:
        raise RuntimeError("this process was begun without a worker")
    return [_worker.run(job) for job in jobs]
