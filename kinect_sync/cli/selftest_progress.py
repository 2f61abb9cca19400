"""A self-test as it goes on, on stderr: a line per step, and on a terminal what is being done right now."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from kinect_sync.cli.console import stderr_console
from kinect_sync.cli.selftest_marks import mark_of
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Severity
from kinect_sync.selftest.report import Outcome, StepResult
from kinect_sync.selftest.selftesting import Watcher
from kinect_sync.selftest.stand import Hand
from kinect_sync.selftest.step import Step

LOOKS_EVERY_S = 0.2
"""How soon Ctrl-C is heard while somebody is asked."""


@contextmanager
def following(*, quiet: bool) -> Iterator[ProgressWatcher]:
    """Show how a self-test goes on; leaving the context leaves nothing that moves on the screen."""
    console = stderr_console()
    watcher = ProgressWatcher(console, quiet=quiet)
    try:
        yield watcher
    finally:
        watcher.rest()


class ProgressWatcher(Watcher):
    """Shows each step on stderr; a closed terminal costs the view, not the self-test."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        """Show on `console`; `quiet` says nothing but what somebody is to do."""
        self._console = console
        self._quiet = quiet
        self._status: Status | None = None
        self._step = ""

    def on_begin(self, step: Step[Any], number: int, count: int) -> None:
        """Say which step begins."""
        self._step = f"{number}/{count} {step.name}"
        if self._console.is_terminal:
            self._move(f"{self._step}: {step.question}")
        else:
            self._say(Text(f"{self._step}: {step.question}"))

    def on_result(self, result: StepResult, *, kept: bool) -> None:
        """Say what came of a step."""
        self.rest()
        mark, style = mark_of(result.outcome, self._console.encoding)
        how = _known_from_before(result) if kept else _how(result)
        self._say(Text.assemble((f"{mark} {result.name}", style), f": {result.outcome.told}, {how}"))
        errors = [each for each in result.findings if each.severity is Severity.ERROR]
        for finding in () if kept else errors:  # whoever hears of a plug now need not wait for the end
            device = f"{finding.device}: " if finding.device else ""
            self._say(Text(f"  {device}{finding.what}"))

    def say_kept(self, folder: Path) -> None:
        """Say, where it was interrupted, that nothing of it is lost."""
        self.rest()
        self._say(Text(f"interrupted: what was done is kept in {folder}, and the same command goes on there"))

    def tell(self, what: str) -> None:
        """Say what is being done within a step, where somebody watches."""
        if self._console.is_terminal:
            self._move(f"{self._step}: {what}" if self._step else what)

    def rest(self) -> None:
        """Let nothing move on the screen."""
        if self._status is not None:
            with suppress(OSError):
                self._status.stop()
            self._status = None

    def hand(self, stopping: Callable[[], bool]) -> Hand | None:
        """Return whoever sits at the terminal; None where nobody can be asked."""
        if not (self._console.is_terminal and sys.stdin is not None and sys.stdin.isatty()):
            return None
        return Hand(ask=lambda what: self._ask(what, stopping), tell=self._call)

    def _ask(self, what: str, stopping: Callable[[], bool]) -> bool:
        self.rest()
        self._console.print(Text.assemble(("do: ", "bold green"), what))
        self._console.print(
            Text("Enter when it is done; s and Enter to leave this out: ", style="dim"), end=""
        )
        answered = _read_line(stopping)
        return answered.strip().lower() not in ("s", "skip") and answered != ""

    def _call(self, what: str) -> None:
        self.rest()
        self._console.bell()
        self._console.print(Text.assemble(("now: ", "bold red"), what))

    def _move(self, what: str) -> None:
        if self._quiet:
            return
        with suppress(OSError):
            if self._status is None:
                self._status = self._console.status("")
                self._status.start()
            self._status.update(Text(what, overflow="ellipsis", no_wrap=True))

    def _say(self, line: Text) -> None:
        if not self._quiet:
            with suppress(OSError):
                self._console.print(line, soft_wrap=not self._console.is_terminal)


def _how(result: StepResult) -> str | None:
    return result.reason if result.outcome is Outcome.NOT_DONE else f"{result.took_s:.0f} s"


def _known_from_before(result: StepResult) -> str:
    """Say how a step is done again, where what was wrong may be mended by now."""
    again = f"; `--only {result.name}` does it again" if result.outcome is Outcome.OTHERWISE else ""
    return f"known from before{again}"


def _read_line(stopping: Callable[[], bool]) -> str:
    """Wait for a line from the terminal; `Interrupted` where an end is asked for meanwhile."""
    while not stopping():
        try:
            ready = select.select([sys.stdin], [], [], LOOKS_EVERY_S)[0]
        except (OSError, ValueError):  # Windows can wait for no console: there the line comes first
            ready = [sys.stdin]
        if ready:
            return sys.stdin.readline()
    raise Interrupted
