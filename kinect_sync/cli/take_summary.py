"""How a take went, for people: a verdict, a line per device, and where the files are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.takes.manifest import DeviceReport, TakeReport
from kinect_sync.wire.stream_report import StreamDeviceReport


def show_report(report: TakeReport, console: Console | None = None, *, collected: bool = False) -> None:
    """Print the report on stdout: a table where it fits, else a line per device.

    What was recorded on other hosts is still there, unless it was `collected`.
    """
    console = console or stdout_console()
    counts = f": {report.complete} of {report.pulses} pulses complete, {report.duration_s:.1f} s"
    console.print(Text.assemble(verdict_words(report.verdict), counts))
    show_devices(report.devices, console)
    console.print(Text(f"take: {report.take}"), soft_wrap=True)
    for line in () if collected else _elsewhere(report):
        console.print(Text(line), soft_wrap=True)


def show_devices(devices: Sequence[DeviceReport | StreamDeviceReport], console: Console) -> None:
    """Print what each device gave, and how it was in sync: a table where it fits, else a line per device."""
    table = _table(devices)
    unbounded = console.options.update(width=10_000)
    if Measurement.get(console, unbounded, table).maximum <= console.width:
        console.print(table)
        return
    for device in devices:
        console.print(_line(device))


def _elsewhere(report: TakeReport) -> Iterator[str]:
    """Tell which recordings lie on other hosts, and how they come here."""
    hosts = dict.fromkeys(device.host for device in report.devices if device.host is not None)
    for host in hosts:
        files = ", ".join(device.file for device in report.devices if device.host == host)
        yield f"on {host}: {files}"
    if hosts:
        yield f"to bring them here: ksync hosts collect {report.take}"


def _table(devices: Sequence[DeviceReport | StreamDeviceReport]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("device", "role"):
        table.add_column(heading, no_wrap=True)
    for heading in ("captures", "dropped", "bias µs", "jitter µs", "drift ppm"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("holes", no_wrap=True)
    for device in devices:
        counts = (str(device.captures), str(device.dropped))
        measures = (_number(device.bias_us), _number(device.jitter_us), _number(device.drift_ppm))
        table.add_row(device.name, device.role.value, *counts, *measures, _holes(device))
    return table


def _line(device: DeviceReport | StreamDeviceReport) -> Text:
    parts = [f"{device.captures} captures", f"{device.dropped} dropped"]
    for word, value, unit in (
        ("bias", device.bias_us, "µs"),
        ("jitter", device.jitter_us, "µs"),
        ("drift", device.drift_ppm, "ppm"),
    ):
        parts.append(f"{word} {_number(value)} {unit}")
    if device.holes:
        parts.append(_holes(device))
    return Text.assemble((f"{device.name} ({device.role}): ", "bold"), ", ".join(parts))


def _holes(device: DeviceReport | StreamDeviceReport) -> str:
    return ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in device.holes.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
