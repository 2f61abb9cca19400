"""The checks of `ksync doctor` as an operator reads them: by theme, in words, with what to do beneath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.doctor.checkup import Checkup, Section
from kinect_sync.doctor.results import CheckResult, Status, count_of, results_of
from kinect_sync.verdicts import Verdict

_MARKS = {
    Status.OK: ("✓", "+", "green"),
    Status.WARNING: ("!", "!", "bold yellow"),
    Status.PROBLEM: ("✗", "x", "bold red"),
    Status.UNKNOWN: ("?", "?", "bold cyan"),
}
"""Symbol, the same where the console has ASCII alone, and style."""
_VERDICTS = {
    Verdict.GOOD: "nothing is known to break a take",
    Verdict.BAD: "something will break a take",
    Verdict.FAILED: "a device or the SDK could not be asked",
}


def show_checkup(checkup: Checkup, console: Console | None = None) -> None:
    """Print every check under its theme, and the verdict last."""
    console = console or stdout_console()
    if checkup.hosts and checkup.sections:
        console.print(Text("this computer", style="bold underline"))
    _show_sections(console, checkup.sections)
    for host in checkup.hosts:
        console.print(Text(host.host, style="bold underline"))
        _show_sections(console, host.sections)
        if not host.sections:  # nobody could look
            for result in results_of(host.findings):
                _show(console, result)
    verdict = Text.assemble(verdict_words(checkup.verdict, _VERDICTS), f": {_counts(checkup)}")
    console.print(verdict, soft_wrap=not console.is_terminal)


def _show_sections(console: Console, sections: Iterable[Section]) -> None:
    for section in sections:
        console.print(Text(section.theme, style="bold"))
        for check in section.checks:
            _show(console, check)


def _show(console: Console, check: CheckResult) -> None:
    symbol, plain, style = _MARKS[check.status]
    mark = symbol if "utf" in console.encoding.lower() else plain
    device = f"{check.device}: " if check.device else ""
    told = Text.assemble((device, "bold"), f"{check.what}  ", (f"[{check.name}]", "dim"))
    status = Text(f"{mark} {check.status.value:<7}", style=style)
    remedy = Text.assemble(("do: ", "bold green"), check.remedy or "")
    if not console.is_terminal:  # one line each, however long, for grep
        console.print(Text("  ") + status + Text("  ") + told, soft_wrap=True)
        if check.remedy:
            console.print(Text(" " * 13) + remedy, soft_wrap=True)
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(" ") + status, told)
    if check.remedy:
        table.add_row("", remedy)
    console.print(table)


def _counts(checkup: Checkup) -> str:
    checks = (*checkup.checks, *(check for host in checkup.hosts for check in host.checks))
    counts = Counter(check.status for check in checks)
    parts = [f"{counts[Status.OK]} ok"]
    parts += [
        count_of(counts[status], status.value)
        for status in (Status.PROBLEM, Status.WARNING)
        if counts[status]
    ]
    parts += [f"{counts[Status.UNKNOWN]} unknown"] if counts[Status.UNKNOWN] else []
    return ", ".join(parts)
