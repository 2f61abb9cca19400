"""`ksync start`: record a synchronized take."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path

import click

from kinect_sync.benches.drawing import draw_room
from kinect_sync.benches.wanted import WantedBench
from kinect_sync.benches.workplaces import workplaces
from kinect_sync.cli.answering import answer
from kinect_sync.cli.drawing import progress_of_drawing
from kinect_sync.cli.findings import show_findings, show_warnings
from kinect_sync.cli.length import Length
from kinect_sync.cli.options import (
    allow_extra_option,
    captures_option,
    compress_option,
    duration_option,
    fast_option,
    json_option,
    look_for_option,
    max_drop_option,
    min_free_option,
    name_option,
    playback_option,
    quiet_option,
    rig_argument,
    simulate_option,
    studio_option,
    takes_option,
    trigger_timeout_option,
)
from kinect_sync.cli.stand_in import StandIn
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.cli.take_summary import show_report
from kinect_sync.cli.viewing import launch_viewer, viewing
from kinect_sync.cli.walking import board_to_look_for
from kinect_sync.cli.watching import watching
from kinect_sync.director.observer import Observer
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import RecordedTake, TakePlan, record_take
from kinect_sync.doctor.readiness import ready_take
from kinect_sync.findings import Finding
from kinect_sync.rig.loading import load_rig
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.lasers.remarks import laser_findings

_EPILOG = (
    "Exit codes: 0 in sync; 1 out of sync or incomplete; 2 usage or rig file; 3 device or SDK; "
    "130 interrupted before anything was recorded."
)


@click.command(epilog=_EPILOG)
@rig_argument
@takes_option
@name_option
@duration_option()
@captures_option
@simulate_option
@playback_option
@fast_option
@max_drop_option
@trigger_timeout_option
@min_free_option
@compress_option
@allow_extra_option
@click.option("--view", is_flag=True, help="Show the take on a page; its address is printed on stderr.")
@look_for_option
@click.option("--collect", is_flag=True, help="Bring the files of other hosts here after the take.")
@studio_option
@json_option
@quiet_option
def start(
    rig: str,
    directory: Path,
    name: str | None,
    duration: float | None,
    captures: int | None,
    simulate: str | None,
    playback: Path | None,
    max_drop_percent: float,
    trigger_timeout: float,
    min_free: int,
    board: str | None,
    studio: Path,
    *,
    fast: bool,
    compress: bool,
    allow_extra: bool,
    view: bool,
    collect: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Record a synchronized take with the devices of RIG, a YAML file or `-`.

    Subordinates are started and proven silent before the master; every file begins and ends at the same
    pulse. Ctrl-C ends the take properly. Devices of other hosts are recorded there, by the agents of the
    studio: see `ksync agent`.
    """
    length = Length(duration, captures)
    length.check()
    stand_in = StandIn(simulate, playback, fast)
    stand_in.check()
    if board is not None and not view:
        raise click.UsageError("--board says what the page is to look for: give it with --view")
    warned: list[Finding] = []

    def work() -> RecordedTake:
        look_for = () if board is None else ("--board", board_to_look_for(board).id)
        loaded = load_rig(rig)
        warned.extend((*loaded.warnings, *laser_findings(loaded, rig)))
        show_warnings(warned)
        plan = TakePlan(
            rig=loaded.rig,
            directory=directory,
            name=name,
            pulses=length.pulses(loaded.rig.camera.fps),
            max_drop_percent=max_drop_percent,
            reserve_bytes=min_free * 1_000_000,
            allow_extra=allow_extra,
            patience=Patience(trigger_s=trigger_timeout),
            packing=Packing.PNG if compress else None,
        )
        with (
            viewing(warned, lambda take: launch_viewer(take, studio, "--left-free", str(min_free), *look_for))
            if view
            else nullcontext(Observer()) as viewer
        ):
            recorded = _record(plan, stand_in.wanted, studio, warned, viewer, quiet=quiet)
        return _collected(recorded, studio, quiet=quiet) if collect else recorded

    show = partial(show_report, collected=collect)
    answer(RecordedTake, work, show, as_json=as_json, told=warned)


def _record(
    plan: TakePlan,
    wanted: WantedBench,
    studio: Path,
    warned: list[Finding],
    viewer: Observer,
    *,
    quiet: bool,
) -> RecordedTake:
    """Record; what else is warned of before is shown, and added to `warned`."""
    with ExitStack() as stack:
        stopping = stack.enter_context(stop_signals())  # first: a bench that is made has to be cleared away
        take = stack.enter_context(ready_take(plan, wanted))
        _warn(take.findings, warned)
        with progress_of_drawing(quiet=quiet) as progress:
            draw_room(take.bench, take.plan.rig, take.plan.pulses, progress, stopping)
        work = stack.enter_context(
            workplaces(plan.rig, take.bench, studio, takes=plan.directory, take=take.plan.name)
        )
        _warn(work.findings, warned)
        view = ExitStack()
        stack.callback(_close_view, view)
        shown = view.enter_context(watching(quiet=quiet))
        observers = [shown, viewer]
        return record_take(
            take.plan, work.launch, stopping=stopping, observers=observers, warned=warned, hosts=work.hosts
        )


def _collected(recorded: RecordedTake, studio: Path, *, quiet: bool) -> RecordedTake:
    from kinect_sync.benches.collecting import collect_recorded
    from kinect_sync.cli.collect import progress_of_collection

    with progress_of_collection(quiet=quiet) as progress:
        return collect_recorded(recorded, studio, progress)


def _warn(findings: Sequence[Finding], warned: list[Finding]) -> None:
    show_findings(findings)
    warned.extend(findings)


def _close_view(view: ExitStack) -> None:
    """Leave the last state on the screen; a terminal that was closed meanwhile must not cost the report."""
    with suppress(OSError):
        view.close()
