"""The report of a take: one page without anything from elsewhere, to be looked at, sent and printed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.review.report.calibration import draw_calibration, lead_of
from kinect_sync.review.report.cloud import draw_cloud
from kinect_sync.review.report.data import DeviceData, TakeData
from kinect_sync.review.report.frame import fact_boxes, finding_list, page_of
from kinect_sync.review.report.lasers import draw_lasers
from kinect_sync.review.report.load import draw_load
from kinect_sync.review.report.markup import Markup, join, tag
from kinect_sync.review.report.over_time import arrivals, clocks, deviations, rates, timeline
from kinect_sync.review.report.pictures import pictures
from kinect_sync.review.report.rig import draw_rig
from kinect_sync.takes.manifest import Host
from kinect_sync.verdicts import Verdict, worst_of

_STYLES = {Verdict.IN_SYNC: "good", Verdict.INCOMPLETE: "warn"}


GENERATOR = "ksync report"
"""What names a page as one of these, near its beginning."""


def make_page(data: TakeData) -> str:
    """Return the page as one HTML text."""
    title = f"{data.take.manifest.name}: {_verdict(data)[0].lower()}"
    main = tag("main", _header(data), _facts(data), _findings(data), *_sections(data), _footer(data))
    return page_of(title, GENERATOR, main)


def _sections(data: TakeData) -> Iterable[Markup]:
    yield _section("Rig", _rig_lead(data), draw_rig(data))
    if isinstance(data.calibration, RigCalibration):
        drawn = draw_calibration(data.calibration, data.styles_by_serial)
        yield _section("Where the cameras stand", lead_of(data.calibration), drawn)
    lead = "Each lane is a device over the take; a gap is a pulse without a whole capture."
    yield _section("Captures", lead, timeline(data))
    if len(data.devices) > 1:
        lead = (
            f"Observed minus expected device time, against {data.reference}. A slope is drift, and no fault."
        )
        yield _section("Clocks", lead, clocks(data))
        lead = (
            f"The same without drift. The green band is the tolerance, ±{data.tolerance_us:g} µs at "
            f"{data.fps} fps: the distance from zero is bias, the spread is jitter."
        )
        yield _section("On the pulse", lead, deviations(data))
    yield _section("Frame rate", f"Whole captures per second; {data.fps} is the aim.", rates(data))
    late = arrivals(data)
    if late is not None:
        lead = (
            "How much later than the device's quickest capture each one reached the host: USB, and a busy "
            "computer. What comes ever later, or ever earlier, does not follow the pulses."
        )
        yield _section("Arrival", lead, late)
    yield _section("Queue and disk", None, draw_load(data))
    lasers = draw_lasers(data)
    if lasers is not None:
        yield _section("Lasers", None, lasers)
    shown = pictures(data)
    if shown is not None:
        pulse = data.first_set.pulse if data.first_set else None
        yield _section("First complete set", f"Pulse {pulse}: color, and depth or IR.", shown)
    if data.calibration is not None:
        yield from _in_one_world(data, data.calibration)
    yield _section("Numbers", None, _table(data))


def _in_one_world(data: TakeData, calibration: RigCalibration | str) -> Iterable[Markup]:
    if isinstance(calibration, str):
        yield _section("In one world", None, tag("p", calibration))
        return
    cloud = draw_cloud(data, calibration)
    if cloud is not None:
        pulse = data.first_set.pulse if data.first_set else None
        lead = (
            f"Pulse {pulse} of all devices as one cloud, by the calibration of {calibration.take}. Where "
            "edges are doubled, or colors lie beside their surfaces, a camera does not stand there any more."
        )
        yield _section("In one world", lead, cloud)


def _section(title: str, lead: str | None, content: Markup) -> Markup:
    return tag("section", tag("h2", title), tag("p", lead, class_="lead") if lead else None, content)


# --- head -------------------------------------------------------------------------------------------------


def _verdict(data: TakeData) -> tuple[str, str]:
    """Return what the take's report says, no better than what is left of the take, and how it is drawn."""
    if data.report is None:
        return "Unfinished", "warn"
    verdict = data.report.verdict
    if data.take.missing():
        verdict = worst_of((verdict, Verdict.INCOMPLETE))
    return verdict.told.capitalize(), _STYLES.get(verdict, "bad")


def _moment(utc_ns: int) -> str:
    """Write when a take began; a take.json from elsewhere may name a moment of no calendar."""
    try:
        return f"{datetime.fromtimestamp(utc_ns / 1e9, timezone.utc):%d %B %Y, %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"


def _header(data: TakeData) -> Markup:
    words, style = _verdict(data)
    manifest = data.take.manifest
    sub = _moment(manifest.begin.utc_ns)
    host = manifest.host.name if isinstance(manifest.host, Host) else None
    return tag(
        "header",
        tag("h1", manifest.name),
        tag("span", words, class_=f"verdict {style}"),
        tag("p", f"{sub}, on {host}" if host else sub, class_="sub"),
    )


def _facts(data: TakeData) -> Markup:
    pulses, complete = data.pulses, data.complete
    share = 100 * complete / pulses if pulses else 0.0
    style = "good" if complete == pulses else "warn" if share >= 99 else "bad"
    entries = (
        ("complete sets", f"{complete} of {pulses}", ""),
        ("complete", _percent(share), style),
        ("length", _length(pulses / data.fps), ""),
        ("devices", str(len(data.devices)), ""),
        ("frame rate", f"{data.fps} fps", ""),
    )
    return fact_boxes(entries)


def _percent(share: float) -> str:
    """Write a share; all but everything is never called 100 %."""
    return "100 %" if share == 100 else f"{min(share, 99.99):.2f} %" if share > 99 else f"{share:.1f} %"


def _length(seconds: float) -> str:
    total = round(seconds)
    if total < 60:
        return f"{seconds:.1f} s"
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}" if total >= 3600 else (
        f"{total // 60}:{total % 60:02d} min"
    )  # fmt: skip


def _findings(data: TakeData) -> Markup | None:
    told = data.report.findings if data.report else ()
    return finding_list([*data.take.remarks(), *data.take.missing(), *told])


def _rig_lead(data: TakeData) -> str:
    settings = data.devices[0].settings
    modes = sorted({str(device.settings.depth_mode).replace("_", " ") for device in data.devices})
    exposure = settings.exposure_us if settings.exposure_us == "auto" else f"{settings.exposure_us} µs"
    rig = None if data.take.manifest.rebuilt else data.rig
    topology = str(rig.topology).replace("_", " ") if rig else "rig of unknown cabling"
    return (
        f"{topology.capitalize()}, color {settings.color_resolution} {settings.color_format}, "
        f"depth {', '.join(modes)}, exposure {'unknown' if data.take.manifest.rebuilt else exposure}."
    )


# --- numbers ----------------------------------------------------------------------------------------------

_COLUMNS = (
    "device", "role", "serial", "captures", "dropped", "bias µs", "jitter µs", "drift ppm", "depth delay µs",
    "delay off master µs",
)  # fmt: skip
_WORDS = 3


def _table(data: TakeData) -> Markup:
    heads = (tag("th", text, class_=_alignment(i), scope="col") for i, text in enumerate(_COLUMNS))
    rows = (tag("tr", *(tag("td", text, class_=_alignment(i)) for i, text in enumerate(_row(device))))
            for device in data.devices)  # fmt: skip
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label="numbers per device")


def _alignment(column: int) -> str | None:
    return "words" if column < _WORDS else None


def _row(device: DeviceData) -> tuple[str, ...]:
    report, settings = device.report, device.settings
    measures = (report.bias_us, report.jitter_us, report.drift_ppm) if report else (None, None, None)
    captures = report.captures if report else device.captures
    return (
        device.name,
        str(settings.role),
        settings.serial,
        str(captures),
        str(device.lane.holes),
        *(f"{value:.1f}" if value is not None else "–" for value in measures),
        str(settings.depth_delay_off_color_usec),
        str(settings.subordinate_delay_off_master_usec),
    )


def _footer(data: TakeData) -> Markup:
    manifest = data.take.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.named.items())
    system = manifest.host.system if isinstance(manifest.host, Host) else None
    made = "take.json was rebuilt from the recordings by" if data.take.manifest.rebuilt else "Recorded with"
    return tag("footer", join(f"{made} {versions}" if versions else "", f" on {system}." if system else ""))
