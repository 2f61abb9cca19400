"""`ksync selftest`: the first day with real cameras."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.preparing import prepared_bench
from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import EPILOG, load_optional_rig, wanted_bench
from kinect_sync.cli.options import (
    FOLDER,
    Number,
    allow_extra_option,
    json_option,
    quiet_option,
    rig_argument,
    simulate_option,
)
from kinect_sync.cli.selftest_progress import ProgressWatcher, following
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.errors import Interrupted
from kinect_sync.selftest.notebook import Notebook
from kinect_sync.selftest.plan import FULL, QUICK, Amounts, SelftestPlan
from kinect_sync.selftest.report import SelftestReport
from kinect_sync.selftest.selftesting import listed, run_selftest
from kinect_sync.selftest.stand import Surroundings


@click.command(
    epilog=EPILOG.format(
        good="every step that was done saw what is expected", bad="a step saw something else"
    )
)
@rig_argument
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    type=FOLDER,
    show_default="selftest_ and the rig's name",
    help="Folder of the self-test; what is done there is not done again.",
)
@click.option("--only", metavar="STEP", multiple=True, help="Do this step, also if it was done; repeatable.")
@click.option("--list", "listing", is_flag=True, help="List the steps and do none.")
@click.option(
    "--minutes",
    metavar="M",
    type=Number(min=0, min_open=True, max=24 * 60),
    default=FULL.clocks_s / 60,
    show_default=True,
    help="How long the clocks are compared.",
)
@click.option("--quick", is_flag=True, help="Rehearse: each step as short as it can be.")
@click.option("--with-images", is_flag=True, help="Keep images where a step takes some.")
@simulate_option
@allow_extra_option
@json_option
@quiet_option
def selftest(
    rig: str,
    folder: Path | None,
    only: tuple[str, ...],
    minutes: float,
    simulate: str | None,
    *,
    listing: bool,
    quick: bool,
    with_images: bool,
    allow_extra: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Learn what the cameras of RIG, a YAML file or `-`, really do, in twenty steps.

    Opening, starting, first captures, exposures, silence, bias from start to start, frame rates, delays,
    clocks, killed processes and pulled plugs: what nobody can know without these very cameras. Each step
    says what is expected, from which source, and what was seen. It takes about half an hour; interrupted, it
    goes on where it was when it is run again.

    Steps that need a hand ask for it on a terminal and are left out elsewhere. In the end everything is in
    one zip, without images unless --with-images, which can be attached to an issue.
    """

    def work() -> SelftestReport:
        loaded = load_optional_rig(rig, simulate)
        if loaded is None:
            raise click.UsageError("selftest needs RIG")
        plan = SelftestPlan(
            rig=loaded,
            amounts=_amounts(minutes, quick=quick),
            allow_extra=allow_extra,
            with_images=with_images,
        )
        if listing:
            return listed(plan)
        notebook = Notebook(folder or Path(f"selftest_{loaded.name}"), plan)
        with _surroundings(plan, simulate, quiet=quiet) as (around, watcher):
            try:
                return run_selftest(plan, around, notebook, only=only, watcher=watcher)
            except Interrupted:
                watcher.say_kept(notebook.folder)
                raise

    def show(report: SelftestReport) -> None:
        from kinect_sync.cli.selftest_result import show_list, show_result

        (show_list if listing else show_result)(report)

    answer(SelftestReport, work, show, as_json=as_json, tell=lambda _: ())  # each stands with its step


def _amounts(minutes: float, *, quick: bool) -> Amounts:
    if not quick:
        return FULL.model_copy(update={"clocks_s": minutes * 60})
    return QUICK


@contextmanager
def _surroundings(
    plan: SelftestPlan, simulate: str | None, *, quiet: bool
) -> Iterator[tuple[Surroundings, ProgressWatcher]]:
    """Prepare the bench, and whoever stands beside it."""
    with ExitStack() as stack:
        stopping = stack.enter_context(stop_signals())
        bench = stack.enter_context(prepared_bench(plan.rig, wanted_bench(simulate)))
        shown = stack.enter_context(following(quiet=quiet))
        around = Surroundings(
            launch=lambda takes: worker_launcher(bench, takes),
            stopping=stopping,
            simulated=simulate is not None,
            hand=shown.hand(stopping),
            tell=shown.tell,
        )
        yield around, shown
