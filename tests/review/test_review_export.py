from __future__ import annotations

import csv
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.review.export.files import encode_ply
from kinect_sync.review.export.request import Part
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.packing.gray_png import encode_gray_png
from tests.factory_calibration import make_calibration
from tests.marking import read_color_mark, read_depth_mark
from tests.review.exported import export, gray, parse_ply
from tests.review.small_takes import SERIALS, make_take, small_rig


def names(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.iterdir())


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {2: "sensor_dropped"}, "right": {4: "half_capture"}}
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=8, holes=holes)


def test_every_file_is_the_image_of_its_device_and_pulse_bit_for_bit(take: Path, tmp_path: Path) -> None:
    report = export(take, tmp_path / "out")
    assert report.rows == 6
    assert report.written == 6 * 3 * 3
    for name, serial in SERIALS.items():
        folder = tmp_path / "out" / name
        recording = read_recording(take / f"{name}.mkv")
        for pulse in (0, 1, 3, 5, 6, 7):
            stem = f"{pulse:06d}"
            color = (folder / "color" / f"{stem}.jpg").read_bytes()
            depth, infrared = gray(folder / "depth" / f"{stem}.png"), gray(folder / "ir" / f"{stem}.png")
            assert read_color_mark(color) == read_depth_mark(depth) == (serial, pulse)
            position = pulse - (name == "left" and pulse > 2)
            assert depth.tobytes() == read_image(recording, "DEPTH", position)
            assert infrared.tobytes() == read_image(recording, "IR", position)
        assert names(folder / "color") == names(folder / "depth") == [0, 1, 3, 5, 6, 7]


def test_with_holes_what_is_there_keeps_its_number(take: Path, tmp_path: Path) -> None:
    report = export(take, tmp_path, holes=True)
    assert report.rows == 8
    assert names(tmp_path / "front" / "color") == list(range(8))
    assert names(tmp_path / "left" / "depth") == [0, 1, 3, 4, 5, 6, 7]
    assert names(tmp_path / "right" / "depth") == list(range(8))
    assert names(tmp_path / "right" / "color") == [0, 1, 2, 3, 5, 6, 7]
    with (tmp_path / "index.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["left.depth"] for row in rows][2] == ""
    assert rows[4]["right.color"] == ""
    assert rows[4]["right.depth"] == "right/depth/000004.png"
    assert [(row["row"], row["pulse"]) for row in rows] == [(str(i), str(i)) for i in range(8)]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param({"start": 3}, [3, 5, 6, 7], id="from a pulse on"),
        pytest.param({"stop": 3}, [0, 1], id="up to a pulse, which is left out"),
        pytest.param({"every": 3}, [0, 3, 6], id="every third pulse"),
        pytest.param({"every": 2}, [0, 6], id="a hole shifts nothing: 2 and 4 have one, 5 does not step in"),
        pytest.param({"start": 1, "every": 2}, [1, 3, 5, 7], id="every second one, from the second on"),
        pytest.param({"devices": ("front",)}, list(range(8)), id="holes of devices left out do not count"),
        pytest.param({"devices": ("left", "front")}, [0, 1, 3, 4, 5, 6, 7], id="two of three devices"),
    ],
)
def test_selections(take: Path, tmp_path: Path, selection: dict[str, Any], expected: list[int]) -> None:
    report = export(take, tmp_path, parts=(Part.DEPTH,), **selection)
    assert report.rows == len(expected)
    for name in report.devices:
        assert names(tmp_path / name / "depth") == expected


def test_a_second_run_makes_only_what_is_missing(take: Path, tmp_path: Path) -> None:
    first = export(take, tmp_path)
    gone = tmp_path / "left" / "depth" / "000005.png"
    whole = gone.read_bytes()
    gone.unlink()
    empty = tmp_path / "front" / "ir" / "000000.png"
    empty.write_bytes(b"")
    (tmp_path / "left" / "depth" / ".000005.png.1.part").write_bytes(whole[:100])
    second = export(take, tmp_path)
    assert (second.written, second.kept) == (2, first.written - 2)
    assert gone.read_bytes() == whole
    assert not list(tmp_path.rglob("*.part"))


def test_many_processes_make_the_same_files_as_one(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=12)
    alone, together = tmp_path / "alone", tmp_path / "together"
    export(take, alone)
    export(take, together, processes=2)
    files = sorted(path.relative_to(alone) for path in alone.rglob("*") if path.is_file())
    assert len(files) == 12 * 9 + 3 + 2
    assert [path for path in files if (together / path).read_bytes() != (alone / path).read_bytes()] == []


def test_png_on_request_is_the_decoded_jpeg(take: Path, tmp_path: Path) -> None:
    export(take, tmp_path / "jpg", parts=(Part.COLOR,), stop=1)
    export(take, tmp_path / "png", parts=(Part.COLOR,), stop=1, color_as_png=True)
    with (
        Image.open(tmp_path / "jpg/front/color/000000.jpg") as jpg,
        Image.open(tmp_path / "png/front/color/000000.png") as png,
    ):
        assert (np.asarray(jpg) == np.asarray(png)).all()


@pytest.mark.parametrize("pixels", ["nv12", "yuy2", "bgra32"])
def test_raw_color_becomes_png_of_the_same_picture(tmp_path: Path, pixels: str) -> None:
    camera = {"color_resolution": "720p", "color_format": pixels, "depth_mode": "nfov_2x2binned"}
    raw = make_take(tmp_path / "raw", pulses=1, rig=small_rig(camera=camera))
    jpeg = make_take(tmp_path / "jpeg", pulses=1)
    export(raw, tmp_path / "a", parts=(Part.COLOR,))
    export(jpeg, tmp_path / "b", parts=(Part.COLOR,))
    with (
        Image.open(tmp_path / "a/left/color/000000.png") as one,
        Image.open(tmp_path / "b/left/color/000000.jpg") as other,
    ):
        difference = np.abs(np.asarray(one).astype(int) - np.asarray(other).astype(int))
    assert np.median(difference) <= 4


# --- what can't be done -----------------------------------------------------------------------------------


def test_an_unknown_device_is_named_with_those_that_there_are(take: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rear.*front, left, right"):
        export(take, tmp_path / "out", devices=("front", "rear"))
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(take: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        export(take, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_exports_of_two_takes_are_not_mixed(take: Path, tmp_path: Path) -> None:
    export(take, tmp_path / "out", parts=(Part.IR,), stop=1)
    other = make_take(tmp_path / "other", pulses=1)
    with pytest.raises(UsageError, match="another take"):
        export(other, tmp_path / "out")


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        pytest.param(lambda take: (take / "take.json").unlink(), "take-missing", id="no take.json"),
        pytest.param(lambda take: (take / "take.json").write_text("{}"), "take-broken", id="not a manifest"),
        pytest.param(lambda take: (take / "alignment.csv").unlink(), "index-missing", id="no index"),
        pytest.param(
            lambda take: (take / "alignment.csv").write_text("a,b\n"), "index-broken", id="no heading"
        ),
        pytest.param(lambda take: (take / "left.mkv").unlink(), "recording-missing", id="no recording"),
    ],
)
def test_a_take_that_is_not_whole_is_refused(tmp_path: Path, break_it: Any, code: str) -> None:
    take = make_take(tmp_path / "take", pulses=1)
    break_it(take)
    with pytest.raises(KsyncError) as raised:
        export(take, tmp_path / "out")
    assert [finding.code for finding in raised.value.findings] == [code]
    assert not (tmp_path / "out").exists()


def test_without_calibration_the_images_come_and_a_warning(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1, calibration=False)
    report = export(take, tmp_path / "out")
    assert report.written == 9
    assert {finding.code for finding in report.findings} == {"calibration-missing"}
    with pytest.raises(UsageError, match="no calibration"):
        export(take, tmp_path / "asked", parts=(Part.CALIBRATION,))


def test_a_calibration_that_is_damaged_costs_what_needs_it_and_no_more(tmp_path: Path) -> None:
    """pyk4a has no exception of its own for this one, and may even end the process."""
    damaged = make_calibration("000000000001").replace(b"Cameras", b"Cam\0ras")
    take = make_take(tmp_path / "take", pulses=1, calibration=damaged)
    report = export(take, tmp_path / "out")
    assert report.written == 9
    assert {(finding.code, finding.severity) for finding in report.findings} == {
        ("calibration-unusable", Severity.WARNING)
    }
    for part in (Part.CALIBRATION, Part.POINTS, Part.DEPTH_ALIGNED):
        with pytest.raises(UsageError, match="NUL"):
            export(take, tmp_path / str(part), parts=(part,))


def test_a_cut_recording_gives_what_it_holds_and_says_what_it_lacks(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=6)
    left = take / "left.mkv"
    end = int(read_recording(left).tracks["COLOR"].offsets[4])
    left.write_bytes(left.read_bytes()[:end])
    report = export(take, tmp_path / "out")
    assert [finding.code for finding in report.findings] == ["image-not-in-file"]
    assert "2 captures" in report.findings[0].what
    assert names(tmp_path / "out/left/color") == [0, 1, 2, 3]


def test_a_broken_jpeg_costs_only_what_needs_it_decoded(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    front = take / "front.mkv"
    data, color = bytearray(front.read_bytes()), read_recording(front).tracks["COLOR"]
    start, size = int(color.offsets[1]), int(color.sizes[1])
    data[start : start + size] = b"\x00" * size
    front.write_bytes(data)
    report = export(take, tmp_path / "out", parts=(Part.COLOR, Part.DEPTH), color_as_png=True)
    assert [(each.code, each.device) for each in report.findings] == [("image-broken", "front")]
    assert names(tmp_path / "out/front/color") == [0]
    assert names(tmp_path / "out/front/depth") == [0, 1]
    assert ",1,,front/depth/000001.png," in (tmp_path / "out/index.csv").read_text()


def test_an_unfinished_take_is_exported_as_far_as_its_index_goes(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=3, state="recording", end=None, report=None)
    index = take / "alignment.csv"
    index.write_bytes(index.read_bytes()[:-20])
    report = export(take, tmp_path / "out", parts=(Part.IR,))
    assert report.rows == 2
    assert [finding.code for finding in report.findings] == ["take-unfinished"]


def test_an_export_of_no_pulse_says_so(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=3)
    report = export(take, tmp_path / "out", parts=(Part.IR,), start=3)
    assert report.rows == 0
    assert [(each.code, each.severity.value) for each in report.findings] == [("nothing-chosen", "warning")]
    assert "the take has 3" in report.findings[0].what


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (288, 320)])
def test_our_png_is_read_back_by_others(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 65536, shape, np.uint16)
    with Image.open(BytesIO(encode_gray_png(image))) as read:
        assert read.mode.startswith("I;16")
        assert (np.asarray(read) == image).all()


def test_a_ply_without_color_has_points_only_and_none_without_depth() -> None:
    points = np.array([[[1, -2, 1000], [0, 0, 0], [-500, 250, 2000]]], np.int16)
    vertices = parse_ply(encode_ply(points, None))
    assert vertices.dtype.names == ("x", "y", "z")
    assert vertices.tolist() == [
        pytest.approx((0.001, -0.002, 1.0)),
        pytest.approx((-0.5, 0.25, 2.0)),
    ]


def test_a_playback_gives_the_same_images(take: Path, tmp_path: Path) -> None:
    pyk4a = pytest.importorskip("pyk4a")
    export(take, tmp_path, stop=2, devices=("front",))
    playback = pyk4a.PyK4APlayback(take / "front.mkv", thread_safe=False)
    playback.open()
    for pulse in range(2):
        capture = playback.get_next_capture()
        assert (tmp_path / f"front/color/{pulse:06d}.jpg").read_bytes() == capture.color.tobytes()
        assert (gray(tmp_path / f"front/depth/{pulse:06d}.png") == capture.depth).all()
        assert (gray(tmp_path / f"front/ir/{pulse:06d}.png") == capture.ir).all()
    del capture
    playback.close()


def test_an_error_of_a_process_arrives_with_its_findings() -> None:
    error = UsageError(Finding(code="a", what="one"), Finding(code="b", device="left", what="two"))
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is UsageError
    assert copy.findings == error.findings
    assert str(copy) == str(error)
