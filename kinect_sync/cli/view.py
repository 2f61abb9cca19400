"""`ksync view`: the pictures of a take on a page, while it is recorded and afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.options import FOLDER, Number, Whole
from kinect_sync.cli.saying import say
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.viewer.process import go_apart, stand_back

if TYPE_CHECKING:
    from kinect_sync.viewer.sources import Source

_EPILOG = "Exit codes: 0 ended; 2 usage, or no take; 3 nobody can listen at that address."


@click.command(epilog=_EPILOG)
@click.argument("take", metavar="TAKE", type=FOLDER)
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
    help="End when nobody has looked for so many seconds, but not while the take is recorded.",
)
def view(take: Path, host: str, port: int, linger: float | None) -> None:
    """Show TAKE, the folder of a recording, on a page in a browser: while it is recorded, and afterwards.

    The address of the page is printed on stdout. It holds a token, without which nobody sees anything; on a
    computer that is reached over ssh, `ssh -L` brings the page to the one in front of you. The viewer reads
    files alone: it may be stopped, killed or left open, and costs the recording nothing.
    """
    is_left = go_apart()
    serve(_look_at(take), host, port, linger, is_left)


def serve(
    source: Source, host: str, port: int, linger_s: float | None, is_left: Callable[[], bool] = lambda: False
) -> None:
    """Serve a source's page until Ctrl-C, or nobody looks any more; its address comes out on stdout."""
    from kinect_sync.findings.viewing import VIEWER_IS_OPEN
    from kinect_sync.viewer.serving.access import is_private
    from kinect_sync.viewer.serving.serving import Linger, serving, wait_for_end
    from kinect_sync.viewer.serving.shared import SharedView

    shared = SharedView(source)
    with stop_signals() as stopping, serving(shared.answer, host, port) as server:
        if not is_private(host):
            show_finding(
                VIEWER_IS_OPEN.found(f"whoever reaches {host} and has the address sees the pictures")
            )
        say(server.address)
        sys.stdout.flush()
        stand_back()  # from now on: a program that starts at the end of a queue takes for ever
        wait_for_end(server, lambda: stopping() or is_left(), Linger(linger_s, shared.is_recorded))


def _look_at(take: Path) -> Source:
    """Return a take as something to look at; UsageError where there is none."""
    from kinect_sync.errors import UsageError
    from kinect_sync.findings.files import TAKE_MISSING
    from kinect_sync.viewer.head import ViewState
    from kinect_sync.viewer.recorded_take import TakeSource

    source = TakeSource(take)
    head = source.look(None).head
    if head.state not in (ViewState.RECORDING, ViewState.ENDED):
        raise UsageError(TAKE_MISSING.found(f"{take} is not the folder of a take: {head.whole.words}"))
    return source
