"""Many runs of the command at a time, as most of a run is waiting; one that is spoilt is repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import pytest

ATTEMPTS = 3


def fresh_folders(directory: Path) -> Iterator[Path]:
    """Name a folder for each attempt at what comes off only where this machine is in time for it."""
    return (directory / f"attempt-{number}" for number in range(ATTEMPTS))


class Crowd:
    """Runs several jobs at a time; no more than the machine can bear.

    A job weighs as many devices as it streams at once. Jobs begin in the order in which they were given, but
    for one that has to be alone: it is what a test waits for, and waits only for those that run.
    """

    def __init__(self, capacity: int = 9) -> None:
        """Let the jobs that run at any moment weigh at most `capacity`."""
        self._free = capacity
        self._capacity = capacity
        self._changed = threading.Condition()
        self._queue: list[object] = []
        self._threads = ThreadPoolExecutor(max_workers=capacity)

    def submit(self, job: Callable[[], Any], weight: int) -> Future[Any]:
        """Let a job run when its turn has come."""
        turn = object()
        with self._changed:
            self._queue.append(turn)
        return self._threads.submit(self._run, job, min(weight, self._capacity), turn)

    def alone(self, job: Callable[[], Any]) -> Future[Any]:
        """Run a job next, and while no other runs; return when that is done."""
        turn, done = object(), Future[Any]()
        with self._changed:
            self._queue.insert(0, turn)
        try:
            done.set_result(self._run(job, self._capacity, turn))
        except Exception as failure:
            done.set_exception(failure)
        return done

    def waiting(self) -> int:
        """How many jobs have not begun."""
        with self._changed:
            return len(self._queue)

    def _run(self, job: Callable[[], Any], weight: int, turn: object) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._queue[0] is turn and self._free >= weight)
            self._queue.pop(0)
            self._free -= weight
            self._changed.notify_all()
        try:
            return job()
        finally:
            with self._changed:
                self._free += weight
                self._changed.notify_all()

    def close(self) -> None:
        """Wait for what runs; what has not begun never will."""
        with self._changed:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads.shutdown(wait=True)


class Case(Protocol):
    """What is run."""

    @property
    def key(self) -> str:
        """A name of its own, fit for a folder."""
        ...

    @property
    def weight(self) -> int:
        """How many devices it streams at once."""
        ...


CaseT = TypeVar("CaseT", bound=Case)
OutcomeT = TypeVar("OutcomeT")


class Runs(Generic[CaseT, OutcomeT]):
    """Cases that run side by side; each that was too much for this machine is run again, alone."""

    def __init__(
        self,
        cases: Sequence[CaseT],
        run: Callable[[CaseT, Path], OutcomeT],
        strained: Callable[[CaseT, OutcomeT], bool],
        directory: Path,
    ) -> None:
        """Begin with all of them; each attempt gets a folder of its own in `directory`.

        `strained` tells whether captures were lost because this machine was too slow for them, and sees to it
        that they are accounted for all the same.
        """
        self._run = run
        self._strained = strained
        self._directory = directory
        self._crowd = Crowd()
        self._attempts: dict[str, list[Future[OutcomeT]]] = {
            case.key: [self._crowd.submit(self._job(case, 0), case.weight)] for case in cases
        }

    def _job(self, case: CaseT, attempt: int) -> Callable[[], OutcomeT]:
        return lambda: self._run(case, self._directory / f"{case.key}-{attempt}")

    def outcome(self, case: CaseT) -> OutcomeT:
        """Wait for what came of a case; every test that asks for it gets the same."""
        attempts = self._attempts[case.key]
        while len(attempts) < ATTEMPTS and self._strained(case, attempts[-1].result()):
            attempts.append(self._crowd.alone(self._job(case, len(attempts))))
        return attempts[-1].result()

    def close(self) -> None:
        """Wait for what runs."""
        self._crowd.close()


def asked_for(request: pytest.FixtureRequest, path: str, parameter: str) -> list[Any]:
    """The values that this session's tests of a file are given for a parameter."""
    return [
        item.callspec.params[parameter]
        for item in request.session.items
        if item.path == Path(path) and parameter in getattr(getattr(item, "callspec", None), "params", {})
    ]
