"""The jacks of a bench as an operator reads them."""

from __future__ import annotations

from rich.console import Console, Group
from rich.text import Text

from kinect_sync.cli.devices import jack_text
from kinect_sync.cli.rows import lay_out
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.findings import Severity
from kinect_sync.survey.jack_check import JackReport, JackState
from kinect_sync.verdicts import Verdict


def lay_out_jacks(report: JackReport, console: Console, *, told: bool = False) -> Group:
    """Lay the report out for a console, with its findings where nobody else tells them."""
    rows = [_cells(state) for state in report.devices]
    headings = ["device", "serial", "host", "sync in", "sync out", "place"]
    parts: list[Text | object] = [lay_out(headings, rows, console)] if rows else []
    if told:
        parts += [
            Text(f"{finding.severity.value}: {finding}", overflow="fold") for finding in report.findings
        ]
    return Group(*parts, _verdict(report))  # type: ignore[arg-type]


def differences(report: JackReport) -> str:
    """Say every error in a line."""
    return "; ".join(str(finding) for finding in report.findings if finding.severity is Severity.ERROR)


def _verdict(report: JackReport) -> Text:
    if report.rig is None:
        told = report.wiring or "a device could not be read"
    elif report.verdict is Verdict.GOOD:
        told = f"every plug is as {report.rig} needs it"
    elif report.verdict is Verdict.UNKNOWN:
        told = f"the jacks cannot tell; `ksync verify` proves the cables of {report.rig}"
    else:
        count = sum(finding.severity is Severity.ERROR for finding in report.findings)
        told = f"{count} thing{'' if count == 1 else 's'} to put right for {report.rig}"
    return Text.assemble(verdict_words(report.verdict), ": ", told)


def _cells(state: JackState) -> list[str | Text]:
    return [
        state.name or "",
        state.serial or f"? (index {state.index})",
        state.host or "",
        _jack(state, plugged=state.sync_in, expected=state.expected_in),
        _jack(state, plugged=state.sync_out, expected=state.expected_out),
        str(state.place) if state.index is not None else "",
    ]


def _jack(state: JackState, *, plugged: bool | None, expected: bool | None) -> Text:
    if state.index is None:
        return Text("missing", style="red")
    text = jack_text(plugged)
    if plugged is None or expected is None:
        return Text(text, style="" if plugged is not None else "yellow")
    if plugged == expected:
        return Text(text, style="green")
    return Text(f"{text}, not {jack_text(expected)}", style="bold red")
