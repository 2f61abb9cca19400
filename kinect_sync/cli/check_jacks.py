"""`ksync check-jacks`: the sync cables, as far as the plugs can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import EPILOG, chosen_lookouts, load_optional_rig
from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.options import (
    SECONDS,
    allow_extra_option,
    json_option,
    optional_rig_argument,
    simulate_option,
    studio_option,
)
from kinect_sync.cli.saying import say
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.survey.jack_check import JackReport, report_jacks
from kinect_sync.survey.jack_watch import watch_jacks
from kinect_sync.survey.places import survey_places, watching_places

Show = Callable[[JackReport], None]


@click.command(
    "check-jacks",
    epilog=EPILOG.format(
        good="every plug is right (or unknown, on a Femto)", bad="a plug is wrong or missing"
    ),
)
@optional_rig_argument
@click.option(
    "--watch", is_flag=True, help="Repaint as cables are plugged, and end as soon as they are right."
)
@click.option(
    "--timeout",
    metavar="S",
    type=SECONDS,
    help="With --watch: give up after so many seconds, with the exit code of what was seen last.",
)
@simulate_option
@allow_extra_option
@studio_option
@json_option
def check_jacks(
    rig: str | None,
    timeout: float | None,
    simulate: str | None,
    studio: Path,
    *,
    watch: bool,
    allow_extra: bool,
    as_json: bool,
) -> None:
    """Compare the sync jacks of the connected devices with RIG, a YAML file or `-`.

    Each difference names the cable to plug. Without RIG, the wiring that would explain the plugs is told,
    or why none does. A jack reports a plug, not a signal: a broken cable looks like a good one, and devices
    in the middle of a chain look alike. `ksync verify` proves the cables by what the devices do. Devices of
    the rig's hosts are looked at there.

    With --watch, devices stay open between two looks; Ctrl-C ends it with 130. With --simulate, the file
    of faults is read again whenever it changes, as if cables were plugged.
    """
    if timeout is not None and not watch:
        raise click.UsageError("--timeout belongs to --watch")

    def check() -> JackReport:
        loaded = load_optional_rig(rig, simulate)
        judge = partial(report_jacks, rig=loaded, allow_extra=allow_extra)
        with stop_signals() as stopping, chosen_lookouts(loaded, simulate, studio) as out:
            if not watch:
                return judge(survey_places(out.looks, stopping, show_finding))
            with watching_places(out.looks, stopping, show_finding) as places, _watching() as show:
                return watch_jacks(places, judge, show, timeout_s=timeout)

    answer(JackReport, check, show_jacks, as_json=as_json)


def show_jacks(report: JackReport) -> None:
    """Print a row per device, and what they amount to."""
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.jack_table import lay_out_jacks

    console = stdout_console()
    console.print(lay_out_jacks(report, console))


@contextmanager
def _watching() -> Iterator[Show]:
    """Repaint on a terminal; elsewhere a line on stderr whenever something has changed."""
    from kinect_sync.cli.console import stderr_console
    from kinect_sync.cli.jack_table import differences, lay_out_jacks

    console = stderr_console()
    if console.is_terminal:
        from rich.live import Live

        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield lambda report: live.update(lay_out_jacks(report, console, told=True), refresh=True)
        return
    told: list[str] = []

    def tell(report: JackReport) -> None:
        line = f"{report.verdict}: {differences(report) or 'every plug is right'}"
        if told[-1:] != [line]:
            told.append(line)
            say(line, err=True)

    yield tell
