"""`ksync plan-offsets`: delays with which no laser fires into another device's exposure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import COUNT, FILE, force_option, json_option, output_file_option, rig_argument
from kinect_sync.cli.saying import say
from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.output import FILE_EXISTS, FILE_NOT_WRITTEN, NOT_A_FIGURE
from kinect_sync.findings.rig import LASER_GAP
from kinect_sync.rig.loading import load_fields
from kinect_sync.timing.lasers.plan import DEFAULT_MIN_GAP_US, PlanRequest, Spacing, Strategy
from kinect_sync.timing.lasers.planned_rig import TOLERATED, PlannedRig, plan_rig
from kinect_sync.timing.lasers.report import PlanReport

_STRATEGIES = [str(strategy) for strategy in Strategy]
_SPACINGS = [str(spacing) for spacing in Spacing]
_FIGURES = (".svg", ".png", ".pdf")


@click.command("plan-offsets", epilog="Exit codes: 0 planned; 2 usage, rig file, or there is no plan.")
@rig_argument
@click.option("--strategy", type=click.Choice(_STRATEGIES), default="interleave", show_default=True,
              help="interleave: depth alone is delayed, color stays simultaneous; shift: color and depth "
              "together; stagger: captures spread evenly over the period.")  # fmt: skip
@click.option("--spacing", type=click.Choice(_SPACINGS), default="recommended", show_default=True,
              help="recommended: 160 µs steps; even: the largest smallest gap.")  # fmt: skip
@click.option("--min-gap-us", metavar="N", type=COUNT, default=DEFAULT_MIN_GAP_US,
              show_default=True, help="Smallest gap between the laser pulses of two devices.")  # fmt: skip
@click.option("--max-delay-us", metavar="N", type=COUNT,
              show_default="what the hardware takes", help="Delay no device by more.")  # fmt: skip
@click.option(
    "--replan", is_flag=True, help="Also plan devices that have a delay in RIG; else those are kept."
)
@json_option
@click.option("--plot", "figure", metavar="FILE", type=FILE,
              help="Draw the plan: .svg, .png or .pdf; needs matplotlib.")  # fmt: skip
@output_file_option("the rig with its delays", default="stdout, unless that is a terminal")
@force_option
def plan_offsets(
    rig: str, figure: Path | None, output: Path | None, *, as_json: bool, force: bool, **wanted: Any
) -> None:
    """Plan the delays of RIG, a YAML file or `-`, so that lasers never meet.

    Piped, the rig file comes out with the offsets filled in, comments and order kept. On a terminal, a
    table and a timeline.
    """

    def work() -> PlanReport:
        _check_files(output, figure, force=force)
        planned = plan_rig(load_fields(rig, TOLERATED), _request(wanted))
        if figure is not None:
            _draw(planned, figure)
        if output is not None:
            _write(output, planned.report.text or "")
            say(f"written: {output}", err=True)
        return planned.report

    answer(PlanReport, work, partial(_show, written=output is not None), as_json=as_json, tell=_told)


def _told(report: PlanReport) -> Iterator[Finding]:
    """Tell the gap in a pipe, beside the rig; on a terminal it stands with the table."""
    drawn = sys.stdout.isatty()
    return (each for each in report.findings if not drawn or each.kind is not LASER_GAP)


def _request(wanted: dict[str, Any]) -> PlanRequest:
    strategy, spacing = Strategy(wanted.pop("strategy")), Spacing(wanted.pop("spacing"))
    return PlanRequest(strategy=strategy, spacing=spacing, **wanted)


def _check_files(output: Path | None, figure: Path | None, *, force: bool) -> None:
    """Refuse before anything is computed: a rig file took somebody an afternoon."""
    if output is not None and output.exists() and not force:
        what, remedy = f"{output} exists", "choose another name, or replace it with `--force`"
        raise UsageError(FILE_EXISTS.found(what, remedy=remedy))
    if figure is not None and figure.suffix.lower() not in _FIGURES:
        what, remedy = f"{figure} is not the name of a figure", f"let it end in {', '.join(_FIGURES)}"
        raise UsageError(NOT_A_FIGURE.found(what, remedy=remedy))
    if figure is not None:
        from kinect_sync.cli.plan_figure import require_matplotlib

        require_matplotlib()


def _draw(planned: PlannedRig, figure: Path) -> None:
    from kinect_sync.cli.plan_figure import draw_plan

    try:
        draw_plan(planned.report, planned.plan.rig, figure)
    except OSError as error:
        raise _not_written(figure, error) from error


def _write(path: Path, text: str) -> None:
    """Write the file in one step; a link to it stays one."""
    path = path.resolve()
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> UsageError:
    what = f"{path} cannot be written: {error.strerror or error}"
    return UsageError(FILE_NOT_WRITTEN.found(what))


def _show(report: PlanReport, *, written: bool) -> None:
    """Print the plan on a terminal, and elsewhere the rig file, unless that was written."""
    if sys.stdout.isatty():
        from kinect_sync.cli.timeline import show_plan

        show_plan(report)
    elif not written:
        sys.stdout.flush()
        sys.stdout.buffer.write((report.text or "").encode())
        sys.stdout.buffer.flush()
