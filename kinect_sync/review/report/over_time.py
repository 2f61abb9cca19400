"""Drawings over time: which captures are there, how far from the pulse they are, and how they arrived."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from kinect_sync.review.report.chart import HEIGHT, WIDTH, Plot, chart, histogram, legend, time_axis
from kinect_sync.review.report.data import DeviceData, Floats, TakeData
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale, label_us, scale_around
from kinect_sync.timing.alignment import HoleReason

_MOST_RUNS = 400
"""Holes of a lane that are drawn one by one."""
_COLUMNS = 250
_LEAST_WIDTH = 2.0
_LEAST_HEIGHT = 12.0


# --- timeline ---------------------------------------------------------------------------------------------


def timeline(data: TakeData) -> Markup:
    """Draw a lane per device, and one for pulses that all have: gaps show the reason by color."""
    lanes = [tag("div", *_lane(data, device), class_="lane") for device in data.devices]
    missing = ~data.complete
    together = _runs_of(missing)
    all_lane = (
        tag("span", "complete", class_="name"),
        _bar(data, [(first, last, "incomplete") for first, last in together], "lane of complete sets", "all"),
        tag("span", f"{int((~missing).sum())} of {len(missing)}", class_="note"),
    )
    reasons = {reason for device in data.devices for reason in device.columns.holes()}
    named = [(f"hole-{reason}", _words(reason)) for reason in HoleReason if reason in reasons]
    return tag(
        "div",
        *lanes,
        tag("div", *all_lane, class_="lane total"),
        tag("div", tag("span"), time_axis(data.time), tag("span"), class_="lane axis"),
        legend(named),
        class_="timeline",
    )


def _lane(data: TakeData, device: DeviceData) -> tuple[Markup, ...]:
    runs = list(device.hole_runs())
    holes = Counter(device.columns.holes())
    told = ", ".join(f"{count} {_words(reason)}" for reason, count in holes.most_common())
    return (
        tag("span", device.name, class_="name"),
        _bar(data, runs, f"{device.name}: {told or 'no holes'}", "device"),
        tag("span", told or "no holes", class_="note" if told else "note good"),
    )


def _words(reason: str) -> str:
    return str(reason).replace("_", " ")


def _bar(data: TakeData, runs: Sequence[tuple[int, int, str]], title: str, style: str) -> Markup:
    rows = max(1, len(data.seconds))
    holes = (_hole(data, rows, run) for run in runs) if len(runs) <= _MOST_RUNS else _densities(runs, rows)
    return tag(
        "svg",
        tag("title", title),
        tag("rect", x=0, y=0, width=int(WIDTH), height=int(HEIGHT), class_=f"there {style}"),
        *holes,
        viewBox=f"0 0 {int(WIDTH)} {int(HEIGHT)}",
        preserveAspectRatio="none",
        role="img",
        class_="bar",
    )


def _hole(data: TakeData, rows: int, run: tuple[int, int, str]) -> Markup:
    first, last, reason = run
    width = max(_LEAST_WIDTH, (last - first) / rows * WIDTH)
    start = min(WIDTH - width, first / rows * WIDTH)
    pulses = data.take.index.pulses
    where = f"pulse {pulses[first]}" if last - first == 1 else f"pulses {pulses[first]} to {pulses[last - 1]}"
    title = tag("title", f"{where}: {_words(reason)}")
    return tag("rect", title, x=start, y=0, width=width, height=int(HEIGHT), class_=f"hole-{reason}")


def _densities(runs: Sequence[tuple[int, int, str]], rows: int) -> Iterator[Markup]:
    """Draw many holes by column: as high as the share of pulses that lack, and of the commonest reason."""
    lacking: list[Counter[str]] = [Counter() for _ in range(_COLUMNS)]
    for first, last, reason in runs:
        for row in range(first, last):
            lacking[row * _COLUMNS // rows][reason] += 1
    width, per_column = WIDTH / _COLUMNS, rows / _COLUMNS
    for column, reasons in enumerate(lacking):
        if reasons:
            share = min(1.0, sum(reasons.values()) / per_column)
            height = max(_LEAST_HEIGHT, HEIGHT * share)
            style = f"hole-{reasons.most_common(1)[0][0]}"
            yield tag("rect", x=column * width, y=HEIGHT - height, width=width, height=height, class_=style)


def _runs_of(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


# --- residuals --------------------------------------------------------------------------------------------


def clocks(data: TakeData) -> Markup:
    """Draw every device's residual as it is: clocks that drift apart are lines that part."""
    others = [device for device in data.devices if device.name != data.reference]
    limits = [limit for device in others for limit in _limits(device.residual_us)]
    scale = scale_around(0.0, *limits)
    plot = Plot(data.time, scale, scale.ticks(5))
    plot.grid()
    plot.add(tag("path", d=f"M0 {short(plot.at_y(0.0))}H{int(WIDTH)}", class_="zero"))
    for device in others:
        plot.points(device.seconds, device.residual_us, device.style)
    span = plot.y.high - plot.y.low
    title = f"residual against {data.reference} over time, in µs, of {', '.join(d.name for d in others)}"
    entries = [(d.style, f"{d.name} {d.drift_ppm:+.1f} ppm") for d in others]
    return join(chart(plot, title, label=lambda us: label_us(us, span), style="tall"), legend(entries))


def deviations(data: TakeData) -> Markup:
    """Draw for each device what drift leaves of its residual, within the tolerance, and how it spreads."""
    return tag(
        "div",
        *(_deviation(data, each) for each in data.devices if each.name != data.reference),
        class_="many",
    )


def _deviation(data: TakeData, device: DeviceData) -> Markup:
    deviation = device.deviation_us
    limit = data.tolerance_us
    scale = scale_around(-limit, limit, *_limits(deviation))
    plot = Plot(data.time, scale, scale.ticks(4))
    plot.band(-limit, limit, "tolerance", f"within {limit:g} µs")
    plot.grid()
    plot.add(tag("path", d=f"M0 {short(plot.at_y(0.0))}H{int(WIDTH)}", class_="zero"))
    plot.points(device.seconds, deviation, device.style)
    span = plot.y.high - plot.y.low
    title = f"{device.name}: residual without drift over time, in µs"
    side = histogram(deviation, plot.y, device.style, f"{device.name}: how often each residual occurs")
    return tag(
        "figure",
        tag("figcaption", tag("b", device.name), " ", _told(device)),
        chart(plot, title, label=lambda us: label_us(us, span), beside=side),
    )


def _told(device: DeviceData) -> str:
    report = device.report
    if report is None or report.bias_us is None or report.jitter_us is None:
        return "could not be measured against the reference" if report is not None else ""
    return (
        f"bias {report.bias_us:+.1f} µs, jitter {report.jitter_us:.1f} µs, drift {device.drift_ppm:+.1f} ppm"
    )


def _limits(values: Floats) -> tuple[float, ...]:
    seen = values[np.isfinite(values)]
    return (float(seen.min()), float(seen.max())) if len(seen) else ()


# --- rate and arrival -------------------------------------------------------------------------------------


def rates(data: TakeData) -> Markup:
    """Draw how many whole captures per second each device gave."""
    plot = Plot(data.time, Scale(0.0, data.fps * 1.15), (0.0, data.fps / 2, float(data.fps)))
    plot.grid()
    for device in data.devices:
        plot.line(*_rate(data, device), device.style)
    title = f"whole captures per second of each device; {data.fps} is the aim"
    entries = [(device.style, device.name) for device in data.devices]
    return join(chart(plot, title, label=lambda fps: f"{fps:g} fps"), legend(entries))


def _rate(data: TakeData, device: DeviceData) -> tuple[Floats, Floats]:
    span = data.time.high
    bins = max(1, min(200, math.floor(span)))
    whole = device.columns.whole
    counts, edges = np.histogram(device.seconds[whole], bins=bins, range=(0.0, span))
    rate = counts / np.diff(edges)
    return np.repeat(edges, 2)[1:-1], np.repeat(rate, 2)


def arrivals(data: TakeData) -> Markup | None:
    """Draw how late captures reached the host; None where host times were not recorded."""
    late = data.latency_ms()
    if not any(np.isfinite(values).any() for values in late.values()):
        return None
    limits = [limit for values in late.values() for limit in _limits(values)]
    scale = scale_around(0.0, *limits)
    plot = Plot(data.time, scale, scale.ticks(4))
    plot.grid()
    for device in data.devices:
        plot.points(device.seconds, late[device.name], device.style)
    title = "how much later than the device's quickest one each capture reached the host, in ms"
    return chart(plot, title, label=lambda ms: f"{ms:g} ms")
