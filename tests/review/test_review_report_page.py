from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.review.report.gathering import gather
from kinect_sync.review.report.markup import VOID, Markup, tag
from kinect_sync.review.report.page import make_page
from kinect_sync.review.report.pictures import paint
from kinect_sync.review.report.scale import Scale, label_time, scale_around, time_ticks
from kinect_sync.review.report.writing import write_report
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index_reader import IndexColumns, TakeIndex
from kinect_sync.takes.manifest import ClockSample, Manifest, Rebuilt
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.opened_take import OpenedTake, open_take
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import HOLES, NO_HOLE
from kinect_sync.verdicts import Verdict
from tests.review.small_takes import SERIALS, make_take, small_rig


class Reader(HTMLParser):
    """Fails where a tag is not closed, and collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.tags if found == name]


def page_of(take: Path) -> str:
    return make_page(gather(open_take(take)))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("takes") / "good", pulses=4, drift_ppm=80)


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(good: Path) -> None:
    text = page_of(good)
    page = Reader(text)
    assert text.startswith("<!doctype html>")
    assert page.all("script") == page.all("link") == []
    assert not re.search(r"https?://|url\(|@import", text)
    assert all(str(image["src"]).startswith("data:image/jpeg;base64,") for image in page.all("img"))


def test_every_drawing_and_picture_says_in_words_what_it_shows(good: Path) -> None:
    page = Reader(page_of(good))
    assert len(page.all("svg")) == text_count(page_of(good), r"<svg[^>]*><title>")
    assert {image["alt"] for image in page.all("img")} == {
        f"{word} of {name}" for word in ("color", "depth") for name in ("front", "left", "right")
    }


def text_count(text: str, pattern: str) -> int:
    return len(re.findall(pattern, text))


def test_verdict_sets_and_sections_are_told(good: Path) -> None:
    text = Reader(page_of(good)).text
    for told in ("good", "In sync", "4 of 4", "100 %", "30 fps", "no holes", "±110 µs", "No lasers meet"):
        assert told in text, told
    sections = ("Rig", "Captures", "Clocks", "On the pulse", "Frame rate", "Arrival", "Lasers")
    assert [word for word in sections if word not in text] == []


def test_the_pictures_are_the_first_set_that_all_have(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=3, holes={"left": {0: "sensor_dropped"}})
    text = page_of(take)
    assert "Pulse 1: color, and depth or IR." in text
    data = re.findall(r"base64,([^\"]+)", text)
    assert len(data) == 6
    assert base64.b64decode(data[0]).startswith(b"\xff\xd8")


def test_a_take_without_any_complete_set_has_a_page_without_pictures(tmp_path: Path) -> None:
    holes = {"left": {0: "sensor_dropped"}, "right": {1: "queue_full"}}
    page = Reader(page_of(make_take(tmp_path / "take", pulses=2, holes=holes)))
    assert page.all("img") == []
    assert "0 of 2" in page.text
    assert "1 sensor dropped" in page.text
    assert "1 queue full" in page.text


def test_holes_are_drawn_at_their_pulses_with_their_reason(tmp_path: Path) -> None:
    holes = {"left": {2: "sensor_dropped", 3: "sensor_dropped", 6: "half_capture"}}
    text = page_of(make_take(tmp_path / "take", pulses=10, holes=holes))
    dropped, half = re.findall(r'<rect x="([\d.]+)" y="0" width="([\d.]+)"[^>]*><title>(pulse[^<]*)', text)[
        :2
    ]
    assert dropped == ("200", "200", "pulses 2 to 3: sensor dropped")
    assert half == ("600", "100", "pulse 6: half capture")


def test_more_holes_than_a_screen_parts_are_drawn_as_high_as_they_are_many() -> None:
    opened = hour_of_nine()
    (whole,) = opened.index.stretches()
    names = list(whole.devices)
    lost = np.repeat(np.array([NO_HOLE, HOLES.index(HoleReason.DEVICE_LOST)], np.int8), 54_000)
    last = replace(whole.devices[names[-1]], hole=lost)
    index = TakeIndex(whole.pulses, {**whole.devices, names[-1]: last})
    lanes = make_page(gather(with_index(opened.manifest, index))).split('class="lane"')[1:]
    heights = [float(height) for height in re.findall(r'height="([\d.]+)" class="hole-sensor', lanes[0])]
    assert len(heights) == 250
    assert set(heights) == {12.0}, "one in twenty is little, but never nothing"
    assert 'x="500" y="0" width="500" height="100" class="hole-device_lost"' in lanes[8]


def test_names_and_findings_are_text_and_never_markup(good: Path) -> None:
    opened = open_take(good)
    report = opened.manifest.report
    assert report is not None
    finding = Finding(code="x", what="<script>alert(1)</script> & more", remedy='say "no"')
    manifest = opened.manifest.model_copy(
        update={"name": "<b>", "report": report.model_copy(update={"findings": (finding,)})}
    )
    text = make_page(gather(OpenedTake(opened.path, manifest)))
    assert "<script" not in text
    assert "<script>alert(1)</script> & more" in Reader(text).text


def test_a_missing_recording_costs_its_pictures_only_and_is_told(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    (take / "left.mkv").unlink()
    page = Reader(page_of(take))
    assert len(page.all("img")) == 4
    assert "left: no picture" in page.text
    assert "names left.mkv, and it is not in" in page.text


@pytest.mark.parametrize(
    ("verdict", "told"), [("in_sync", "Incomplete"), ("out_of_sync", "Out of sync"), ("failed", "Failed")]
)
def test_where_a_recording_is_missing_no_verdict_is_better_than_incomplete(
    tmp_path: Path, verdict: str, told: str
) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    manifest = read_manifest(take)
    assert manifest.report is not None
    report = manifest.report.model_copy(update={"verdict": Verdict(verdict)})
    write_manifest(take, manifest.model_copy(update={"report": report}))
    (take / "left.mkv").unlink()
    written = write_report(take, tmp_path / "page.html")
    assert (written.verdict, [each.code for each in written.findings]) == (
        "incomplete",
        ["recording-missing"],
    )
    page = (tmp_path / "page.html").read_text("utf-8")
    assert re.findall(r'class="verdict \w+">([^<]+)<', page) == [told]


def test_an_unfinished_take_is_drawn_and_says_so(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=3, state="recording", report=None, end=None)
    text = Reader(page_of(take)).text
    assert "Unfinished" in text
    assert "did not live to see the end" in text


@pytest.mark.parametrize(
    "rig",
    [
        pytest.param(small_rig(topology="star"), id="star with a splitter"),
        pytest.param(
            small_rig(
                topology="standalone",
                devices=[{"name": "front", "serial": "000123456712", "role": "standalone"}],
            ),
            id="one device, no cable",
        ),
        pytest.param(
            small_rig(
                devices=[
                    {"name": "front", "serial": "000123456712", "role": "subordinate"},
                    {"name": "left", "serial": "000234567812", "role": "subordinate"},
                ],
                external_trigger={"fps": 30, "pulse_width_us": 10, "drive_current_ma": 10},
            ),
            id="external trigger; the lasers meet",
        ),
        pytest.param(
            small_rig(
                devices=[
                    {"name": name, "serial": serial, "role": "subordinate"}
                    for name, serial in SERIALS.items()
                ],
                external_trigger={"fps": 30, "pulse_width_us": 10, "drive_current_ma": 10},
                chains=[["left", "front"], ["right"]],
            ),
            id="chains at a distributor",
        ),
        pytest.param(
            small_rig(
                camera={
                    "color_resolution": "720p",
                    "depth_mode": "passive_ir",
                    "fps": 30,
                    "color_format": "mjpg",
                }
            ),
            id="no depth, no lasers",
        ),
    ],
)
def test_every_kind_of_rig_has_a_page(tmp_path: Path, rig: RigFields) -> None:
    page = Reader(page_of(make_take(tmp_path / "take", pulses=2, rig=rig)))
    assert len(page.all("svg")) >= 5
    assert len(page.all("img")) == 2 * len(rig.devices)


def test_the_pictures_of_nine_devices_for_an_hour_stay_small() -> None:
    text = make_page(gather(hour_of_nine()))
    Reader(text)
    assert len(text) < 1_000_000


def test_a_take_looks_the_same_whatever_is_read_of_it_at_once() -> None:
    opened = hour_of_nine()
    (whole,) = opened.index.stretches()
    in_parts = with_index(opened.manifest, whole, rows=7777)
    assert make_page(gather(in_parts)) == make_page(gather(opened))


def hour_of_nine() -> OpenedTake:
    """An index of random holes and residuals; there are no recordings."""
    pulses, random = 108_000, np.random.default_rng(1)
    names = [f"camera-{number}" for number in range(9)]
    devices = [
        {"name": name, "serial": f"{number:012d}", "role": "subordinate" if number else "master",
         "depth_delay_off_color_usec": 160 * number}
        for number, name in enumerate(names)
    ]  # fmt: skip
    rig = small_rig(devices=devices)
    columns = {}
    times = np.arange(pulses) * 33_333
    for name in names:
        dropped = HOLES.index(HoleReason.SENSOR_DROPPED)
        hole = np.where(random.random(pulses) < 0.05, dropped, NO_HOLE).astype(np.int8)
        columns[name] = IndexColumns(
            np.arange(pulses), times, times, times * 1000, random.normal(0, 8, pulses), hole
        )
    manifest = Manifest.model_validate(
        {
            "state": "finished",
            "name": "hour",
            "versions": {"ksync": "0.1.0"},
            "host": {"name": "host", "system": "Linux", "machine": "x86_64"},
            "rig": rig.model_dump(mode="json", by_alias=True),
            "begin": {"monotonic_ns": 0, "utc_ns": 0},
            "reference": names[0],
            "devices": [
                {"file": f"{device.name}.mkv", "settings": rig.settings_of(device).model_dump(),
                 "firmware": None, "controls": None, "jacks": None, "first_pulse_us": 0.0,
                 "captures_before": 0}
                for device in rig.devices
            ],
        }
    )  # fmt: skip
    return with_index(manifest, TakeIndex(np.arange(pulses), columns))


class InMemory:
    """An index of which nothing is on the disk, in stretches of so many rows."""

    def __init__(self, index: TakeIndex, rows: int) -> None:
        self.index, self.rows = index, rows
        self.last_pulse = int(index.pulses.max(initial=-1))

    def __len__(self) -> int:
        return len(self.index)

    def stretches(self) -> Iterator[TakeIndex]:
        for start in range(0, len(self), self.rows):
            part = slice(start, start + self.rows)
            yield TakeIndex(
                self.index.pulses[part],
                {
                    name: IndexColumns(*(getattr(each, field.name)[part] for field in fields(each)))
                    for name, each in self.index.devices.items()
                },
            )


def with_index(manifest: Manifest, index: TakeIndex, rows: int = 10**9) -> OpenedTake:
    """A take of which nothing is on the disk."""
    take = OpenedTake(Path("hour"), manifest)
    vars(take)["index"] = InMemory(index, rows)  # as if it had been read
    return take


def test_a_take_without_pulses_is_refused(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1)
    index = take / "alignment.csv"
    index.write_text(index.read_text().splitlines()[0] + "\n")
    with pytest.raises(UsageError, match="no pulses"):
        write_report(take, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_pixels_of_a_picture_are_colored_from_near_to_far_and_black_where_unknown() -> None:
    painted = paint(np.array([[0.0, 500.0, 2000.0, 3500.0]]))
    assert painted[0, 0].tolist() == [0, 0, 0]
    assert len({tuple(pixel) for pixel in painted[0].tolist()}) == 4
    assert Image.fromarray(painted).size == (4, 1)


# --- small things -----------------------------------------------------------------------------------------


def test_no_text_of_a_take_is_obeyed_by_a_page() -> None:
    hostile = "<script>\x1b[2J\x00\u202e&\ud800"
    assert tag("p", hostile, title=hostile) == (
        '<p title="&lt;script&gt;\\x1b[2J\\x00\\u202e&amp;\\ud800">'
        "&lt;script&gt;\\x1b[2J\\x00\\u202e&amp;\\ud800</p>"
    )


def test_a_rig_of_other_devices_than_the_takes_is_not_drawn(tmp_path: Path) -> None:
    opened = open_take(make_take(tmp_path / "take", rig=small_rig()))
    others = opened.manifest.model_copy(update={"devices": opened.manifest.devices[1:], "reference": "left"})
    assert "rig of unknown cabling" in make_page(gather(replace(opened, manifest=others))).lower()


@pytest.mark.parametrize("utc_ns", [10**25, -(10**25), 10**400])
def test_a_take_of_no_calendar_has_a_page(tmp_path: Path, utc_ns: int) -> None:
    begin = ClockSample(monotonic_ns=0, utc_ns=utc_ns)
    opened = open_take(make_take(tmp_path / "take", pulses=1, begin=begin))
    assert "at an unknown time" in make_page(gather(opened))


def test_text_is_escaped_and_markup_is_not() -> None:
    made = tag("p", "a < b", tag("b", "c"), class_="x", title='say "so"', nothing=None)
    assert made == '<p class="x" title="say &quot;so&quot;">a &lt; b<b>c</b></p>'
    assert isinstance(made, Markup)


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        pytest.param(Scale(0, 10), [0, 2, 4, 6, 8, 10], id="ends that are round are ticks"),
        pytest.param(Scale(-117, 117), [-100, -50, 0, 50, 100], id="on both sides of zero"),
        pytest.param(Scale(0.2, 0.9), [0.2, 0.4, 0.6, 0.8], id="less than one"),
    ],
)
def test_ticks_are_round(scale: Scale, ticks: list[float]) -> None:
    assert scale.ticks() == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("length_s", "ticks"),
    [
        pytest.param(3, [0, 0.5, 1, 1.5, 2, 2.5, 3], id="seconds"),
        pytest.param(60, [0, 10, 20, 30, 40, 50, 60], id="a minute"),
        pytest.param(3600, [0, 600, 1200, 1800, 2400, 3000, 3600], id="an hour, in tens of minutes"),
        pytest.param(200_000, [0, 43_200, 86_400, 129_600, 172_800], id="days"),
    ],
)
def test_moments_are_round_on_a_clock(length_s: float, ticks: list[float]) -> None:
    assert time_ticks(Scale(0, length_s)) == pytest.approx(ticks)


def test_a_scale_of_nothing_or_of_one_value_still_has_a_length() -> None:
    assert scale_around().high > scale_around().low
    assert scale_around(5.0).share(5.0) == pytest.approx(0.5)
    assert scale_around(float("nan"), 1.0, 2.0).share(1.5) == pytest.approx(0.5)


def test_times_are_labelled_for_their_span() -> None:
    assert [label_time(150, span) for span in (10, 600, 7200)] == ["150 s", "2:30", "0:02:30"]


def test_a_rebuilt_take_claims_neither_cables_nor_exposure_nor_its_recorder(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", host=Rebuilt(rebuilt="from the recordings alone"))
    text = Reader(str(make_page(gather(open_take(take))))).text
    assert "Rig of unknown cabling" in text
    assert "exposure unknown" in text
    assert "rebuilt from the recordings by" in text
    assert "Recorded with" not in text
