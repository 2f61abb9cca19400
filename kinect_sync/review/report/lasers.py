"""The laser plan as a picture: when each device's laser fires within one period, and the smallest gap."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.review.report.chart import HEIGHT, WIDTH, x_label
from kinect_sync.review.report.data import TakeData
from kinect_sync.review.report.markup import Markup, join, short, tag
from kinect_sync.review.report.scale import Scale
from kinect_sync.rig.modes import Topology
from kinect_sync.timing.lasers.check import (
    UNITS_PER_US,
    Laser,
    LaserCheck,
    capture_period,
    check_rig,
    lasers_of,
)

_ZOOM_US = 1700.0
"""A little more than from one pulse of a laser to its next."""


def draw_lasers(data: TakeData) -> Markup | None:
    """Draw one period, and the pulses around the smallest gap; None where no lasers have to be kept apart."""
    rig = data.rig
    if rig is None or rig.topology is Topology.STANDALONE:
        return None
    lasers = lasers_of(rig)
    if len(lasers) < 2:
        return None
    check = check_rig(rig)
    period_us = 1e6 / data.fps
    centre_us = min(_pulses(laser)[0] for laser in lasers) + period_us * 0.48
    whole = Scale(centre_us - period_us / 2, centre_us + period_us / 2)
    parts = [_lanes(data, lasers, whole, f"one period of {period_us / 1000:.1f} ms")]
    if check.smallest is not None:
        at_us = check.smallest.at_us + check.smallest.gap_us / 2
        zoom = Scale(at_us - _ZOOM_US / 2, at_us + _ZOOM_US / 2)
        parts.append(_lanes(data, lasers, zoom, f"{_ZOOM_US:.0f} µs around the smallest gap"))
    return join(tag("p", _verdict(check), class_="lead"), *parts)


def _verdict(check: LaserCheck) -> str:
    smallest = check.smallest
    if smallest is None:
        return "No two devices with lasers see the same volume."
    if check.collisions:
        count = len({frozenset((gap.earlier, gap.later)) for gap in check.collisions})
        pairs = "pair of devices fires" if count == 1 else "pairs of devices fire"
        return f"{count} {pairs} into each other's depth exposures: depth is wrong there."
    return (
        f"No lasers meet. The smallest gap is {smallest.gap_us:.1f} µs, "
        f"from {smallest.earlier} to {smallest.later}."
    )


def _lanes(data: TakeData, lasers: list[Laser], scale: Scale, title: str) -> Markup:
    styles = {device.name: device.style for device in data.devices}
    period_us = capture_period(data.fps) / UNITS_PER_US
    lanes = [
        tag(
            "div",
            tag("span", laser.device, class_="name"),
            _lane(laser, scale, period_us, styles.get(laser.device, "d0"), title),
            class_="lane short",
        )
        for laser in lasers
    ]
    axis = tag("div", tag("span"), _axis(scale), class_="lane short axis")
    return tag("figure", tag("figcaption", title), *lanes, axis, class_="lasers")


def _lane(laser: Laser, scale: Scale, period_us: float, style: str, title: str) -> Markup:
    pulses = _pulses(laser)
    train = (pulses[0], pulses[-1] + laser.pattern.width_us)
    fired = [(start, start + laser.pattern.width_us) for start in pulses]
    return tag(
        "svg",
        tag("title", f"laser of {laser.device}, {title}"),
        *(_rect(span, f"train {style}", 22) for span in _seen([train], scale, period_us)),
        *(_rect(span, f"fill {style}", 8) for span in _seen(fired, scale, period_us)),
        viewBox=f"0 0 {int(WIDTH)} {int(HEIGHT)}",
        preserveAspectRatio="none",
        role="img",
        class_="bar thin",
    )


def _rect(span: tuple[float, float], style: str, inset: int) -> Markup:
    start, end = span
    width = max(1.2, end - start)
    return tag("rect", x=start, y=inset, width=width, height=int(HEIGHT) - 2 * inset, class_=style)


def _pulses(laser: Laser) -> list[float]:
    """Return when each pulse starts, in µs after the pulse on the wire."""
    return [(laser.centre + start) / UNITS_PER_US for start in laser.pattern.starts]


def _seen(spans: list[tuple[float, float]], scale: Scale, period_us: float) -> Iterator[tuple[float, float]]:
    """Yield what of spans that come back every period falls into the picture, in its units."""
    for start, end in spans:
        turn = -((end - scale.low) // period_us) * period_us
        while start + turn < scale.high:
            first, last = max(scale.low, start + turn), min(scale.high, end + turn)
            if last > first:
                yield WIDTH * scale.share(first), WIDTH * scale.share(last)
            turn += period_us


def _axis(scale: Scale) -> Markup:
    wide = scale.high - scale.low > 5000
    labels = ((value, f"{short(value / 1000)} ms" if wide else f"{value:g} µs") for value in scale.ticks(5))
    return tag("div", *(x_label(scale.share(value), text) for value, text in labels), class_="xs")
