"""What a self-test found, as an operator reads it: step by step, the verdict last."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.cli.rows import show_rows
from kinect_sync.cli.selftest_marks import mark_of
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.selftest.report import NOT_ASKED, Outcome, SelftestReport, StepResult
from kinect_sync.verdicts import Verdict

_VERDICTS = {Verdict.GOOD: "as expected", Verdict.BAD: "not as expected"}


def show_list(report: SelftestReport) -> None:
    """Print the steps, and what each needs."""
    rows = [
        (step.name, step.question, f"{max(1, round(step.about_s / 60))} min", step.reason or "")
        for step in report.steps
    ]
    show_rows(("step", "question", "about", "note"), rows, stdout_console())


def show_result(report: SelftestReport, console: Console | None = None) -> None:
    """Print each step with what was seen, then the verdict and where everything is."""
    console = console or stdout_console()
    later = [step.name for step in report.steps if step.reason == NOT_ASKED]
    for step in report.steps:
        if step.name not in later:
            _show(console, step)
    if later:
        mark, style = mark_of(Outcome.NOT_DONE, console.encoding)
        console.print(Text(f"{mark} {NOT_ASKED}: {', '.join(later)}", style=style))
    counts = Counter(step.outcome for step in report.steps)
    told = ", ".join(f"{counts[outcome]} {outcome.told}" for outcome in Outcome if counts[outcome])
    verdict = Text.assemble(_verdict(report), f": {report.rig}: {told}")
    console.print(verdict, soft_wrap=not console.is_terminal)
    if report.archive is not None:
        console.print(Text(f"everything is in {report.archive}"), soft_wrap=True)


def _verdict(report: SelftestReport) -> tuple[str, str]:
    if report.verdict is Verdict.GOOD and not report.tells:
        return "nothing done", "bold yellow"
    return verdict_words(report.verdict, _VERDICTS)


def _show(console: Console, step: StepResult) -> None:
    mark, style = mark_of(step.outcome, console.encoding)
    head = Text.assemble((f"{mark} {step.name}", style), f": {step.question}")
    lines = [Text(each) for each in step.seen]
    lines += [Text(f"not done: {step.reason}", style="dim")] if step.reason else []
    for finding in step.findings:
        device = f"{finding.device}: " if finding.device else ""
        weight = "bold red" if finding.severity.value == "error" else "bold yellow"
        lines.append(Text.assemble((f"{finding.severity.value}: ", weight), (device, "bold"), finding.what))
        lines += [Text.assemble(("do: ", "bold green"), finding.remedy)] if finding.remedy else []
    if not console.is_terminal:  # one line each, however long, for grep
        for line in (head, *(Text("  ") + line for line in lines)):
            console.print(line, soft_wrap=True)
        return
    console.print(head)
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row("", line)
    console.print(table)
