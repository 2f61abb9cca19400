"""A take opened by a program: rows, holes, images to the last bit, and every defect told as a finding."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kinect_sync as ks
from kinect_sync.findings import Kind
from kinect_sync.findings.export import (
    CALIBRATION_MISSING,
    DEVICE_UNKNOWN,
    IMAGE_BROKEN,
    IMAGE_NOT_IN_FILE,
)
from kinect_sync.findings.files import (
    IMAGE_ABSENT,
    INDEX_MISSING,
    PULSE_UNKNOWN,
    RECORDING_MISSING,
    RECORDING_NOT_MATROSKA,
    TAKE_MISSING,
    TAKE_NEWER,
)
from kinect_sync.findings.inspection import TAKE_UNFINISHED
from tests.marking import read_color_mark, read_depth_mark
from tests.review.exported import gray
from tests.review.small_takes import PERIOD_US, SERIALS, START_US, color_rig, make_take, small_rig

HOLES = {
    "left": {1: "sensor_dropped", 2: "half_capture"},
    "right": {1: "queue_full", 4: "device_lost", 5: "device_lost"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("takes") / "monday", holes=HOLES, drift_ppm=100.0)


@pytest.fixture
def take(folder: Path) -> ks.Take:
    return ks.open_take(folder)


def told(error: pytest.ExceptionInfo[ks.KsyncError]) -> list[tuple[Kind | None, str | None]]:
    return [(finding.kind, finding.device) for finding in error.value.findings]


# --- rows -------------------------------------------------------------------------------------------------


def test_a_take_says_what_it_is(take: ks.Take, folder: Path) -> None:
    assert (take.path, take.names, len(take)) == (folder, tuple(SERIALS), 6)
    assert take.rig == small_rig()
    assert take.report is not None
    assert take.report.pulses == 6
    assert take.findings == ()
    assert "6 pulses of front, left, right" in repr(take)


@pytest.mark.parametrize(
    ("wanted", "pulses"),
    [
        ({}, [0, 3]),
        ({"complete": False}, [0, 1, 2, 3, 4, 5]),
        ({"devices": ["front", "left"]}, [0, 3, 4, 5]),
        ({"devices": ["front"], "start": 1, "stop": 5, "every": 2}, [1, 3]),
        ({"complete": False, "stop": 2}, [0, 1]),
        ({"start": 100}, []),
    ],
    ids=str,
)
def test_rows_are_the_pulses_that_are_asked_for(take: ks.Take, wanted: Any, pulses: list[int]) -> None:
    rows = list(take.rows(**wanted))
    assert [row.pulse for row in rows] == pulses
    assert all(list(row) == list(wanted.get("devices", take.names)) for row in rows)


def test_a_capture_says_when_it_was(take: ks.Take) -> None:
    row = take.row(3)
    late_us = round(3 * PERIOD_US * 100 / 1e6)
    assert row.complete
    assert {name: each.color_timestamp_us for name, each in row.items()} == {
        "front": START_US + 3 * PERIOD_US,
        "left": START_US + 3 * PERIOD_US + late_us,
        "right": START_US + 3 * PERIOD_US + late_us,
    }
    left = row["left"]
    assert left.depth_timestamp_us == (left.color_timestamp_us or 0) + 160
    assert left.residual_us == pytest.approx(late_us, abs=0.05)
    assert left.host_time_ns is not None
    assert (left.hole, left.device, left.pulse) == (None, "left", 3)


def test_holes_are_values_with_reasons(take: ks.Take) -> None:
    row = take.row(1)
    assert not row.complete
    assert {name: each.hole for name, each in row.items()} == {
        "front": None,
        "left": ks.HoleReason.SENSOR_DROPPED,
        "right": ks.HoleReason.QUEUE_FULL,
    }
    left = row["left"]
    nothing = (left.color_timestamp_us, left.depth_timestamp_us, left.host_time_ns, left.residual_us)
    assert nothing == (None, None, None, None)
    assert "left: sensor_dropped, right: queue_full" in repr(row)


# --- images -----------------------------------------------------------------------------------------------


def test_every_image_is_that_of_its_device_and_pulse(take: ks.Take) -> None:
    for row in take.rows():
        for name, capture in row.items():
            mark = SERIALS[name], row.pulse
            assert read_color_mark(capture.color_jpeg) == mark
            assert read_depth_mark(capture.depth) == read_depth_mark(capture.ir) == mark


def test_images_are_those_that_an_export_writes(take: ks.Take, tmp_path: Path) -> None:
    ks.export(take, tmp_path / "export", what=["color", "depth", "ir"])
    for name, capture in take.row(3).items():
        files = tmp_path / "export" / name
        assert capture.color_jpeg == (files / "color" / "000003.jpg").read_bytes()
        for image, part in ((capture.depth, "depth"), (capture.ir, "ir")):
            assert image.dtype == np.uint16
            assert np.array_equal(image, gray(files / part / "000003.png"))


def test_color_is_decoded_red_first(take: ks.Take) -> None:
    front = take.row(0)["front"]
    with Image.open(io.BytesIO(front.color_jpeg)) as image:
        assert np.array_equal(front.color(), np.asarray(image.convert("RGB")))


def test_images_are_read_once_and_nobody_can_spoil_them(take: ks.Take) -> None:
    front = take.row(0)["front"]
    assert front.depth is front.depth
    for image in (front.color(), front.depth, front.ir):
        with pytest.raises(ValueError, match="read-only"):
            image[0, 0] = 1


def test_a_half_capture_has_the_images_that_are_there(take: ks.Take) -> None:
    left = take.row(2)["left"]
    assert (left.hole, left.color_timestamp_us) == (ks.HoleReason.HALF_CAPTURE, None)
    assert read_depth_mark(left.ir) == (SERIALS["left"], 2)
    with pytest.raises(ks.UsageError, match="pulse 2 is a hole: half_capture") as refused:
        left.color()
    assert told(refused) == [(IMAGE_ABSENT, "left")]


def test_raw_color_is_decoded_and_has_no_jpeg(tmp_path: Path) -> None:
    rig = color_rig(camera={"depth_mode": "off", "color_format": "nv12"})
    front = ks.open_take(make_take(tmp_path / "take", pulses=1, rig=rig)).row(0)["front"]
    assert front.color().shape == (720, 1280, 3)
    with pytest.raises(ks.UsageError, match="recorded as nv12") as refused:
        front.color_jpeg  # noqa: B018 - reading it is what is refused
    assert told(refused) == [(IMAGE_ABSENT, "front")]


@pytest.mark.parametrize("image", ["depth", "ir"])
def test_what_was_off_is_told(tmp_path: Path, image: str) -> None:
    front = ks.open_take(make_take(tmp_path / "take", pulses=1, rig=color_rig())).row(0)["front"]
    with pytest.raises(ks.UsageError) as refused:
        getattr(front, image)
    assert told(refused) == [(IMAGE_ABSENT, "front")]


def test_a_take_and_its_rows_may_go_to_another_process(take: ks.Take) -> None:
    there = pickle.loads(pickle.dumps(take)).row(3)
    assert there == take.row(3)
    assert np.array_equal(pickle.loads(pickle.dumps(there))["left"].depth, take.row(3)["left"].depth)


# --- geometry ---------------------------------------------------------------------------------------------


def test_geometry_is_that_of_the_recorded_modes_as_an_export_writes_it(take: ks.Take, tmp_path: Path) -> None:
    ks.export(take, tmp_path / "export", what=["calibration"], devices=["left"])
    written = json.loads((tmp_path / "export" / "left" / "calibration.json").read_bytes())
    geometry = take.geometry("left")
    for lens, key, size in ((geometry.depth, "depth", (320, 288)), (geometry.color, "color", (1280, 720))):
        assert lens is not None
        assert (lens.width, lens.height) == size == (written[key]["width"], written[key]["height"])
        assert lens.camera_matrix.tolist() == written[key]["camera_matrix"]
    assert list(geometry.color_from_depth.translation_m) == written["depth_to_color"]["translation_m"]


# --- what can be wrong ------------------------------------------------------------------------------------


def test_names_and_pulses_that_are_not_there_are_told_with_those_that_are(take: ks.Take) -> None:
    for ask in (lambda: take.geometry("rear"), lambda: take.rows(devices=["front", "rear"])):
        with pytest.raises(ks.UsageError, match="no device rear; choose among front, left, right") as refused:
            ask()
        assert told(refused) == [(DEVICE_UNKNOWN, None)]
    with pytest.raises(ks.UsageError, match="no pulse 6: it has 6, from 0 on") as refused:
        take.row(6)
    assert told(refused) == [(PULSE_UNKNOWN, None)]
    with pytest.raises(KeyError, match="no device 'rear' in this row, but front, left, right"):
        take.row(0)["rear"]
    with pytest.raises(ValueError, match="every is 1 or more"):
        take.rows(every=0)


def test_what_is_no_take_is_told(tmp_path: Path) -> None:
    with pytest.raises(ks.UsageError) as refused:
        ks.open_take(tmp_path / "nothing")
    assert told(refused) == [(TAKE_MISSING, None)]
    report = ks.RecordedTake.unanswered(ks.Verdict.FAILED, ())
    with pytest.raises(ks.UsageError, match="nothing was recorded") as refused:
        ks.open_take(report)
    assert told(refused) == [(TAKE_MISSING, None)]
    folder = make_take(tmp_path / "take")
    (folder / "alignment.csv").unlink()
    with pytest.raises(ks.UsageError) as refused:
        ks.open_take(folder)
    assert told(refused) == [(INDEX_MISSING, None)]


def test_a_take_that_was_cut_off_and_lacks_a_file_says_so_and_gives_the_rest(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take", state="recording", report=None)
    (folder / "left.mkv").unlink()
    take = ks.open_take(folder)
    assert [each.kind for each in take.findings] == [TAKE_UNFINISHED, RECORDING_MISSING]
    assert take.report is None
    row = take.row(0)
    assert row["front"].depth.any()
    with pytest.raises(ks.UsageError) as refused:
        row["left"].depth  # noqa: B018 - reading it is what is refused
    assert told(refused) == [(RECORDING_MISSING, "left")]


def test_a_recording_that_is_none_is_told_with_its_device(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take")
    (folder / "left.mkv").write_bytes(b"something else")
    with pytest.raises(ks.UsageError) as refused:
        ks.open_take(folder).row(0)["left"].ir  # noqa: B018 - reading it is what is refused
    assert told(refused) == [(RECORDING_NOT_MATROSKA, "left")]


def test_images_that_a_cut_file_lost_are_told(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take")
    file = folder / "left.mkv"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ks.UsageError, match="names depth of pulse 5") as refused:
        ks.open_take(folder).row(5)["left"].depth  # noqa: B018 - reading it is what is refused
    assert told(refused) == [(IMAGE_NOT_IN_FILE, "left")]


def test_an_image_that_is_damaged_is_told(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take")
    capture = ks.open_take(folder).row(2)["left"]
    file = folder / "left.mkv"
    file.write_bytes(file.read_bytes().replace(capture.color_jpeg[:64], bytes(64)))
    damaged = ks.open_take(folder).row(2)["left"]
    assert damaged.depth.any()
    with pytest.raises(ks.UsageError, match="color of pulse 2 is broken") as refused:
        damaged.color()
    assert told(refused) == [(IMAGE_BROKEN, "left")]


def test_a_recording_without_calibration_has_no_geometry(tmp_path: Path) -> None:
    take = ks.open_take(make_take(tmp_path / "take", calibration=False))
    with pytest.raises(ks.UsageError) as refused:
        take.geometry("front")
    assert told(refused) == [(CALIBRATION_MISSING, "front")]


def test_a_rig_of_another_version_costs_the_rig_alone(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take")
    manifest = json.loads((folder / "take.json").read_bytes())
    manifest["rig"]["of_tomorrow"] = 1
    (folder / "take.json").write_text(json.dumps(manifest))
    take = ks.open_take(folder)
    assert take.row(0).complete
    with pytest.raises(ks.UsageError) as refused:
        take.rig  # noqa: B018 - reading it is what is refused
    assert told(refused) == [(TAKE_NEWER, None)]
