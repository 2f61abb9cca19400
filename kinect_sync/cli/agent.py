"""`ksync agent`: lend this computer's devices to the directors of a studio."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click

from kinect_sync.agent.running import ORPHAN_LIMIT_S, AgentPlan, run_agent
from kinect_sync.cli.options import FOLDER, SECONDS
from kinect_sync.cli.saying import say
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.studio.own_folder import app_folder


@click.command(
    epilog="Exit codes: 0 ended; 2 usage, the folder, or an agent runs with it already; 3 it can't listen."
)
@click.argument(
    "folder",
    metavar="[DIR]",
    required=False,
    envvar="KSYNC_AGENT",
    default=lambda: app_folder() / "agent",
    type=FOLDER,
)
@click.option(
    "--takes",
    metavar="DIR",
    default="takes",
    show_default=True,
    type=FOLDER,
    help="Folder that takes are put into on this computer.",
)
@click.option(
    "--orphan-limit",
    metavar="S",
    type=SECONDS,
    default=ORPHAN_LIMIT_S,
    show_default=True,
    help="How long devices record on without a director, if no end is planned.",
)
@click.option("--simulate", is_flag=True, help="Lend simulated devices instead of those that are connected.")
def agent(folder: Path, takes: Path, orphan_limit: float, *, simulate: bool) -> None:
    """Lend the devices of this computer to the directors of its studio, until Ctrl-C.

    DIR is the folder that `ksync hosts add` made for this computer; without it, the variable KSYNC_AGENT
    names it, or it is `agent` in ksync's folder of your settings. What the agent does stands on stderr.

    Devices that record go on when the agent ends, and an agent that is started again finds them.
    """
    plan = AgentPlan(folder, takes, orphan_limit, simulates=simulate)
    with stop_signals() as stopping:
        run_agent(plan, stopping, _say)


def _say(line: str) -> None:
    """Print a line with its time; where nobody reads it any more, the agent goes on all the same."""
    with suppress(OSError):
        say(f"{datetime.now():%Y-%m-%d %H:%M:%S} {line}", err=True)
