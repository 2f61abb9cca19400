"""An offset plan on a terminal: the table of delays, and the laser pulses as a timeline."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import stdout_console
from kinect_sync.timing.lasers.check import LASER_PATTERNS
from kinect_sync.timing.lasers.report import PlannedDevice, PlanReport, gap_window_us

_COLORS = ("cyan", "magenta", "yellow", "green", "blue", "red")
_LABEL_WIDTH = 14
_MAX_WIDTH = 120
"""Columns of a timeline: on a wider terminal it would not show more."""


def show_plan(report: PlanReport, console: Console | None = None) -> None:
    """Print the plan: delays, exposures in the period, and the pulses around the smallest gap."""
    console = console or stdout_console()
    console.print(_headline(report))
    console.print(_table(report))
    lit = [device for device in report.devices if device.laser_start_us is not None]
    if not lit:
        return
    picture = _Picture(report, lit, console)
    console.print(picture.period())
    if report.min_gap is not None:
        console.print(picture.pulses())


def _headline(report: PlanReport) -> Text:
    text = Text(f"{report.rig}: {report.strategy}, {report.spacing}\n", style="bold")
    if report.min_gap is not None:
        gap = report.min_gap
        best = {True: ", the largest there is", False: ", the largest found", None: ""}[report.optimal]
        text.append(f"smallest gap {gap.gap_us:.1f} µs{best}", style="bold green")
        text.append(f": {gap.earlier} to {gap.later}, {gap.at_us:.1f} µs after the pulse\n", style="not bold")
    for capacity in report.capacity:
        text.append(
            f"capacity: {capacity.devices} devices in {capacity.depth_mode} at {report.fps} fps, "
            f"{capacity.one_train} in one laser train\n",
            style="not bold dim",
        )
    text.rstrip()
    return text


def _table(report: PlanReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("device", overflow="fold")
    table.add_column("depth mode", no_wrap=True)
    for heading in ("µs after\nmaster", "µs after\ncolor", "kept as\nµs", "laser\nfrom µs", "laser\nto µs"):
        table.add_column(heading, justify="right", no_wrap=True)
    for device in report.devices:
        table.add_row(*_cells(device))
    return table


def _cells(device: PlannedDevice) -> list[Text]:
    real = device.quantised
    sub_us, depth_us = device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec
    delayed_us = real.subordinate_delay_off_master_usec + real.depth_delay_off_color_usec
    cells = [device.name + (" (fixed)" if device.kept else ""), str(device.depth_mode)]
    cells += [str(sub_us) if sub_us else "-", str(depth_us) if depth_us else "-", f"{delayed_us:.1f}"]
    cells += [_number(real.laser_start_us), _number(real.laser_end_us)]
    return [Text(cell) for cell in cells]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


class _Picture:
    """Lanes of laser pulses, one per device, on the columns of a console."""

    def __init__(self, report: PlanReport, lit: list[PlannedDevice], console: Console) -> None:
        self._report = report
        self._lit = lit
        self._label_width = min(_LABEL_WIDTH, max(len(device.name) for device in lit)) + 1
        self._width = max(20, min(console.width, _MAX_WIDTH) - self._label_width - 1)
        ascii_only = console.options.ascii_only
        self._full, self._left, self._right, self._rest, self._mark = (
            ("#", "#", "#", ".", "^") if ascii_only else ("█", "▌", "▐", "·", "▲")
        )

    def period(self) -> Text:
        """Draw one period: when each device's depth is exposed."""
        origin = min(start for device in self._lit for start, _ in _trains(device))
        span = self._report.period_us
        spans = {device.name: list(_trains(device)) for device in self._lit}
        return self._lanes(f"depth exposures in one period of {span / 1000:.1f} ms", origin, span, spans)

    def pulses(self) -> Text:
        """Draw the pulses around the smallest gap, one pitch long, and point at the gap."""
        gap = self._report.min_gap
        if gap is None:
            return Text()
        origin, span = gap_window_us(self._report, gap)
        spans = {device.name: list(_pulses(device)) for device in self._lit}
        text = self._lanes(f"laser pulses, {span:.0f} µs around the smallest gap", origin, span, spans)
        label = f"{gap.gap_us:.1f} µs between {gap.earlier} and {gap.later}"
        column = self._label_width + int(self._width / 2)
        text.append(" " * column + self._mark + "\n", style="bold green")
        text.append(
            " " * max(0, min(column - len(label) // 2, self._width - len(label))) + label, style="green"
        )
        return text

    def _lanes(
        self, title: str, origin: float, span: float, spans: dict[str, list[tuple[float, float]]]
    ) -> Text:
        text = Text(f"{title}\n", style="bold", no_wrap=True)
        for number, device in enumerate(self._lit):
            name = device.name
            short = name if len(name) < self._label_width else name[: self._label_width - 2] + "…"
            text.append(f"{short:<{self._label_width}}", style="not bold")
            style = f"not bold {_COLORS[number % len(_COLORS)]}"
            text.append(self._lane(origin, span, spans[name]) + "\n", style=style)
        first, last = f"{origin:.0f} µs", f"{origin + span:.0f} µs after the pulse"
        text.append(
            " " * self._label_width + f"{first}{last:>{self._width - len(first)}}\n", style="not bold dim"
        )
        return text

    def _lane(self, origin: float, span: float, lit: list[tuple[float, float]]) -> str:
        """Draw one lane at half a column's resolution; whatever is lit shows, however short."""
        half = span / (2 * self._width)
        on = [False] * (2 * self._width)
        period = self._report.period_us
        for start, end in lit:
            turn = -((end - origin) // period) * period
            while (begin := start + turn - origin) < span:
                stop = min(span, end + turn - origin)
                for cell in range(
                    max(0, round(begin / half)),
                    min(len(on), max(round(begin / half) + 1, round(stop / half))),
                ):
                    on[cell] = True
                turn += period
        shapes = {(True, True): self._full, (True, False): self._left, (False, True): self._right}
        return "".join(
            shapes.get((left, right), self._rest) for left, right in zip(on[::2], on[1::2], strict=True)
        )


def _trains(device: PlannedDevice) -> Iterator[tuple[float, float]]:
    real = device.quantised
    if real.laser_start_us is not None and real.laser_end_us is not None:
        yield real.laser_start_us, real.laser_end_us


def _pulses(device: PlannedDevice) -> Iterator[tuple[float, float]]:
    pattern = LASER_PATTERNS[device.depth_mode]
    for start, _ in _trains(device):
        for index in range(pattern.pulses):
            begin = start + index * pattern.pitch_us
            yield begin, begin + pattern.width_us
