"""All workers that lodge on one host, those that this agent started and those that it found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kinect_sync.agent.lodger import Lodger, Tell
from kinect_sync.agent.process import ChildProcess, FoundProcess, Start, started_at
from kinect_sync.agent.state_folder import LodgedWorker, StateFolder
from kinect_sync.benches.choice import BenchChoice
from kinect_sync.benches.launching import Assignment, worker_command
from kinect_sync.errors import UsageError
from kinect_sync.findings.recording import TAKE_EXISTS
from kinect_sync.findings.start import WORKER_NOT_STARTED
from kinect_sync.wire.capture_ring import ring_name
from kinect_sync.wire.hosts import Launch, Running, RunningTake
from kinect_sync.wire.lodging import Place

PublishedIn = Callable[[str], "Path | None"]
"""Tells where a device's newest captures are published, as `Lodgers.published_by` does."""

UNHEARD_S = 3600.0
"""For how long what a worker said last is kept for its director, though others command the host meanwhile:
that long rows wait for it."""


class Lodgers:
    """The workers of one host, by name."""

    def __init__(
        self,
        state: StateFolder,
        takes: Path,
        orphan_limit_s: float,
        tell: Tell,
        clock: Callable[[], float],
        start: Start = ChildProcess,
    ) -> None:
        """Lodge workers in a folder; `tell` takes what they say."""
        self._state = state
        self._takes = takes.absolute()
        self._orphan_limit_s = orphan_limit_s
        self._tell = tell
        self._clock = clock
        self._start = start
        self._lodgers: dict[str, Lodger] = {}
        self._runs: dict[str, str] = {}
        """By take, the run that it belongs to."""

    def __iter__(self) -> Iterator[Lodger]:
        """Iterate over those that are there, or were and are not heard out."""
        return iter(list(self._lodgers.values()))

    def get(self, name: str) -> Lodger | None:
        """Return a worker; None for one that is not known any more, or not yet."""
        return self._lodgers.get(name)

    def of(self, run: str) -> list[Lodger]:
        """Return the workers that a director's run had started."""
        return [each for each in self if each.record.run == run]

    # --- coming and going -----------------------------------------------------------------------------

    def find(self) -> list[str]:
        """Find the workers again that an agent before this one had started; return who can't be spoken to."""
        strange: list[str] = []
        for record, folder in self._state.lodged():
            if record is None:
                strange.append(folder.name)
                continue
            process = FoundProcess(record.pid, record.started)
            self._take_in(Lodger(record, self._place(folder), process, self._tell, found=True,
                                 clock=self._clock))  # fmt: skip
        return strange

    def launch(self, request: Launch, run: str, bench: BenchChoice) -> Lodger:
        """Start a worker.

        UsageError where its take is there already and not this run's, or where the system starts no more.
        """
        self._claim(request, run)
        try:
            return self._take_in(self._begin(request, run, bench))
        except OSError as error:
            what = f"no process can be started for it: {error.strerror}"
            raise UsageError(WORKER_NOT_STARTED.found(what)) from error

    def _begin(self, request: Launch, run: str, bench: BenchChoice) -> Lodger:
        place = self._place(self._state.make_folder(request.worker))
        takes = None if request.take is None else self._takes
        command = worker_command(Assignment(bench=bench, takes=takes, lodging=place))
        process = self._start(command, place.output)
        record = LodgedWorker(
            worker=request.worker, pid=process.pid, started=started_at(process.pid), run=run,
            take=request.take,
        )  # fmt: skip
        try:
            self._state.keep(record)
        except OSError:
            process.kill()  # nobody could find it again
            raise
        return Lodger(record, place, process, self._tell, clock=self._clock)

    def forget(self, run: str) -> None:
        """Forget who has gone and was heard out, or whose run has not come back for them for too long."""
        self._forget(
            each for each in self if each.heard_out or (each.record.run != run and each.alone_s > UNHEARD_S)
        )

    def forget_run(self, run: str) -> None:
        """Forget who has gone of a run: its director wants to hear no more."""
        self._forget(self.of(run))

    def _forget(self, lodgers: Iterable[Lodger]) -> None:
        for each in [each for each in lodgers if each.gone]:
            del self._lodgers[each.name]
            self._state.remove(each.name)

    def _take_in(self, lodger: Lodger) -> Lodger:
        self._lodgers[lodger.name] = lodger
        if lodger.record.take is not None:
            self._runs[lodger.record.take] = lodger.record.run
        lodger.start()
        return lodger

    def _claim(self, request: Launch, run: str) -> None:
        """See that a take is new on this host, but for other devices of the same run."""
        take = request.take
        if take is None or request.continues or self._runs.get(take) == run:
            return
        if os.path.lexists(self._takes / take):
            raise UsageError(TAKE_EXISTS.found(f"{self._takes / take} exists on this host"))

    def _place(self, folder: Path) -> Place:
        return Place(folder=folder.absolute(), orphan_limit_s=self._orphan_limit_s)

    def published_by(self, device: str) -> Path | None:
        """Return where the newest captures of a device are published; None where no worker has any here."""
        workers = [each for each in self if each.errand.device == device and not each.gone]
        folders = [folder for each in reversed(workers) if (folder := each.rings) is not None]
        paths = (folder / ring_name(device) for folder in folders)
        return next((path for path in paths if path.exists()), None)

    # --- what they do ---------------------------------------------------------------------------------

    @property
    def occupied_by(self) -> list[str]:
        """The takes that are recorded, or are about to be."""
        return sorted({each.record.take for each in self if each.record.take is not None and not each.gone})

    def running(self, run: str) -> Running:
        """Return how far the workers of a run are, and what they were told."""
        workers = self.of(run)
        return Running(
            workers={each.name: each.last for each in workers},
            awaited=tuple(each.name for each in workers if each.is_awaited),
            told={each.name: each.told for each in workers if each.told is not None},
        )

    def takes(self, run: str | None) -> tuple[RunningTake, ...]:
        """Return what is recorded, where this run commands, or nobody."""
        names = sorted({each.errand.take for each in self if each.errand.records and each.errand.take})
        return tuple(_running(name, self.recording(name), run) for name in names)

    def recording(self, take: str) -> list[Lodger]:
        """Return the workers that record a take."""
        return [each for each in self if each.errand.records and each.errand.take == take]


def _running(take: str, workers: list[Lodger], run: str | None) -> RunningTake:
    orphans = [each for each in workers if each.record.run != run]
    ends = [_ends_in_s(each, orphaned=each in orphans) for each in workers]
    known = [each for each in ends if each is not None]
    return RunningTake(
        take=take,
        workers=tuple(each.name for each in workers),
        devices=tuple(each.errand.device or each.name for each in workers),
        captures=sum(each.errand.captures for each in workers),
        orphaned_s=min((each.alone_s for each in orphans), default=None),
        ends_in_s=max(known) if len(known) == len(ends) else None,
    )


def _ends_in_s(worker: Lodger, *, orphaned: bool) -> float | None:
    """Return when a recording ends: as planned, or if nobody comes; None where neither can be told."""
    planned_s = worker.errand.ends_in_s
    return worker.patience_s if planned_s is None and orphaned else planned_s
