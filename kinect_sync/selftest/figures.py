"""Drawings of what steps measured, in the looks of a take's report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.review.report.chart import WIDTH, Plot, chart, legend, x_label
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale, label_us, scale_around
from kinect_sync.selftest.records import Runs

Floats = NDArray[np.float64]
FEW = 100
"""So many points are drawn large enough to be seen one by one."""
MOST = 900
"""More points than a screen has columns for are thinned out."""
STYLES = 9
"""Colors that the style sheet has."""


class Series(NamedTuple):
    """One curve or cloud of points."""

    name: str
    x: Floats
    y: Floats


def draw_us(
    title: str, series: Sequence[Series], x: Callable[[float], str], *, limit_us: float | None = None
) -> Markup | None:
    """Draw microseconds over something that `x` labels; None where there is nothing to draw.

    `limit_us` is drawn as a band either way of zero.
    """
    y = [value for each in series for value in each.y.tolist()] + ([limit_us, -limit_us] if limit_us else [])
    scale = scale_around(0.0, *y)
    span = scale.high - scale.low
    return _draw(title, series, scale, (x, lambda us: label_us(us, span)), limit_us)


def draw_seconds(title: str, series: Sequence[Series], x: Callable[[float], str]) -> Markup | None:
    """Draw seconds from zero up over something that `x` labels; None where there is nothing to draw."""
    most = max((value for each in series for value in each.y.tolist()), default=0.0)
    return _draw(title, series, Scale(0.0, 1.1 * most or 1.0), (x, lambda s: f"{s:g} s"), None)


def draw_levels(title: str, series: Sequence[Series], x: Callable[[float], str]) -> Markup | None:
    """Draw brightness, 0 to 255, over something that `x` labels; None where there is nothing to draw."""
    return _draw(title, series, Scale(0.0, 255.0), (x, number), None)


def number(value: float) -> str:
    """Label a place in a row of captures, rounds or starts; there is none between two."""
    return f"{value:.0f}" if value == round(value) else ""


def label_seconds(value: float) -> str:
    """Label a moment of a run."""
    return f"{value:g} s"


def residual_series(measured: Runs) -> list[Series]:
    """Return the residual of each device in each second of the first run, but for the one compared with."""
    series = []
    for device in measured.runs[0].devices if measured.runs else ():
        points = [(each.at_s, each.residual_us) for each in device.seconds if each.residual_us is not None]
        points = points[:: 1 + len(points) // MOST]
        if any(us for _, us in points):
            series.append(
                Series(device.name, np.array([at for at, _ in points]), np.array([us for _, us in points]))
            )
    return series


Labels = tuple[Callable[[float], str], Callable[[float], str]]


def _draw(
    title: str, series: Sequence[Series], y: Scale, labels: Labels, limit_us: float | None
) -> Markup | None:
    shown = [each for each in series if len(each.x)]
    if not shown:
        return None
    low, high = min(float(each.x.min()) for each in shown), max(float(each.x.max()) for each in shown)
    plot = Plot(Scale(low, high if high > low else low + 1), y, y.ticks(4))
    if limit_us:
        plot.band(-limit_us, limit_us, "tolerance", f"within {limit_us:g} µs")
    plot.grid()
    if y.low < 0:
        plot.add(tag("path", d=f"M0 {short(plot.at_y(0.0))}H{int(WIDTH)}", class_="zero"))
    for place, each in enumerate(shown):
        large = "peak" if len(each.x) <= FEW else ""
        plot.dots(each.x, each.y, f"d{place % STYLES} {large}".strip())
    drawn = chart(plot, title, label=labels[1], axis=lambda x: _axis(x, labels[0]))
    names = [(f"d{place % STYLES}", each.name) for place, each in enumerate(shown)]
    return tag("figure", tag("figcaption", title), join(drawn, legend(names)))


def _axis(x: Scale, label: Callable[[float], str]) -> Markup:
    ticks = {label(value): value for value in reversed(x.ticks(8) or [x.low])}  # of equal labels the first
    return tag(
        "div",
        *(x_label(x.share(value), text) for text, value in ticks.items()),
        class_="xs",
        aria_hidden="true",
    )
