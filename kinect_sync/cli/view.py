"""`ksync view`: a rig on a page before a take, and a take while it is recorded and afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.options import (
    COUNT,
    FOLDER,
    Number,
    Whole,
    allow_extra_option,
    duration_option,
    look_for_option,
    playback_option,
    quiet_option,
    simulate_option,
    studio_option,
    trigger_timeout_option,
)
from kinect_sync.cli.saying import say
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.cli.walking import board_to_look_for, with_walk
from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.viewer.process import go_apart, stand_back

if TYPE_CHECKING:
    from kinect_sync.viewer.serving.shared import Complete
    from kinect_sync.viewer.sources import Source

_EPILOG = (
    "Exit codes: 0 ended (of a rig: in sync); 1 the rig is not in sync, or not as it is described; 2 usage, "
    "rig file, or no take; 3 device or SDK, or nobody can listen at that address; 130 interrupted before "
    "there was anything to see."
)
_RIG_FILES = (".yaml", ".yml", ".json")


@click.command(epilog=_EPILOG)
@click.argument("target", metavar="TAKE|RIG")
@click.option(
    "--standalone",
    is_flag=True,
    help="With RIG: run each device by itself, as before cables are plugged; nobody judges whether they are "
    "in sync.",
)
@simulate_option
@playback_option
@duration_option()
@allow_extra_option
@trigger_timeout_option
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to serve at; any but this computer's own shows the pictures to others.",
)
@click.option("--port", metavar="N", type=Whole(0, 65535), default=0, show_default="a free one", help="Port.")
@click.option(
    "--linger",
    metavar="S",
    type=Number(min=0),
    default=None,
    show_default="until Ctrl-C",
    help="With TAKE: end when nobody has looked for so many seconds, but not while the take is recorded.",
)
@click.option(
    "--left-free",
    metavar="MB",
    type=COUNT,
    default=RESERVE_BYTES // 1_000_000,
    show_default=True,
    help="With TAKE: the --min-free at which it ends, for the minutes of disk left.",
)
@look_for_option
@studio_option
@quiet_option
@click.option("--published", is_flag=True, hidden=True, help="TAKE is where a rig is published.")
@click.pass_context
def view(
    ctx: click.Context,
    target: str,
    simulate: str | None,
    playback: Path | None,
    duration: float | None,
    trigger_timeout: float,
    host: str,
    port: int,
    linger: float | None,
    left_free: int,
    board: str | None,
    studio: Path,
    *,
    standalone: bool,
    allow_extra: bool,
    quiet: bool,
    published: bool,
) -> None:
    """Show a take, or a rig before one, on a page in a browser.

    TAKE is the folder of a recording: it is shown while it is recorded, and afterwards. The viewer reads
    files alone: it may be stopped, killed or left open, and costs the recording nothing.

    With --board it looks for the board that is carried through the rig, and shows how much of each image it
    covered, what is missing still, and when it is enough to calibrate by.

    RIG is a YAML file or `-`: the rig is started as `ksync verify` does it, and shown until Ctrl-C; nothing
    is kept. It ends with what verify would say of that time.

    The address of the page is printed: of a take on stdout, of a rig on stderr. It holds a token, without
    which nobody sees anything; on a computer that is reached over ssh, `ssh -L` brings the page to the one in
    front of you. Pictures of devices at other computers are made by the agents there, small ones and five
    times a second at most.
    """
    if not _is_rig(target, simulate):
        _refuse_options_of_rigs(ctx)
        take = FOLDER.convert(target, None, ctx)
        sought = None if board is None else board_to_look_for(board)
        is_left = go_apart()
        with ExitStack() as stack:
            source, complete = _looked_at(
                take, studio, stack, reserve_bytes=left_free * 1_000_000, published=published
            )
            source, walk = with_walk(take, source, sought, quiet=quiet)
            serve(source, host, port, linger, is_left, complete, walk)
        return
    if board is not None:
        raise click.UsageError("--board is for a take: of a rig that is only shown nothing is kept")
    if linger is not None:
        raise click.UsageError("--linger is for a take: a rig is shown until Ctrl-C, or for --duration")
    from kinect_sync.cli.view_rig import RigView, view_rig

    view_rig(
        RigView(
            rig=target,
            simulate=simulate,
            playback=playback,
            standalone=standalone,
            duration=duration,
            allow_extra=allow_extra,
            trigger_timeout=trigger_timeout,
            studio=studio,
            host=host,
            port=port,
            quiet=quiet,
        )
    )


def serve(
    source: Source,
    host: str,
    port: int,
    linger_s: float | None,
    is_left: Callable[[], bool] = lambda: False,
    complete: Complete | None = None,
    meanwhile: AbstractContextManager[None] | None = None,
) -> None:
    """Serve a source's page until Ctrl-C, or nobody looks any more; its address comes out on stdout.

    `meanwhile` is what is done besides, behind everything else as well.
    """
    from kinect_sync.findings.viewing import VIEWER_IS_OPEN
    from kinect_sync.viewer.serving.access import is_private
    from kinect_sync.viewer.serving.serving import Linger, serving, wait_for_end
    from kinect_sync.viewer.serving.shared import SharedView, as_it_is

    shared = SharedView(source, complete or as_it_is)
    with stop_signals() as stopping, serving(shared.answer, host, port) as server:
        if not is_private(host):
            show_finding(
                VIEWER_IS_OPEN.found(f"whoever reaches {host} and has the address sees the pictures")
            )
        say(server.address)
        sys.stdout.flush()
        shared.warm_up()
        stand_back()  # from now on: a program that starts at the end of a queue takes for ever
        with meanwhile or nullcontext():
            wait_for_end(server, lambda: stopping() or is_left(), Linger(linger_s, shared.is_recorded))


def _is_rig(target: str, simulate: str | None) -> bool:
    """Tell a rig file from the folder of a take."""
    path = Path(target)
    looks_like_one = path.suffix in _RIG_FILES and not path.is_dir()
    return target == "-" or simulate is not None or path.is_file() or looks_like_one


def _refuse_options_of_rigs(ctx: click.Context) -> None:
    for name in ("standalone", "playback", "duration", "allow_extra", "trigger_timeout"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} is for a rig file, and {ctx.params['target']} is none")


def _looked_at(
    take: Path, studio: Path, stack: ExitStack, *, reserve_bytes: int, published: bool
) -> tuple[Source, Complete]:
    """Return a take as something to look at, and what completes it; UsageError where there is none."""
    from kinect_sync.benches.reaching import studio_reach
    from kinect_sync.benches.viewing import Elsewhere
    from kinect_sync.errors import UsageError
    from kinect_sync.findings.files import TAKE_MISSING
    from kinect_sync.viewer.head import ViewState
    from kinect_sync.viewer.recorded_take import TakeSource
    from kinect_sync.viewer.shown_rig import ShownRig
    from kinect_sync.viewer.surroundings import Surroundings

    source = ShownRig(take) if published else TakeSource(take, Surroundings(reserve_bytes=reserve_bytes))
    head = source.look(None).head
    if head.state in (ViewState.WAITING, ViewState.UNREADABLE):
        raise UsageError(TAKE_MISSING.found(f"{take} is not the folder of a take: {head.whole.words}"))
    elsewhere = Elsewhere(take.name if published else head.name, studio_reach(studio))
    stack.callback(elsewhere.close)
    return source, elsewhere.complete
