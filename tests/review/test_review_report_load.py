"""The section "Queue and disk" of a report: its numbers are those of load.csv, and none are made up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.review.report.data import TakeData
from kinect_sync.review.report.gathering import gather
from kinect_sync.review.report.load_data import LoadData, thin
from kinect_sync.review.report.page import make_page
from kinect_sync.review.report.scale import label_bytes, told_bytes
from kinect_sync.takes.load import DeviceLoad, LoadFile, TakeLoad
from kinect_sync.takes.load_reader import Load, LoadColumns
from kinect_sync.takes.opened_take import open_take
from tests.review.small_takes import make_take
from tests.review.test_review_report_page import Reader, page_of

MB, GB, S = 10**6, 10**9, 10**9
FIRST_PULSE_NS = 5 * S
"""When the first pulse of a small take arrived."""
LIMIT = 200 * MB
NAMES = ("front", "left", "right")
Row = tuple[float, float, Mapping[str, DeviceLoad]]
"""Seconds since the first pulse, free bytes, and the load of some devices; that of others is nothing."""


def write_load(take: Path, rows: Sequence[Row], names: Sequence[str] = NAMES) -> None:
    file = LoadFile(take / "load.csv", names)
    for seconds, free, devices in rows:
        times = FIRST_PULSE_NS + round(seconds * S)
        loads = [devices.get(name, DeviceLoad(0, 0, 0)) for name in names]
        file.append(TakeLoad(times, 0, round(free), LIMIT), loads)
    file.close()


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return make_take(tmp_path / "take", pulses=2)


STALL: tuple[Row, ...] = (
    (0.0, 10 * GB, {}),
    (1.0, 9.9 * GB, {"front": DeviceLoad(8 * MB, 60 * MB, 0), "left": DeviceLoad(4 * MB, 40 * MB, 0)}),
    (2.0, 9.8 * GB, {"front": DeviceLoad(190 * MB, 70 * MB, 0), "left": DeviceLoad(9 * MB, 80 * MB, 0)}),
    (3.0, 9.6 * GB, {"front": DeviceLoad(199 * MB, 90 * MB, 6), "left": DeviceLoad(2 * MB, 120 * MB, 1)}),
    (4.0, 9.2 * GB, {"front": DeviceLoad(150 * MB, 240 * MB, 6), "left": DeviceLoad(0, 160 * MB, 1)}),
)


def section(page: str) -> str:
    (found,) = re.findall(r"<section><h2>Queue and disk</h2>.*?</section>", page)
    return found


def test_what_is_told_is_what_the_log_says(take: Path) -> None:
    write_load(take, STALL)
    text = Reader(section(page_of(take))).text
    assert "at most 199 MB waited (front, at 2 s), 100 % of the limit" in text
    assert "7 captures were dropped because the disk did not keep up: front 6, left 1" in text
    for told in ("front 199 MB", "left 9.0 MB", "right 0 MB", "limit 200 MB", "captures dropped"):
        assert told in text, told
    assert "100 MB/s on average, 190 MB/s at most" in text
    for told in ("front 60.0 MB/s", "left 40.0 MB/s", "right 0 MB/s"):
        assert told in text, told
    assert "10.0 GB at the beginning, 9.2 GB at the end: enough for 92 s more at the average rate" in text


def test_a_take_that_dropped_nothing_says_so_and_marks_nothing(take: Path) -> None:
    write_load(take, STALL[:3])
    found = section(page_of(take))
    assert "95 % of the limit; no capture was dropped" in found
    assert "hole-queue_full" not in found


def test_curves_stand_where_the_log_puts_them(take: Path) -> None:
    write_load(take, STALL)
    found = section(page_of(take))
    top = 1.08 * LIMIT
    heights = [100 * (1 - queued * MB / top) for queued in (8, 190, 199, 150)]
    steps = [(250 * at, height) for second, height in enumerate(heights) for at in (second, second + 1)]
    line = re.search(r'<path d="M([^"]*)" class="line d0"', found)
    assert line is not None
    drawn = [tuple(map(float, point.split(" "))) for point in line[1].split("L")]
    assert drawn == [pytest.approx(step, abs=0.06) for step in steps]
    assert f'd="M0 {100 * (1 - 1 / 1.08):.1f}H1000" class="limit"' in found
    assert 'x="500" y="0" width="250" height="100" class="hole-queue_full drops"' in found


def test_the_page_stays_well_formed_and_every_drawing_has_its_words(take: Path) -> None:
    write_load(take, STALL)
    page = page_of(take)
    assert len(Reader(page).all("svg")) == len(re.findall(r"<svg[^>]*><title>", page))
    assert section(page).count("<svg") == 3


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        pytest.param(lambda take: None, "the take holds no load.csv", id="an older take"),
        pytest.param(
            lambda take: (take / "load.csv").write_text("notes of mine\n"),
            "load.csv is not what ksync writes (its heading is another)",
            id="a foreign file",
        ),
        pytest.param(lambda take: (take / "load.csv").mkdir(), "load.csv can't be read", id="a folder"),
        pytest.param(
            lambda take: write_load(take, STALL[:1]), "ends before a second had passed", id="a short take"
        ),
        pytest.param(
            lambda take: write_load(take, []), "ends before a second had passed", id="a heading alone"
        ),
        pytest.param(
            lambda take: write_load(take, STALL, ["front", "left"]), "no columns of right", id="other devices"
        ),
    ],
)
def test_a_take_that_does_not_tell_has_a_page_that_says_why(take: Path, prepare, told: str) -> None:
    prepare(take)
    found = section(page_of(take))
    text = Reader(found).text
    assert text.startswith("Queue and diskHow queues and disk stood is not known: ")
    assert told in text
    assert "<svg" not in found


def test_devices_that_the_take_does_not_know_are_not_drawn(take: Path) -> None:
    rows = [(time_s, free, {**loads, "stranger": DeviceLoad(900, 900, 9)}) for time_s, free, loads in STALL]
    write_load(take, rows, [*NAMES, "stranger"])
    assert "stranger" not in Reader(section(page_of(take))).text


# --- times and thinning -----------------------------------------------------------------------------------


def made(data: TakeData, seconds: np.ndarray, **front: np.ndarray) -> LoadData:
    """Thin a log of the given rows, in which only the front device has anything to tell."""
    none = np.zeros(len(seconds), np.int64)
    columns = {"queue_peak_bytes": none, "written_bytes": none, "queue_full": none}
    devices = {name: LoadColumns(**columns) for name in NAMES} | {"front": LoadColumns(**columns | front)}
    host_ns = FIRST_PULSE_NS + np.round(seconds * S).astype(np.int64)
    thinned = thin(Load(host_ns, none, none + 10**12, none + LIMIT, devices), data)
    assert isinstance(thinned, LoadData)
    return thinned


def test_time_counts_from_the_arrival_of_the_first_pulse(take: Path) -> None:
    data = gather(open_take(take))
    assert made(data, np.array([0.7, 1.7, 2.7])).edges_s.tolist() == pytest.approx([0.7, 1.7, 2.7])


def test_where_arrival_is_not_known_time_counts_from_the_first_row(take: Path) -> None:
    data = gather(open_take(take))
    assert made(data, np.array([3600.0, 3601.0])).edges_s.tolist() == pytest.approx([0.0, 1.0])


def test_the_last_row_makes_no_rate_of_a_moment(take: Path) -> None:
    written = np.array([0, 10, 20, 25]) * MB
    load = made(gather(open_take(take)), np.array([0.0, 1.0, 2.0, 2.02]), written_bytes=written)
    assert load.edges_s.tolist() == pytest.approx([0.0, 1.0, 2.02])
    assert load.top_rate == pytest.approx(15 * MB / 1.02)
    assert load.devices["front"].written_bytes == 25 * MB


def test_no_peak_no_drop_and_no_rate_is_lost_in_an_hour(take: Path) -> None:
    queued, full, written = (np.zeros(3601, np.int64) for _ in range(3))
    queued[1777] = 150 * MB
    full[2500:] = 1
    written[:] = np.arange(3601) * 50 * MB
    written[3000:] += 400 * MB
    load = made(
        gather(open_take(take)), np.arange(3601.0),
        queue_peak_bytes=queued, queue_full=full, written_bytes=written,
    )  # fmt: skip
    assert len(load.edges_s) == 301
    assert load.peak == ("front", 1776.5)
    assert load.peak_bytes == 150 * MB
    assert np.count_nonzero(load.devices["front"].queue_bytes) == 1
    assert load.devices["front"].dropped == 1
    ((first, last),) = load.drops
    assert load.edges_s[first] < 2500 <= load.edges_s[last]
    assert load.top_rate == 450 * MB


def test_the_page_of_an_hour_stays_small(take: Path) -> None:
    random = np.random.default_rng(1)
    rows = [
        (float(second), 10 * GB,
         {name: DeviceLoad(int(random.integers(0, LIMIT)), second * 50 * MB, 0) for name in NAMES})
        for second in range(3601)
    ]  # fmt: skip
    write_load(take, rows)
    assert len(section(make_page(gather(open_take(take))))) < 80_000


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 MB"), (8_403_365, "8.4 MB"), (201_326_592, "201 MB"), (75.6e9, "75.6 GB"), (3.2e12, "3.2 TB")],
)
def test_bytes_are_told_with_the_digits_that_matter(count: float, told: str) -> None:
    assert told_bytes(count) == told


def test_the_labels_of_an_axis_share_a_unit() -> None:
    assert [label_bytes(count, 2.2e9) for count in (0.0, 0.5e9, 2e9)] == ["0 GB", "0.5 GB", "2 GB"]
    assert [label_bytes(count, 454e6) for count in (0.0, 200e6)] == ["0 MB", "200 MB"]
