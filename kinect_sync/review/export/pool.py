"""Spreads the jobs of an export over the cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import EXPORT_PROCESS_DIED
from kinect_sync.review.export.request import Job, JobResult
from kinect_sync.review.export.worker import DeviceContext, Exporter
from kinect_sync.review.processes import interrupt_held, process_pool

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
    with process_pool(processes, _begin, dict(contexts)) as pool:
        try:
            yield from _run_there(pool, _batches(first, jobs), processes * _AHEAD)
        except BrokenProcessPool as error:
            raise _died() from error


def _run_here(jobs: Iterable[Job], contexts: Mapping[str, DeviceContext]) -> Iterator[JobResult]:
    exporter = Exporter(contexts)
    try:
        for job in jobs:
            yield exporter.run(job)
    finally:
        exporter.close()


def _run_there(pool: ProcessPoolExecutor, batches: Iterator[list[Job]], ahead: int) -> Iterator[JobResult]:
    with interrupt_held():  # the processes begin here
        waiting: deque[Future[list[JobResult]]] = deque(
            pool.submit(_work, each) for each in islice(batches, ahead)
        )
    while waiting:
        results = waiting.popleft().result()
        waiting.extend(pool.submit(_work, each) for each in islice(batches, 1))
        yield from results


def _batches(first: Sequence[Job], rest: Iterator[Job]) -> Iterator[list[Job]]:
    for start in range(0, len(first), _BATCH):
        yield list(first[start : start + _BATCH])
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _begin(contexts: dict[str, DeviceContext]) -> None:
    global _exporter
    _exporter = Exporter(contexts)


def _work(jobs: list[Job]) -> list[JobResult]:
    if _exporter is None:
        raise RuntimeError("this process was not begun as an exporter")
    return [_exporter.run(job) for job in jobs]


def _died() -> UsageError:
    what = "a process of the export was ended from outside, perhaps because memory ran out"
    return UsageError(EXPORT_PROCESS_DIED.found(what))
