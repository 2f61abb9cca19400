"""How a stream went, for people: a verdict, a line per device, and what became of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from kinect_sync.cli.console import stderr_console, stdout_console
from kinect_sync.cli.take_summary import show_devices
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport


def show_stream(report: StreamReport, *, on_stderr: bool = False) -> None:
    """Print the report: on stdout, or on stderr where stdout was given to the rows."""
    console = stderr_console() if on_stderr else stdout_console()
    counts = f": {report.complete} of {report.pulses} pulses complete, {report.duration_s:.1f} s"
    console.print(Text.assemble(verdict_words(report.verdict), counts))
    show_devices(report.devices, console)
    rows = {
        "given": report.given,
        "before the first": report.before,
        "missed": report.missed,
        "passed over": report.skipped,
        "not asked for any more": report.untaken,
    }
    told = ", ".join(f"{count} {word}" for word, count in rows.items() if count or word == "given")
    console.print(Text(f"rows: {told}"), soft_wrap=True)
    if report.take is not None:
        console.print(Text(f"take: {report.take}"), soft_wrap=True)
    for what, numbers in _differences(report.devices).items():
        by_device = ", ".join(f"{number} of {name}" for name, number in numbers.items())
        console.print(Text(f"captures that {what}: {by_device}"), soft_wrap=True)


def _differences(devices: Sequence[StreamDeviceReport]) -> dict[str, dict[str, int]]:
    """Return what rows and take have of one another's holes, by device; nothing where they are alike."""
    counts = {
        "the take has and rows given lacked": {each.name: each.only_in_take or 0 for each in devices},
        "rows given had and the take lacks": {each.name: each.only_in_rows or 0 for each in devices},
    }
    found = {what: {name: n for name, n in numbers.items() if n} for what, numbers in counts.items()}
    return {what: numbers for what, numbers in found.items() if numbers}
