"""The consoles that results and findings are printed on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Any, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from kinect_sync.cli.saying import safe

_FILE_WIDTH = 240
"""Columns where there is no terminal: enough for every line."""


class PlainConsole(Console):
    """A console that shows text as it stands: no letter of it is markup, nothing in it moves the cursor.

    It leaves a broken pipe to `main`; rich would end the process with code 1, a verdict.
    """

    def __init__(self, **settings: Any) -> None:
        """Make a console as rich does, but for what rich reads into text."""
        super().__init__(highlight=False, markup=False, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does, and make the text safe for a terminal; what moves the cursor is rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=safe(segment.text))

    def on_broken_pipe(self) -> NoReturn:
        """Raise instead of exiting."""
        self.quiet = True
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def stdout_console() -> Console:
    """Return the console for results; as wide as it takes where stdout is no terminal."""
    console = PlainConsole()
    return console if console.is_terminal else PlainConsole(width=_FILE_WIDTH)


def stderr_console() -> Console:
    """Return the console for talk: findings and progress."""
    return PlainConsole(stderr=True)
