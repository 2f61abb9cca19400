"""How far it is with drawing what simulated cameras will see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kinect_sync.benches.drawing import Progress
from kinect_sync.cli.saying import say
from kinect_sync.steady import steady_s

_LINE_S = 5.0
"""From one line of progress to the next, where there is no terminal."""


@contextmanager
def progress_of_drawing(*, quiet: bool) -> Iterator[Progress]:
    """Draw a bar on a terminal once there is something to draw; elsewhere say now and then how far it is."""
    from kinect_sync.cli.console import stderr_console

    console = stderr_console()
    if quiet or not console.is_terminal:
        yield (lambda done, total: None) if quiet else _Lines().show  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("images"))
    with Bars(*columns, TimeRemainingColumn(), console=console) as bars:
        task = bars.add_task("drawing the room", total=None, visible=False)
        yield lambda done, total: bars.update(task, completed=done, total=total, visible=True)


class _Lines:
    """Says in lines how far it is."""

    def __init__(self) -> None:
        self._said_s: float | None = None

    def show(self, done: int, total: int) -> None:
        if self._said_s is None or steady_s() - self._said_s >= _LINE_S or done == total:
            self._said_s = steady_s()
            say(f"drawing the room: {done} of {total} images", err=True)
