"""A chart: a drawing that stretches with the page, and labels around it that stay readable.

Curves live in an SVG of 1000 × 100 units that is stretched to its place; texts are HTML beside it, so that
a telephone and a sheet of paper both show them in full size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from kinect_sync.review.report.curves import Curve, Floats
from kinect_sync.review.report.data import Spread
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale, label_time, time_ticks

WIDTH, HEIGHT = 1000.0, 100.0


class Plot:
    """The area between two axes, and the drawing in it."""

    def __init__(self, x: Scale, y: Scale, ticks: Sequence[float] = ()) -> None:
        """Begin empty; y grows upwards, with lines at `ticks`."""
        self.x, self.y, self.ticks = x, y, ticks
        self._shapes: list[Markup] = []

    def add(self, shape: Markup) -> None:
        """Put a shape on top."""
        self._shapes.append(shape)

    def at_x(self, value: float) -> float:
        """Return the place of an x."""
        return WIDTH * self.x.share(value)

    def at_y(self, value: float) -> float:
        """Return the place of a y."""
        return HEIGHT * (1 - self.y.share(value))

    def band(self, low: float, high: float, style: str, title: str = "") -> None:
        """Fill between two values of y, over the whole width."""
        top, bottom = self.at_y(high), self.at_y(low)
        self.add(tag("rect", _title(title), x=0, y=top, width=int(WIDTH), height=bottom - top, class_=style))

    def grid(self) -> None:
        """Draw lines at the ticks of y."""
        path = "".join(f"M0 {short(self.at_y(value))}H{int(WIDTH)}" for value in self.ticks)
        self.add(tag("path", d=path, class_="grid"))

    def points(self, curve: Curve, style: str) -> None:
        """Draw points: single ones where they are few, else the bands that they lie in with their median."""
        if not curve.bands:
            self.dots(curve.x, curve.y, style)
            return
        areas = "".join(self._area(each.x, each.low, each.high) for each in curve.bands)
        lines = "".join(self._line(each.x, each.median) for each in curve.bands)
        self.add(tag("path", d=areas, class_=f"area {style}"))
        self.add(tag("path", d=lines, class_=f"line {style}"))

    def dots(self, x: Floats, y: Floats, style: str) -> None:
        """Draw single points."""
        self.add(tag("path", d=self._dots(x, y), class_=f"dots {style}"))

    def line(self, x: Floats, y: Floats, style: str) -> None:
        """Draw a curve."""
        self.add(tag("path", d=self._line(x, y), class_=f"line {style}"))

    def area(self, x: Floats, low: Floats, high: Floats, style: str) -> None:
        """Fill between two curves."""
        self.add(tag("path", d=self._area(x, low, high), class_=f"area {style}"))

    def svg(self, title: str, style: str = "") -> Markup:
        """Return the drawing; `title` says in words what it shows."""
        return tag(
            "svg",
            tag("title", title),
            *self._shapes,
            viewBox=f"0 0 {int(WIDTH)} {int(HEIGHT)}",
            preserveAspectRatio="none",
            role="img",
            class_=f"plot {style}".strip(),
        )

    def _places(self, x: Floats, y: Floats) -> list[tuple[str, str]]:
        return [
            (short(self.at_x(a)), short(self.at_y(b))) for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]

    def _dots(self, x: Floats, y: Floats) -> str:
        return "".join(f"M{a} {b}h0" for a, b in self._places(x, y))

    def _line(self, x: Floats, y: Floats) -> str:
        return "M" + "L".join(f"{a} {b}" for a, b in self._places(x, y)) if len(x) else ""

    def _area(self, x: Floats, low: Floats, high: Floats) -> str:
        return self._line(np.concatenate((x, x[::-1])), np.concatenate((high, low[::-1]))) + "Z"


def time_axis(x: Scale) -> Markup:
    """Return the labels of a time axis in seconds."""
    ticks = time_ticks(x)
    span = x.high - x.low
    return tag(
        "div",
        *(x_label(x.share(value), label_time(value, span)) for value in ticks),
        class_="xs",
        aria_hidden="true",
    )


def chart(
    plot: Plot,
    title: str,
    *,
    label: Callable[[float], str],
    style: str = "",
    beside: Markup | None = None,
    axis: Callable[[Scale], Markup] | None = time_axis,
) -> Markup:
    """Return a plot with the labels of its axes; `beside` is drawn at its right, on the same y."""
    y_labels = [(value, label(value)) for value in plot.ticks]
    return tag(
        "div",
        tag(
            "div", *(_y_label(plot, value, text) for value, text in y_labels), class_="ys", aria_hidden="true"
        ),
        plot.svg(title),
        beside,
        axis(plot.x) if axis is not None else None,
        class_=f"chart {style} {'with-side' if beside else ''}".strip(),
    )


def x_label(share: float, text: str) -> Markup:
    """Return one label beneath a drawing; those at its ends stay within it."""
    side = "first" if share < 0.03 else "last" if share > 0.97 else None
    return tag("span", text, style=f"left:{short(100 * share, 2)}%", class_=side)


def _y_label(plot: Plot, value: float, text: str) -> Markup:
    return tag("span", text, style=f"top:{short(plot.at_y(value))}%")


def _title(text: str) -> Markup | None:
    return tag("title", text) if text else None


def histogram(spread: Spread, y: Scale, style: str, title: str) -> Markup:
    """Return how often each y occurs, as bars that lie on their side, on the y of the plot beside it."""
    counts, edges = spread.counts, spread.edges_us
    plot = Plot(Scale(0.0, float(max(1, counts.max())) * 1.05), y)
    bars = (
        f"M0 {short(plot.at_y(top))}H{short(plot.at_x(count))}V{short(plot.at_y(bottom))}H0Z"
        for count, bottom, top in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if count
    )
    plot.add(tag("path", d="".join(bars), class_=f"bars {style}"))
    return plot.svg(title, "side")


def legend(entries: Iterable[tuple[str, str]]) -> Markup:
    """Return the key to colors: (class, text) each."""
    items: Sequence[Markup] = [tag("li", tag("i", class_=f"key {style}"), text) for style, text in entries]
    return tag("ul", *items, class_="legend") if items else join()
