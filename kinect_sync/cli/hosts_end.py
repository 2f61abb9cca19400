"""`ksync hosts end`: end what hosts still record of a take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from kinect_sync.benches.reaching import calling_studio, this_director
from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import json_option, studio_option
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.errors import Interrupted
from kinect_sync.hosts.ending import EndedHost, EndedTake, Recorded, end_take, find_take


@click.command(
    "end",
    epilog="Exit codes: 0 ended wherever it was recorded; 1 no host records it; 2 usage, or a director is "
    "there; 3 a host does not answer; 130 interrupted.",
)
@click.argument("take", metavar="TAKE", callback=lambda _ctx, _param, take: Path(take).name)
@click.option("--yes", is_flag=True, help="End it also where a director is there, and ask nothing.")
@studio_option
@json_option
def end(take: str, studio: Path, *, yes: bool, as_json: bool) -> None:
    """End in good order what the hosts of the studio record of TAKE: its name, or its folder.

    A take goes on where its director is gone, to its planned end, or until its host has waited too long. This
    ends it at once, from any computer that has the studio; files are closed as at the end of any take, and
    stay where they are. Where a director is there, you are asked on a terminal.
    """

    def work() -> EndedTake:
        with calling_studio(studio) as (roll, hosts):
            recorded = find_take(roll, hosts, take)
            running = recorded.director is not None and (yes or _ask(recorded))
            with stop_signals() as stopping:
                rest = partial(_rest, stopping)
                return end_take(roll, recorded, by=this_director(), running=running, rest=rest)

    answer(EndedTake, work, show_end, as_json=as_json)


def show_end(report: EndedTake) -> None:
    """Print a row per host that recorded the take."""
    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    rows = [_cells(host) for host in report.hosts]
    show_rows(("host", "take", "devices", "captures"), rows, stdout_console())


_STATES = {"ended": "ended", "ending": "still ending", "not_ended": "not ended"}


def _cells(host: EndedHost) -> list[str]:
    return [host.host, _STATES[host.state], ", ".join(host.devices), str(host.captures)]


def _ask(recorded: Recorded) -> bool:
    """Ask on a terminal whether a take that somebody directs is to be ended; elsewhere it is not."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    where = ", ".join(f"{host} ({', '.join(part.devices)})" for host, part in recorded.parts.items())
    return click.confirm(
        f"{recorded.director} directs {recorded.take}, recorded on {where}. End it?", err=True
    )


def _rest(stopping: Callable[[], bool], seconds: float) -> None:
    if stopping():
        raise Interrupted
    time.sleep(seconds)
