"""The take as it runs, on stderr: a live table on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stderr_console
from kinect_sync.cli.saying import say
from kinect_sync.director.device_state import Phase
from kinect_sync.director.observer import DeviceSnapshot, Observer, Snapshot
from kinect_sync.rig.model import HERE
from kinect_sync.steady import steady_s

LINES_EVERY_S = 5.0
REDRAWS_PER_S = 4
ROOMY_COLUMNS = 92
"""From this width on, every column of the live table has room."""
STYLES = {
    Phase.RECORDING: "green",
    Phase.FINISHED: "green",
    Phase.STALLED: "bold red",
    Phase.FROZEN: "bold red",
    Phase.CUT_OFF: "bold red",
    Phase.LOST: "bold red",
    Phase.WAITING: "yellow",
}


@contextmanager
def watching(*, quiet: bool) -> Iterator[Observer]:
    """Show the take while it runs; leaving the context leaves the last state on the screen."""
    console = stderr_console()
    if quiet:
        yield Observer()
    elif console.is_terminal:
        table = _LiveTable(console)
        with Live(console=console, get_renderable=table.render, auto_refresh=False) as live:
            table.live = live
            yield table
    else:
        yield _PlainLines()


class _View(Observer):
    """Shows snapshots while somebody can be told: a closed terminal costs the view, not the take."""

    def on_change(self, snapshot: Snapshot) -> None:
        with suppress(OSError):
            self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        raise NotImplementedError


class _Rates:
    """Captures per second of each device, from what two snapshots differ by."""

    def __init__(self, clock: Callable[[], float] = steady_s) -> None:
        self._clock = clock
        self._before: dict[str, tuple[float, int]] = {}
        self._fps: dict[str, float] = {}

    def fps(self, device: DeviceSnapshot) -> float | None:
        now_s = self._clock()
        then_s, captures = self._before.setdefault(device.name, (now_s, device.captures))
        if now_s - then_s >= 1.0:
            self._fps[device.name] = (device.captures - captures) / (now_s - then_s)
            self._before[device.name] = (now_s, device.captures)
        return self._fps.get(device.name)


class _LiveTable(_View):
    """The live view: one line per device, and one for the take."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rates = _Rates()
        self._snapshot: Snapshot | None = None
        self._drawn_s = 0.0
        self.live: Live | None = None

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        now_s = steady_s()
        if self.live is not None and now_s - self._drawn_s >= 1 / REDRAWS_PER_S:
            self._drawn_s = now_s
            self.live.refresh()

    def render(self) -> Group | Text:
        snapshot = self._snapshot
        if snapshot is None:
            return Text("starting")
        roomy = self._console.width >= ROOMY_COLUMNS
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("device", no_wrap=True)
        hosts = any(device.host for device in snapshot.devices)
        if hosts:
            table.add_column("host", no_wrap=True)
        table.add_column("state", no_wrap=True)
        for heading in ("captures", "dropped", *(("fps", "queue", "residual") if roomy else ())):
            table.add_column(heading, justify="right", no_wrap=True)
        for device in snapshot.devices:
            name, *cells = self._cells(device, roomy=roomy)
            table.add_row(name, *([device.host or HERE] if hosts else []), *cells)
        return Group(table, Text(_take_line(snapshot)))

    def _cells(self, device: DeviceSnapshot, *, roomy: bool) -> list[str | Text]:
        fps = self._rates.fps(device)
        cells: list[str | Text] = [
            device.name,
            Text(device.phase.value, style=STYLES.get(device.phase, "")),
            str(device.captures),
            Text(str(_dropped(device)), style="red" if _dropped(device) else ""),
        ]
        if roomy:
            residual = device.residual_us
            cells += [
                f"{fps:.1f}" if fps is not None else "",
                f"{device.queued_bytes / 1e6:.0f} MB",
                f"{residual:+.0f} µs" if residual is not None else "",
            ]
        return cells


class _PlainLines(_View):
    """For logs and pipes: a line when a device changes its state, and one every few seconds."""

    def __init__(self) -> None:
        self._phases: dict[str, Phase] = {}
        self._told_s = 0.0

    def show(self, snapshot: Snapshot) -> None:
        for device in snapshot.devices:
            if self._phases.get(device.name) is not device.phase:
                self._phases[device.name] = device.phase
                place = f" on {device.host}" if device.host else ""
                say(f"{device.name}{place}: {device.phase.value}", err=True)
        if snapshot.take is not None and snapshot.elapsed_s - self._told_s >= LINES_EVERY_S:
            self._told_s = snapshot.elapsed_s
            say(_take_line(snapshot), err=True)


def _take_line(snapshot: Snapshot) -> str:
    if not snapshot.pulses and snapshot.take is None:
        return f"starting, {snapshot.elapsed_s:.0f} s"
    dropped = sum(map(_dropped, snapshot.devices))
    rows = f"{snapshot.complete} of {snapshot.pulses} rows complete"
    name = snapshot.take.name if snapshot.take else "nothing is kept"
    left = "" if snapshot.free_bytes is None else f", {snapshot.free_bytes / 1e9:.1f} GB left"
    return f"{name}: {snapshot.elapsed_s:.0f} s, {rows}, {dropped} dropped{left}"


def _dropped(device: DeviceSnapshot) -> int:
    """Count what is missing of a device: rows are decided late, and a full queue is known at once."""
    return max(device.dropped, device.queue_full)
