"""How queues and disk stood during the take: what waited, how much was written, and what room was left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kinect_sync.review.report.chart import HEIGHT, WIDTH, Plot, chart, legend
from kinect_sync.review.report.data import DeviceData, TakeData
from kinect_sync.review.report.load_data import LoadData, thin
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale, label_bytes, label_time, told_bytes

_HEADROOM = 1.08
"""How much of an axis lies beyond the greatest value on it."""
_LEAST_WIDTH = 2.0
_LEAD = "What waited to be written, the most within each second; at the limit captures are dropped."


def draw_load(data: TakeData) -> Markup:
    """Draw queues, write rate and free space over the host's time; say why where the take does not tell."""
    told = data.load if isinstance(data.load, str) else thin(data.load, data)
    if isinstance(told, str):
        return tag("p", f"How queues and disk stood is not known: {told}.", class_="lead")
    drawings = _queues(data.devices, told), _written(data.devices, told), _free(told)
    return join(tag("p", _LEAD, class_="lead"), tag("div", *drawings, class_="many load"))


# --- queues -----------------------------------------------------------------------------------------------


def _queues(devices: Sequence[DeviceData], load: LoadData) -> Markup:
    limit, (peak_of, peak_s) = load.limit_bytes, load.peak
    plot = Plot(load.time, Scale(0.0, max(limit, load.peak_bytes) * _HEADROOM), (0.0, limit / 2, limit))
    plot.grid()
    for first, last in load.drops:
        plot.add(_drop(plot, load, first, last))
    for device in devices:
        plot.line(load.step_times, np.repeat(load.devices[device.name].queue_bytes, 2), device.style)
    plot.add(tag("path", d=f"M0 {short(plot.at_y(limit))}H{int(WIDTH)}", class_="limit"))
    style = next(device.style for device in devices if device.name == peak_of)
    plot.dots(np.array([peak_s]), np.array([load.peak_bytes]), f"peak {style}")
    title = f"bytes of each device that waited for the disk, over time; the limit is {told_bytes(limit)}"
    return tag(
        "figure",
        tag("figcaption", tag("b", "Queue"), " ", _queue_told(devices, load)),
        chart(plot, title, label=told_bytes, style="tall"),
        legend(_queue_keys(devices, load)),
    )


def _queue_keys(devices: Sequence[DeviceData], load: LoadData) -> Iterator[tuple[str, str]]:
    for each in devices:
        yield each.style, f"{each.name} {told_bytes(load.devices[each.name].peak_bytes)}"
    yield "limit", f"limit {told_bytes(load.limit_bytes)}"
    if load.drops:
        yield "hole-queue_full", "captures dropped"


def _queue_told(devices: Sequence[DeviceData], load: LoadData) -> Markup:
    name, peak_s = load.peak
    when = label_time(round(peak_s), load.time.high)
    share = 100 * load.peak_bytes / load.limit_bytes
    dropped = [(each.name, load.devices[each.name].dropped) for each in devices]
    lost = ", ".join(f"{name} {count}" for name, count in dropped if count)
    at_most = told_bytes(load.peak_bytes)
    peak = f"at most {at_most} waited ({name}, at {when}), {_percent(share)} of the limit; "
    if not lost:
        return join(peak, "no capture was dropped")
    count = sum(count for _, count in dropped)
    what = f"{count} capture{'s were' if count > 1 else ' was'} dropped because the disk did not keep up"
    return join(peak, tag("b", what, class_="bad"), f": {lost}")


def _drop(plot: Plot, load: LoadData, first: int, last: int) -> Markup:
    start, end = plot.at_x(float(load.edges_s[first])), plot.at_x(float(load.edges_s[last]))
    title = tag("title", "captures were dropped")
    width = max(_LEAST_WIDTH, end - start)
    return tag("rect", title, x=start, y=0, width=width, height=int(HEIGHT), class_="hole-queue_full drops")


# --- disk -------------------------------------------------------------------------------------------------


def _written(devices: Sequence[DeviceData], load: LoadData) -> Markup:
    top = max(float(np.max(load.rate)), 1.0)
    scale = Scale(0.0, top * _HEADROOM)
    plot = Plot(load.time, scale, scale.ticks(4))
    plot.grid()
    below = np.zeros(2 * len(load.rate))
    for device in devices:
        above = below + np.repeat(load.devices[device.name].rate, 2)
        plot.area(load.step_times, below, above, f"stack {device.style}")
        below = above
    title = "bytes written per second, the devices on top of each other"
    told = f"{told_bytes(load.mean_rate)}/s on average, {told_bytes(load.top_rate)}/s at most"
    entries = [(each.style, f"{each.name} {told_bytes(load.mean_rate_of(each.name))}/s") for each in devices]
    return tag(
        "figure",
        tag("figcaption", tag("b", "Written"), f" {told}"),
        chart(plot, title, label=lambda value: f"{label_bytes(value, top)}/s"),
        legend(entries),
    )


def _free(load: LoadData) -> Markup:
    free = load.free_bytes
    top = max(float(free.max()), 1.0)
    scale = Scale(0.0, top * _HEADROOM)
    plot = Plot(load.time, scale, scale.ticks(4))
    plot.grid()
    plot.area(load.edges_s, np.zeros(len(free)), free, "free")
    plot.line(load.edges_s, free, "free")
    told = f"{told_bytes(float(free[0]))} at the beginning, {told_bytes(float(free[-1]))} at the end"
    if load.mean_rate > 0:
        told += f": enough for {_duration(float(free[-1]) / load.mean_rate)} more at the average rate"
    return tag(
        "figure",
        tag("figcaption", tag("b", "Free space"), f" {told}"),
        chart(plot, "free space of the take's disk, over time", label=lambda value: label_bytes(value, top)),
    )


# --- words ------------------------------------------------------------------------------------------------


def _percent(share: float) -> str:
    return f"{share:.0f} %" if share >= 10 else f"{share:.1f} %"


def _duration(seconds: float) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 300:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h" if hours < 72 else f"{round(hours / 24)} days"
