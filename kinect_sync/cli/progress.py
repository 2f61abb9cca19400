"""The bar of commands that turn many captures into files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kinect_sync.review.spreading import Progress


@contextmanager
def progress_bar(doing: str, counted: str, *, quiet: bool) -> Iterator[Progress]:
    """Draw a bar on a terminal; elsewhere there is nothing to say until the end."""
    from kinect_sync.cli.console import stderr_console

    console = stderr_console()
    if quiet or not console.is_terminal:
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(counted))
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def progress_in_mb(doing: str, *, quiet: bool) -> Iterator[Progress]:
    """Draw the same bar of work that is told in bytes."""
    with progress_bar(doing, "MB", quiet=quiet) as progress:
        yield lambda done, total: progress(done // 1_000_000, total // 1_000_000)
