"""Findings on stderr: colored and folded on a terminal, one line each elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kinect_sync.findings import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}


def show_findings(findings: Iterable[Finding], console: Console | None = None) -> None:
    """Show findings in their order; on a pipe as `severity: where: device: field: what; remedy`."""
    findings = tuple(findings)
    if not findings:
        return
    if console is None and not sys.stderr.isatty():
        sys.stderr.writelines(f"{finding.severity.value}: {finding}\n" for finding in findings)
        sys.stderr.flush()
        return
    if console is None:
        from kinect_sync.cli.console import stderr_console

        console = stderr_console()
    for finding in findings:
        console.print(_text(finding), overflow="fold", no_wrap=False)


def show_warnings(findings: Iterable[Finding]) -> None:
    """Show those before the work that are more than a note."""
    show_findings(each for each in findings if each.severity is not Severity.NOTE)


def show_finding(finding: Finding) -> None:
    """Show one that is found when a command has done its work."""
    show_findings((finding,))


def _text(finding: Finding) -> Text:
    """Lay a finding out in up to three lines; what a line does not hold is folded, never cut."""
    from rich.text import Text

    text = Text(f"{finding.severity.value}: ", style=_STYLES[finding.severity])
    place = ": ".join(part for part in (finding.where, finding.device, finding.field) if part)
    if place:
        text.append(f"{place}\n", style="bold")
        text.append("  ")
    text.append(finding.what, style="default not bold")
    if finding.remedy:
        text.append("\n  do: ", style="bold green")
        text.append(finding.remedy, style="default not bold")
    return text
