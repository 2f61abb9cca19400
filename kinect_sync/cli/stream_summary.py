"""How a stream went, for people: a verdict, a line per device, and what became of its rows."""

from __future__ import annotations

from rich.text import Text

from kinect_sync.cli.console import stderr_console, stdout_console
from kinect_sync.cli.take_summary import show_devices
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.wire.stream_report import StreamReport


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
