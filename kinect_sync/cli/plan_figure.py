"""An offset plan as a figure: one lane per device over a period, and the pulses around the smallest gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinect_sync.errors import UsageError
from kinect_sync.findings.output import MATPLOTLIB_MISSING
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.lasers.check import LASER_PATTERNS
from kinect_sync.timing.lasers.report import PlannedDevice, PlanReport, SmallestGap, gap_window_us

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette: distinct for color-blind readers, and in print."""
_GAP_COLOR = "#C00000"
_REFERENCE_COLOR = "#909090"
_METADATA: dict[str, dict[str, Any]] = {".svg": {"Date": None, "Creator": "ksync"}}
"""No date in the file: the same plan gives the same figure."""


def require_matplotlib() -> None:
    """Raise UsageError where figures cannot be drawn, with what to install."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        what = "figures need matplotlib, which is not installed"
        raise UsageError(MATPLOTLIB_MISSING.found(what)) from error


def draw_plan(report: PlanReport, rig: RigFields, path: Path) -> None:
    """Draw a plan into an .svg, .png or .pdf file; the same plan gives the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    lanes = len(report.devices) + 1
    with rc_context({"svg.hashsalt": "ksync", "svg.fonttype": "path", "font.size": 9}):
        zoom = report.min_gap is not None
        height = 1.3 + 0.21 * lanes * (2 if zoom else 1) + (0.9 if zoom else 0)
        figure = Figure(figsize=(9, height), layout="constrained", dpi=130)
        axes = figure.subplots(2 if zoom else 1, 1, squeeze=False)[:, 0]
        figure.suptitle(_title(report), fontsize=11)
        _draw_period(axes[0], report, rig)
        if report.min_gap is not None:
            _draw_gap(axes[1], axes[0], report, report.min_gap)
        figure.savefig(path, metadata=_METADATA.get(path.suffix.lower()))


def _title(report: PlanReport) -> str:
    count = len(report.devices)
    title = f"{report.rig}: {count} devices at {report.fps} fps, {report.strategy}, {report.spacing}"
    if report.min_gap is None:
        return title
    gap = report.min_gap
    return f"{title}\nsmallest gap {gap.gap_us:.1f} µs, {gap.earlier} to {gap.later}"


def _draw_period(axes: Axes, report: PlanReport, rig: RigFields) -> None:
    """Draw exposure windows and their laser pulses, and the master's color exposure for reference."""
    exposure_us = _color_exposure_us(rig)
    starts = [d.quantised.laser_start_us for d in report.devices if d.quantised.laser_start_us is not None]
    origin = min([*starts, -exposure_us / 2]) - report.period_us / 100
    span = report.period_us
    reference = list(_repeated([(-exposure_us / 2, exposure_us / 2)], origin, span, report.period_us))
    _bars(axes, reference, 0, 0.62, _REFERENCE_COLOR)
    for start, width in reference:
        axes.axvspan(start / 1000, (start + width) / 1000, color=_REFERENCE_COLOR, alpha=0.12, linewidth=0)
    axes.axvline(0, color=_REFERENCE_COLOR, linewidth=0.8, linestyle=":")
    for lane, device in enumerate(report.devices, 1):
        color = _COLORS[(lane - 1) % len(_COLORS)]
        _bars(axes, _repeated(_trains(device), origin, span, span), lane, 0.72, color, alpha=0.28)
        _bars(axes, _repeated(_pulses(device), origin, span, span), lane, 0.72, color)
    _label_lanes(axes, report, origin, span)
    title = f"one period, {span / 1000:.1f} ms: depth exposures (pale) and their laser pulses"
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel("ms after the centre of the master's color exposure", fontsize=8)


def _draw_gap(axes: Axes, above: Axes, report: PlanReport, gap: SmallestGap) -> None:
    """Draw one pitch around the smallest gap, and mark it between its two lanes."""
    origin, span = gap_window_us(report, gap)
    for lane, device in enumerate(report.devices, 1):
        color = _COLORS[(lane - 1) % len(_COLORS)]
        _bars(axes, _repeated(_pulses(device), origin, span, report.period_us), lane, 0.72, color, unit_us=1)
    _mark(axes, report, gap)
    _label_lanes(axes, report, origin, span, unit_us=1)
    axes.set_ylim(len(report.devices) + 0.6, 0.4)
    axes.set_title(f"around the smallest gap, {span:.0f} µs", fontsize=9, loc="left")
    axes.set_xlabel("µs after the centre of the master's color exposure", fontsize=8)
    turns = -((gap.at_us - above.get_xlim()[0] * 1000) // report.period_us) * report.period_us
    above.axvline((gap.at_us + turns) / 1000, color=_GAP_COLOR, linewidth=1)


def _mark(axes: Axes, report: PlanReport, gap: SmallestGap) -> None:
    names = [device.name for device in report.devices]
    lanes = sorted((names.index(gap.earlier) + 1, names.index(gap.later) + 1))
    begin, end = gap.at_us, gap.at_us + gap.gap_us
    axes.fill_betweenx(
        [lanes[0] - 0.45, lanes[1] + 0.45], begin, end, color=_GAP_COLOR, alpha=0.55, linewidth=0
    )
    place = (end, names.index(gap.earlier) + 1)  # to the right of its pulse, that lane is empty
    axes.annotate(
        f"{gap.gap_us:.1f} µs",
        place,
        (5, 0),
        textcoords="offset points",
        color=_GAP_COLOR,
        va="center",
        fontweight="bold",
    )


def _label_lanes(axes: Axes, report: PlanReport, origin: float, span: float, unit_us: int = 1000) -> None:
    labels = ["master color", *(_label(device) for device in report.devices)]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(report.devices) + 0.6, -0.6)
    axes.set_xlim(origin / unit_us, (origin + span) / unit_us)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _label(device: PlannedDevice) -> str:
    delayed = device.quantised.subordinate_delay_off_master_usec + device.quantised.depth_delay_off_color_usec
    return f"{device.name}  {delayed:+.0f} µs" if delayed else device.name


def _bars(
    axes: Axes,
    spans: Iterable[tuple[float, float]],
    lane: int,
    height: float,
    color: str,
    *,
    alpha: float = 1.0,
    unit_us: int = 1000,
) -> None:
    scaled = [(start / unit_us, width / unit_us) for start, width in spans]
    axes.broken_barh(scaled, (lane - height / 2, height), facecolors=color, alpha=alpha, linewidth=0)


def _repeated(
    spans: list[tuple[float, float]], origin: float, length: float, period: float
) -> Iterator[tuple[float, float]]:
    """Yield (start, width) of every repetition that shows in the window, cut to it."""
    for start, end in spans:
        place = start - ((end - origin) // period) * period
        while place < origin + length:
            first, last = max(place, origin), min(place + end - start, origin + length)
            if last > first:
                yield first, last - first
            place += period


def _trains(device: PlannedDevice) -> list[tuple[float, float]]:
    real = device.quantised
    if real.laser_start_us is None or real.laser_end_us is None:
        return []
    return [(real.laser_start_us, real.laser_end_us)]


def _pulses(device: PlannedDevice) -> list[tuple[float, float]]:
    pattern = LASER_PATTERNS.get(device.depth_mode)
    if pattern is None or device.quantised.laser_start_us is None:
        return []
    starts = [device.quantised.laser_start_us + index * pattern.pitch_us for index in range(pattern.pulses)]
    return [(start, start + pattern.width_us) for start in starts]


def _color_exposure_us(rig: RigFields) -> float:
    camera = rig.camera
    if camera.exposure_us == "auto":
        return 0.0
    exposures = rig.hardware.profile.exposures
    return float(exposures.effective_us(camera.exposure_us, camera.powerline_hz, camera.fps))
