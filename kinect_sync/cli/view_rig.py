"""`ksync view RIG`: the rig on a page before a take, and nothing of it kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import click

from kinect_sync.benches.choice import BenchChoice, Playback
from kinect_sync.benches.playback import playback
from kinect_sync.benches.preparing import prepared_bench
from kinect_sync.benches.published_folder import published_folder, rings_nbytes
from kinect_sync.benches.wanted import Played, WantedBench
from kinect_sync.benches.workplaces import Workplaces, workplaces
from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import load_optional_rig, wanted_bench
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.cli.verify import show_verification
from kinect_sync.cli.viewing import launch_viewer, viewing
from kinect_sync.cli.watching import watching
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.publishing_sink import PublishingSink
from kinect_sync.director.run import RunPlan
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import TakePlan
from kinect_sync.doctor.readiness import check_readiness
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.viewing import VIEWER_NOT_STARTED
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.framing import FramingReport, frame_devices
from kinect_sync.survey.showing import show_rig
from kinect_sync.survey.verify import VerifyReport
from kinect_sync.takes.names import MANIFEST
from kinect_sync.timing.pulses import pulses_in
from kinect_sync.viewer.launching import LaunchedViewer


@dataclass(frozen=True, slots=True)
class RigView:
    """What of a rig is to be shown, and where."""

    rig: str
    simulate: str | None
    playback: Path | None
    standalone: bool
    duration: float | None
    allow_extra: bool
    trigger_timeout: float
    studio: Path
    host: str
    port: int
    quiet: bool

    @property
    def wanted(self) -> WantedBench:
        """The bench that is meant."""
        if self.playback is not None:
            return Played(folder=self.playback)
        return wanted_bench(self.simulate)


def view_rig(it: RigView) -> NoReturn:
    """Show a rig until Ctrl-C or for so long, and end with the exit code of what it showed."""
    _check(it)
    warned: list[Finding] = []
    if it.standalone:
        answer(FramingReport, lambda: _frame(it, warned), show_framing, as_json=False, told=warned)
    answer(VerifyReport, lambda: _show(it, warned), show_verification, as_json=False, told=warned)


def show_framing(report: FramingReport) -> None:
    """Print how many captures each device gave."""
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    console = stdout_console()
    console.print(f"{report.rig}: each device by itself, so nobody judged whether they are in sync")
    show_rows(("device", "captures"), [[each.name, str(each.captures)] for each in report.devices], console)


def _check(it: RigView) -> None:
    if it.simulate is not None and it.playback is not None:
        raise click.UsageError("--simulate and --playback both say what to show: give one of them")
    if it.standalone and it.playback is not None:
        raise click.UsageError("--standalone starts devices, and --playback has none: leave one out")


def _show(it: RigView, warned: list[Finding]) -> VerifyReport:
    with _shown(it, warned) as run:
        fps = run.plan.rig.camera.fps
        pulses = run.pulses if it.duration is None else pulses_in(it.duration, fps)
        report = show_rig(
            run.plan,
            run.folder,
            run.work.launch,
            stopping=run.stopping,
            pulses=pulses,
            observers=run.observers,
            hosts=run.work.hosts,
        )
    _see_shown(warned)
    return report.model_copy(update={"findings": (*warned, *report.findings)})


def _frame(it: RigView, warned: list[Finding]) -> FramingReport:
    with _shown(it, warned) as run:
        report = frame_devices(
            run.plan,
            run.folder,
            run.work.launch,
            stopping=run.stopping,
            seconds=it.duration,
            observers=run.observers,
            hosts=run.work.hosts,
        )
    _see_shown(warned)
    return report.model_copy(update={"findings": (*warned, *report.findings)})


@dataclass(frozen=True, slots=True)
class _Run:
    """A rig that is ready to be shown."""

    plan: RunPlan
    pulses: int | None
    """How far recordings go that are played."""
    folder: Path
    work: Workplaces
    stopping: Callable[[], bool]
    observers: tuple[Observer, ...]


@contextmanager
def _shown(it: RigView, warned: list[Finding]) -> Iterator[_Run]:
    """Prepare all of it, with a viewer that starts when there is something to see, and ends with the run."""
    loaded = load_optional_rig(it.rig, it.simulate)
    if loaded is None:
        raise click.UsageError("view needs a take or a rig")
    warned.extend(check_readiness(loaded, it.wanted))
    with ExitStack() as stack:
        stopping = stack.enter_context(stop_signals())
        plan, bench, remarks = stack.enter_context(_prepared(it, loaded))
        room = rings_nbytes(plan.rig, PublishingSink.ring, all_here=isinstance(bench, Playback))
        folder = stack.enter_context(published_folder(room))
        work = stack.enter_context(workplaces(plan.rig, bench, it.studio, published=folder))
        warned.extend((*remarks, *work.findings))
        show_findings(warned)
        viewers: list[LaunchedViewer] = []
        stack.callback(_end, viewers)
        starting = stack.enter_context(viewing(warned, lambda take: _launch(it, take, viewers)))
        table = stack.enter_context(watching(quiet=it.quiet))
        yield _Run(
            plan,
            plan.pulses,
            folder,
            work,
            lambda: stopping() or any(each.kind is VIEWER_NOT_STARTED for each in warned),
            (_WhenPublished(starting, folder), table),
        )


@contextmanager
def _prepared(it: RigView, rig: Rig) -> Iterator[tuple[TakePlan, BenchChoice, tuple[Finding, ...]]]:
    """Have the bench, and the plan as far as recordings go that are played."""
    plan = TakePlan(
        rig=rig,
        directory=Path(),
        allow_extra=it.allow_extra,
        patience=Patience(trigger_s=it.trigger_timeout),
    )
    wanted = it.wanted
    if isinstance(wanted, Played):
        with playback(plan, wanted.folder, fast=False) as planned:
            yield planned.plan, planned.bench, planned.findings
        return
    with prepared_bench(rig, wanted) as bench:
        yield plan, bench, ()


def _launch(it: RigView, folder: Path, viewers: list[LaunchedViewer]) -> LaunchedViewer:
    """Start it; where this process is killed, it ends by itself when nobody looks any more."""
    where = ("--host", it.host, "--port", str(it.port))
    viewers.append(launch_viewer(folder, it.studio, "--published", *where))
    return viewers[-1]


def _end(viewers: list[LaunchedViewer]) -> None:
    """End the viewer, whose files are about to go."""
    for each in viewers:
        each.end()


def _see_shown(warned: list[Finding]) -> None:
    """Fail where nobody could look: that was all it was for."""
    failed = [each for each in warned if each.kind is VIEWER_NOT_STARTED]
    if failed:
        raise BenchError(*(each.model_copy(update={"severity": Severity.ERROR}) for each in failed))


class _WhenPublished(Observer):
    """Lets a viewer start when there is something to look at."""

    def __init__(self, starting: Observer, folder: Path) -> None:
        self._starting = starting
        self._folder = folder

    def on_change(self, snapshot: Snapshot) -> None:
        if (self._folder / MANIFEST).exists():
            self._starting.on_change(replace(snapshot, take=self._folder))
