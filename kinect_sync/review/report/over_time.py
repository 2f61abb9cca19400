"""Drawings over time: which captures are there, how far from the pulse they are, and how they arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from kinect_sync.review.report.chart import HEIGHT, WIDTH, Plot, chart, histogram, legend, time_axis
from kinect_sync.review.report.data import DeviceData, Floats, TakeData
from kinect_sync.review.report.lanes import Lane, Run
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale, label_us, scale_around
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import HOLES

_LEAST_WIDTH = 2.0
_LEAST_HEIGHT = 12.0


# --- timeline ---------------------------------------------------------------------------------------------


def timeline(data: TakeData) -> Markup:
    """Draw a lane per device, and one for pulses that all have: gaps show the reason by color."""
    lanes = [tag("div", *_lane(device), class_="lane") for device in data.devices]
    all_lane = (
        tag("span", "complete", class_="name"),
        _bar(data.incomplete, lambda _: "incomplete", "lane of complete sets", "all"),
        tag("span", f"{data.complete} of {data.pulses}", class_="note"),
    )
    reasons = {reason for device in data.devices for reason in device.lane.by_reason()}
    named = [(f"hole-{reason}", _words(reason)) for reason in HoleReason if str(reason) in reasons]
    return tag(
        "div",
        *lanes,
        tag("div", *all_lane, class_="lane total"),
        tag("div", tag("span"), time_axis(data.time), tag("span"), class_="lane axis"),
        legend(named),
        class_="timeline",
    )


def _lane(device: DeviceData) -> tuple[Markup, ...]:
    holes = Counter(device.lane.by_reason())
    told = ", ".join(f"{count} {_words(reason)}" for reason, count in holes.most_common())
    title = f"{device.name}: {told or 'no holes'}"
    return (
        tag("span", device.name, class_="name"),
        _bar(device.lane, lambda code: str(HOLES[code]), title, "device"),
        tag("span", told or "no holes", class_="note" if told else "note good"),
    )


def _words(reason: str) -> str:
    return str(reason).replace("_", " ")


def _bar(lane: Lane, reason_of: Callable[[int], str], title: str, style: str) -> Markup:
    runs = lane.runs
    holes = _densities(lane, reason_of) if runs is None else (_hole(lane, run, reason_of) for run in runs)
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


def _hole(lane: Lane, run: Run, reason_of: Callable[[int], str]) -> Markup:
    length, reason = run.last - run.first, reason_of(run.reason)
    width = max(_LEAST_WIDTH, length / lane.rows * WIDTH)
    start = min(WIDTH - width, run.first / lane.rows * WIDTH)
    where = f"pulse {run.first_pulse}" if length == 1 else f"pulses {run.first_pulse} to {run.last_pulse}"
    title = tag("title", f"{where}: {_words(reason)}")
    return tag("rect", title, x=start, y=0, width=width, height=int(HEIGHT), class_=f"hole-{reason}")


def _densities(lane: Lane, reason_of: Callable[[int], str]) -> Iterator[Markup]:
    """Draw many holes by column: as high as the share of pulses that lack, and of the commonest reason."""
    columns = len(lane.counts)
    width, per_column = WIDTH / columns, lane.rows / columns
    for column, counts in enumerate(lane.counts):
        if counts.any():
            share = min(1.0, int(counts.sum()) / per_column)
            height = max(_LEAST_HEIGHT, HEIGHT * share)
            style = f"hole-{reason_of(int(np.argmax(counts)))}"
            yield tag("rect", x=column * width, y=HEIGHT - height, width=width, height=height, class_=style)


# --- residuals --------------------------------------------------------------------------------------------


def clocks(data: TakeData) -> Markup:
    """Draw every device's residual as it is: clocks that drift apart are lines that part."""
    others = [device for device in data.devices if device.name != data.reference]
    limits = [limit for device in others for limit in device.residual_us.limits]
    scale = scale_around(0.0, *limits)
    plot = Plot(data.time, scale, scale.ticks(5))
    plot.grid()
    plot.add(tag("path", d=f"M0 {short(plot.at_y(0.0))}H{int(WIDTH)}", class_="zero"))
    for device in others:
        plot.points(device.residual_us, device.style)
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
    limit, scale = data.tolerance_us, device.deviation_scale
    plot = Plot(data.time, scale, scale.ticks(4))
    plot.band(-limit, limit, "tolerance", f"within {limit:g} µs")
    plot.grid()
    plot.add(tag("path", d=f"M0 {short(plot.at_y(0.0))}H{int(WIDTH)}", class_="zero"))
    plot.points(device.deviation_us, device.style)
    span = plot.y.high - plot.y.low
    title = f"{device.name}: residual without drift over time, in µs"
    side = histogram(device.spread, plot.y, device.style, f"{device.name}: how often each residual occurs")
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


# --- rate and arrival -------------------------------------------------------------------------------------


def rates(data: TakeData) -> Markup:
    """Draw how many whole captures per second each device gave."""
    plot = Plot(data.time, Scale(0.0, data.fps * 1.15), (0.0, data.fps / 2, float(data.fps)))
    plot.grid()
    for device in data.devices:
        plot.line(*_rate(device), device.style)
    title = f"whole captures per second of each device; {data.fps} is the aim"
    entries = [(device.style, device.name) for device in data.devices]
    return join(chart(plot, title, label=lambda fps: f"{fps:g} fps"), legend(entries))


def _rate(device: DeviceData) -> tuple[Floats, Floats]:
    edges_s = device.rate.edges_s
    rate = device.rate.whole / np.diff(edges_s)
    return np.repeat(edges_s, 2)[1:-1], np.repeat(rate, 2)


def arrivals(data: TakeData) -> Markup | None:
    """Draw how late captures reached the host; None where host times were not recorded."""
    limits = [limit for device in data.devices for limit in device.latency_ms.limits]
    if not limits:
        return None
    scale = scale_around(0.0, *limits)
    plot = Plot(data.time, scale, scale.ticks(4))
    plot.grid()
    for device in data.devices:
        plot.points(device.latency_ms, device.style)
    title = "how much later than the device's quickest one each capture reached the host, in ms"
    return chart(plot, title, label=lambda ms: f"{ms:g} ms")
