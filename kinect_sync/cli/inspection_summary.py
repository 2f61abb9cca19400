"""An inspection for people: a verdict, a line per recording, and the longest holes."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.review.inspection.model import FileInspection, HoleRun, Inspection
from kinect_sync.rig.modes import Role
from kinect_sync.verdicts import Verdict

_VERDICTS = {
    Verdict.COMPLETE: "complete, a single recording",
    Verdict.UNSYNCHRONIZED: "not synchronized",
    Verdict.EMPTY: "nothing in it",
}
_ALIGNED_BY = {
    "take": "aligned as the take was recorded",
    "device_clock": "aligned by device clocks that one pulse set to zero",
    "host_clock": "aligned by device clocks that follow the host's: good to 3 ms",
    "host_time": "aligned by the host's clock where no pulse ties them, as well as the warning says",
    "nothing": "nothing ties the recordings together",
}
_LONGEST = 3
_COLUMNS = ("captures", "dropped", "longest gap s", "pairing µs", "bias µs", "jitter µs", "drift ppm")


def show_inspection(inspection: Inspection, console: Console | None = None) -> None:
    """Print an inspection on stdout: a table where it fits, else a line per recording."""
    console = console or stdout_console()
    counts = (
        f": {inspection.complete} of {inspection.pulses} pulses complete, {inspection.duration_s:.1f} s at "
        f"{inspection.fps} per second"
    )
    console.print(Text.assemble(verdict_words(inspection.verdict, _VERDICTS), counts))
    table = _table(inspection)
    if Measurement.get(console, console.options.update(width=10_000), table).maximum <= console.width:
        console.print(table)
    else:
        for device in inspection.devices:
            _say(console, _line(device, inspection.reference))
    delays = [_delays(device) for device in inspection.devices if _delays(device)]
    if delays:
        _say(console, Text(f"delays: {'; '.join(delays)}"))
    for device in inspection.devices:
        if device.hole_runs:
            _say(console, _holes(device))
    if len(inspection.devices) > 1:
        console.print(Text(_ALIGNED_BY[inspection.aligned_by]))
        _show_ends(inspection, console)


def _show_ends(inspection: Inspection, console: Console) -> None:
    reference = inspection.reference
    if reference in inspection.first_pulse_us:
        first, last = (
            each[reference] / 1e6 for each in (inspection.first_pulse_us, inspection.last_pulse_us)
        )
        console.print(
            Text(f"first common pulse at {first:.6f} s, last at {last:.6f} s of {reference}'s clock")
        )


def _say(console: Console, line: Text) -> None:
    """Print a line, folded between words on a terminal and never elsewhere."""
    console.print(line, soft_wrap=not console.is_terminal)


def _table(inspection: Inspection) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("device", "role", "serial"):
        table.add_column(heading, no_wrap=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for device in inspection.devices:
        role = _role(device, inspection.reference)
        table.add_row(device.name, role, device.serial or "-", *_fields(device))
    return table


def _line(device: FileInspection, reference: str | None) -> Text:
    fields = ", ".join(f"{name} {field}" for name, field in zip(_COLUMNS, _fields(device), strict=True))
    return Text.assemble((f"{device.name} ({_role(device, reference)}): ", "bold"), fields)


def _fields(device: FileInspection) -> tuple[str, ...]:
    measures = (device.pairing_error_us, device.bias_us, device.jitter_us, device.drift_ppm)
    gap = f"{device.longest_gap_s:.3f}"
    return str(device.captures), str(device.dropped), gap, *(_number(each) for each in measures)


def _role(device: FileInspection, reference: str | None) -> str:
    if not device.aligned:
        return f"{device.role}, not aligned"
    stands_in = device.name == reference and device.role is Role.SUBORDINATE
    return f"{device.role}, reference" if stands_in else device.role.value


def _delays(device: FileInspection) -> str:
    """Return what a device's tags say of its delays; empty without any."""
    after_master_us, depth_us = device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec
    words = []
    if after_master_us:
        words.append(f"{after_master_us} µs after the master")
    if depth_us:
        words.append(f"depth {abs(depth_us)} µs {'after' if depth_us > 0 else 'before'} color")
    return f"{device.name} {', '.join(words)}" if words else ""


def _holes(device: FileInspection) -> Text:
    longest = sorted(device.hole_runs, key=lambda run: -run.pulses)[:_LONGEST]
    told = ", ".join(_hole(run) for run in sorted(longest, key=lambda run: run.pulse))
    more = len(device.hole_runs) - len(longest)
    return Text(f"{device.name} lacks {told}{f' and {more} shorter ones' if more else ''}")


def _hole(run: HoleRun) -> str:
    end = f" to {run.pulse + run.pulses - 1}" if run.pulses > 1 else ""
    return f"pulse {run.pulse}{end} at {run.at_s:.1f} s ({run.reason.replace('_', ' ')})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
