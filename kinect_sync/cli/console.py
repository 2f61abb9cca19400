"""The consoles that results and findings are printed on."""

from __future__ import annotations

import errno
import os
from typing import NoReturn

from rich.console import Console

_FILE_WIDTH = 240
"""Columns where there is no terminal: enough for every line."""


class PlainConsole(Console):
    """A console that leaves a broken pipe to `main`; rich would end the process with code 1, a verdict."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise instead of exiting."""
        self.quiet = True
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def stdout_console() -> Console:
    """Return the console for results; as wide as it takes where stdout is no terminal."""
    console = PlainConsole(highlight=False)
    return console if console.is_terminal else PlainConsole(highlight=False, width=_FILE_WIDTH)


def stderr_console() -> Console:
    """Return the console for talk: findings and progress."""
    return PlainConsole(stderr=True, highlight=False)
