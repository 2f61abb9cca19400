"""A rig's calibration as pictures: the cameras from above, how well pairs fit, and what is left over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from kinect_sync.calibration.measures import DeviceMeasures, Measures, PairMeasures
from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.review.report.chart import Plot, chart, legend, time_axis
from kinect_sync.review.report.from_above import draw_from_above
from kinect_sync.review.report.markup import Markup, join, tag
from kinect_sync.review.report.scale import Scale, scale_around

GOOD_MM, FAIR_MM = 4.0, 10.0
"""Up to the first, two clouds are one for a person; from the second on `ksync calibrate` says no."""
_COLUMNS = ("device", "poses", "held-out px", "plane mm", "color to depth", "depth offset mm", "σ mm", "seen")

Styles = Mapping[str, str]
"""The class of each device's color, by its name in the calibration."""
_STRANGER = "d8"


def lead_of(calibration: RigCalibration) -> str:
    """Say in a sentence or two what a calibration is, and what it is worth."""
    made = f"By the board in {calibration.take}"
    measures = calibration.measures
    if measures is None:
        return f"{made}."
    poses = f"{measures.poses} poses, {measures.held_out} of them held out in turn to measure with"
    if measures.headline is None:
        return f"{made}: {poses}."
    return f"{made}: {measures.headline} ({poses})."


def draw_calibration(calibration: RigCalibration, by_serial: Mapping[str, str]) -> Markup:
    """Draw all that there is of a calibration; `by_serial` are the classes of the devices' colors."""
    styles = {device.name: by_serial.get(device.serial, _STRANGER) for device in calibration.devices}
    measures = calibration.measures
    if measures is None:
        return draw_from_above(calibration, styles)
    return join(
        draw_from_above(calibration, styles),
        _figure("Depth against depth", "median distance of one board, mm", _matrix(calibration, measures)),
        _figure("Over time", "error of corners where others place the board", _over_time(measures, styles)),
        _table(calibration, measures),
    )


def _figure(title: str, lead: str, content: Markup | None) -> Markup | None:
    if content is None:
        return None
    caption = tag("figcaption", tag("b", title), f": {lead}")
    return tag("figure", caption, content, class_="calibration")


# --- pairs ------------------------------------------------------------------------------------------------


def _matrix(calibration: RigCalibration, measures: Measures) -> Markup | None:
    """Lay the pairs out as a table: each cell is two devices, by color how well their depth fits."""
    names = [device.name for device in calibration.devices]
    if len(names) < 2:
        return None
    pairs = {frozenset((pair.first, pair.second)): pair for pair in measures.pairs}
    head = tag("tr", tag("th"), *(tag("th", name, scope="col") for name in names))
    rows = (
        tag("tr", tag("th", name, scope="row", class_="words"),
            *(_cell(name, other, pairs.get(frozenset((name, other)))) for other in names))
        for name in names
    )  # fmt: skip
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="pairs")
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label="depth against depth")


def _cell(name: str, other: str, pair: PairMeasures | None) -> Markup:
    if name == other:
        return tag("td", class_="same")
    if pair is None:
        return tag("td", "–", title=f"{name} and {other}: nothing is known of the pair")
    told = f"{name} and {other}: {pair.poses} poses together, σ {pair.sigma_mm:.2f} mm"
    if pair.depth_mm is None:
        return tag("td", "–" if pair.poses else "none", title=told, class_="soft")
    style = "good" if pair.depth_mm <= GOOD_MM else "warn" if pair.depth_mm <= FAIR_MM else "bad"
    return tag("td", f"{pair.depth_mm:.1f}", title=told, class_=style)


# --- over time --------------------------------------------------------------------------------------------


def _over_time(measures: Measures, styles: Styles) -> Markup | None:
    moments = {name: each for name, each in measures.over_time.items() if each}
    if not moments:
        return None
    pixels = [moment.px for each in moments.values() for moment in each]
    end = max(moment.seconds for each in moments.values() for moment in each)
    y = scale_around(0.0, float(np.percentile(pixels, 99)) * 1.1)
    plot = Plot(Scale(0.0, end * 1.02 + 0.1), Scale(0.0, y.high), [tick for tick in y.ticks(4) if tick >= 0])
    plot.grid()
    for name, each in moments.items():
        x = np.array([moment.seconds for moment in each])
        plot.dots(x, np.minimum([moment.px for moment in each], y.high), styles.get(name, "d0"))
    title = f"error of the corners of {', '.join(moments)} over the walk, in pixels"
    entries = [(styles.get(name, "d0"), name) for name in moments]
    label: Callable[[float], str] = "{:g} px".format
    return join(chart(plot, title, label=label, axis=time_axis), legend(entries))


# --- numbers ----------------------------------------------------------------------------------------------


def _table(calibration: RigCalibration, measures: Measures) -> Markup:
    heads = (tag("th", text, class_=_alignment(at), scope="col") for at, text in enumerate(_COLUMNS))
    rows = (
        tag("tr", *(tag("td", text, class_=_alignment(at)) for at, text in enumerate(row)))
        for row in _rows(calibration, measures)
    )
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label="calibration per device")


def _alignment(column: int) -> str | None:
    return None if column else "words"


def _rows(calibration: RigCalibration, measures: Measures) -> Iterator[Sequence[str]]:
    measured = measures.by_name
    for device in calibration.devices:
        each = measured.get(device.name, DeviceMeasures(name=device.name))
        seen = max(
            (c for c in (each.color, each.depth) if c is not None), key=lambda c: c.views, default=None
        )
        place = device.color or device.depth
        yield (
            device.name,
            str(seen.views) if seen else "–",
            _number(seen.held_out_px if seen else None, 2),
            "–" if each.plane_mm is None else f"{each.plane_mm:+.1f} ± {each.plane_spread_mm or 0:.1f}",
            "–" if each.factory_turn_deg is None else f"{each.factory_turn_deg:.2f}°",
            _number(device.depth_offset_mm if device.depth_offset_sigma_mm is not None else None, 1),
            _number(place.sigma_mm if place else None, 2),
            f"{100 * seen.coverage:.0f} %" if seen else "–",
        )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
