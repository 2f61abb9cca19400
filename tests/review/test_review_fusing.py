"""Clouds of a take: which there are, what is in them, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.request import Box, CloudFormat, CloudSettings, Uncolored, View
from kinect_sync.takes.mkv.reader import read_image, read_recording
from tests.review.exported import gray, parse_ply
from tests.review.fused import UPRIGHT, calibration_of, fuse, put_beside, small_geometry
from tests.review.small_takes import SERIALS, color_rig, make_take, small_rig

AROUND = Pose.of(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 3.0]))
"""Opposite, 3 m away, and turned by half about the vertical."""
POSES = {"front": UPRIGHT, "left": AROUND, "right": UPRIGHT}
NEAREST_MM = 10
"""Nothing is nearer; the first pixels of these images are, whose numbers tell device and capture."""
PLAIN = CloudSettings(keep_edges=True, uncolored=Uncolored.BLACK)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {2: "sensor_dropped"}, "right": {4: "half_capture"}}
    take = make_take(tmp_path_factory.mktemp("takes") / "one", pulses=6, holes=holes)
    put_beside(take, calibration_of(POSES))
    return take


def vertices(folder: Path, pulse: int = 0) -> Any:
    return parse_ply((folder / "clouds" / f"{pulse:06d}.ply").read_bytes())


def points(folder: Path, pulse: int = 0) -> Any:
    found = vertices(folder, pulse)
    return np.stack([found[axis] for axis in "xyz"], -1).astype(float)


def names(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.iterdir())


def depth_of(take: Path, name: str, number: int = 0) -> Any:
    """Depth as it was recorded, row by row, in mm."""
    return np.frombuffer(read_image(read_recording(take / f"{name}.mkv"), "DEPTH", number), "<u2")


# --- what is in a cloud -----------------------------------------------------------------------------------


def test_a_cloud_has_each_pixel_with_depth_of_each_device_where_its_pose_puts_it(
    take: Path, tmp_path: Path
) -> None:
    report = fuse(take, tmp_path / "out", settings=PLAIN, stop=1)
    assert (report.rows, report.written, report.devices) == (1, 1, ("front", "left", "right"))
    lens = small_geometry().depth
    assert lens is not None
    down, across = np.mgrid[0 : lens.height, 0 : lens.width]
    rays, seen = lens.unproject(np.stack((across.ravel(), down.ravel()), -1).astype(float))
    expected = []
    for name, pose in POSES.items():
        z_mm = depth_of(take, name)
        known = seen & (z_mm > 0)
        expected.append(pose.apply(rays[known] * z_mm[known, None].clip(NEAREST_MM) / 1000))
    whole, found = np.concatenate(expected), points(tmp_path / "out")
    assert report.points == len(found)
    assert len(found) == len(whole)
    assert np.abs(found - whole).max() < 1e-3


def test_depth_offsets_are_added_along_the_axis(take: Path, tmp_path: Path) -> None:
    moved = calibration_of({"front": UPRIGHT})
    device = moved.devices[0].model_copy(update={"depth_offset_mm": -12.5})
    write_rig_calibration(tmp_path / "moved.json", moved.model_copy(update={"devices": (device,)}))
    only: dict[str, Any] = {"devices": ("front",), "stop": 1, "settings": PLAIN}
    fuse(take, tmp_path / "as it is", **only)
    fuse(take, tmp_path / "moved", calibration=tmp_path / "moved.json", **only)
    before = points(tmp_path / "as it is")
    difference = (points(tmp_path / "moved") - before)[before[:, 2] > 0.1]
    assert len(difference) > 10_000
    assert np.abs(difference[:, 2] + 0.0125).max() < 1e-6


def test_the_calibration_is_that_of_the_serial_number_whatever_the_name(take: Path, tmp_path: Path) -> None:
    swapped = {"front": SERIALS["left"], "left": SERIALS["front"], "right": SERIALS["right"]}
    path = tmp_path / "swapped.json"
    write_rig_calibration(path, calibration_of(POSES, swapped))
    fuse(take, tmp_path / "out", calibration=path, stop=1, settings=PLAIN, devices=("left",))
    assert points(tmp_path / "out")[:, 2].min() > 0, "left is the device that stands upright now"


def test_crop_and_floor_leave_out_what_is_outside(take: Path, tmp_path: Path) -> None:
    box = Box(low_m=(-1, -1, 0.5), high_m=(1, 0.5, 2.5))
    fuse(take, tmp_path / "all", settings=PLAIN, stop=1)
    fuse(take, tmp_path / "some", settings=PLAIN.model_copy(update={"crop": box, "floor_mm": 800.0}), stop=1)
    whole, some = points(tmp_path / "all"), points(tmp_path / "some")
    within = ((whole >= box.low_m) & (whole <= box.high_m)).all(axis=1) & (whole[:, 2] >= 0.8)
    assert 0 < within.sum() < len(whole)
    assert (some == whole[within]).all()


def test_voxels_normals_and_grazing_make_what_they_say(take: Path, tmp_path: Path) -> None:
    settings = CloudSettings(normals=True, voxel_mm=50.0, grazing_deg=60.0)
    fuse(take, tmp_path / "thin", settings=settings, stop=1)
    fuse(take, tmp_path / "thick", stop=1)
    found = vertices(tmp_path / "thin")
    assert 100 < len(found) < len(vertices(tmp_path / "thick")) / 5
    lengths = np.sqrt(sum(found[axis].astype(float) ** 2 for axis in ("nx", "ny", "nz")))
    assert np.median(lengths) == pytest.approx(1, abs=1e-3)
    cubes = np.floor(points(tmp_path / "thin") / 0.05)
    assert len(np.unique(cubes, axis=0)) > 0.98 * len(cubes), "but for rounding, one in each"


def test_colors_are_those_of_the_device_and_what_it_did_not_see_is_black_or_left_out(
    take: Path, tmp_path: Path
) -> None:
    only: dict[str, Any] = {"devices": ("front",), "stop": 1}
    fuse(take, tmp_path / "black", settings=CloudSettings(uncolored=Uncolored.BLACK), **only)
    fuse(take, tmp_path / "drop", settings=CloudSettings(uncolored=Uncolored.DROP), **only)
    black, drop = vertices(tmp_path / "black"), vertices(tmp_path / "drop")
    colored = (black["red"] > 0) | (black["green"] > 0) | (black["blue"] > 0)
    assert 0.5 < colored.mean() < 1
    assert len(drop) == pytest.approx(colored.sum(), rel=0.01)
    lens = small_geometry().color
    assert lens is not None
    xyz = np.stack([drop[axis] for axis in "xyz"], -1).astype(float)
    pixels = np.rint(lens.project(small_geometry().color_from_depth.apply(xyz))[0]).astype(int)
    image = np.asarray(Image.open(_jpeg(take)).convert("RGB")).astype(int)
    column, row = pixels.clip(0, (1279, 719)).T
    off = np.abs(np.stack([drop[c] for c in ("red", "green", "blue")], -1) - image[row, column]).max(axis=1)
    assert (off == 0).mean() > 0.9, "the rest is rounded to the next pixel"


def _jpeg(take: Path) -> Any:
    from io import BytesIO

    return BytesIO(read_image(read_recording(take / "front.mkv"), "COLOR", 0))


# --- which there are --------------------------------------------------------------------------------------


def test_complete_pulses_alone_are_fused_and_listed(take: Path, tmp_path: Path) -> None:
    report = fuse(take, tmp_path)
    assert report.rows == 4
    assert names(tmp_path / "clouds") == [0, 1, 3, 5]
    with (tmp_path / "index.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["row"], row["pulse"], row["cloud"]) for row in rows] == [
        (str(number), str(pulse), f"clouds/{pulse:06d}.ply") for number, pulse in enumerate((0, 1, 3, 5))
    ]
    assert rows[1]["left.color_us"] == "352888"
    none = fuse(take, tmp_path / "none", start=2, stop=3)
    assert (none.verdict, none.rows) == ("incomplete", 0)
    assert [(each.code, each.severity) for each in none.findings] == [("nothing-fused", "error")]


def test_with_holes_pulses_are_fused_of_whoever_has_depth(take: Path, tmp_path: Path) -> None:
    fuse(take, tmp_path, holes=True, settings=PLAIN)
    assert names(tmp_path / "clouds") == [0, 1, 2, 3, 4, 5]
    assert len(vertices(tmp_path, 2)) < 0.8 * len(vertices(tmp_path, 3))
    assert len(vertices(tmp_path, 4)) == pytest.approx(len(vertices(tmp_path, 3)), rel=0.05)


def test_a_second_run_makes_only_what_is_missing(take: Path, tmp_path: Path) -> None:
    view = View(device="front", camera="color")
    first = fuse(take, tmp_path, views=(view,))
    assert first.written == 4 * (1 + 3 * 2)
    gone = tmp_path / "clouds" / "000003.ply"
    whole = gone.read_bytes()
    gone.unlink()
    (tmp_path / "front.color" / "left" / "depth" / "000001.png").write_bytes(b"")
    (tmp_path / "clouds" / ".000003.ply.1.part").write_bytes(whole[:100])
    second = fuse(take, tmp_path, views=(view,))
    assert (second.written, second.kept) == (2, first.written - 2)
    assert gone.read_bytes() == whole
    assert not list(tmp_path.rglob("*.part"))


def test_many_processes_make_the_same_files_as_one(take: Path, tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    fuse(take, alone)
    fuse(take, together, processes=2)
    files = sorted(path.relative_to(alone) for path in alone.rglob("*") if path.is_file())
    assert len(files) == 4 + 2
    assert [path for path in files if (together / path).read_bytes() != (alone / path).read_bytes()] == []


def test_views_have_the_image_of_the_camera_that_they_are_seen_from(take: Path, tmp_path: Path) -> None:
    views = (View(device="front", camera="color"), View(device="left", camera="depth"))
    report = fuse(take, tmp_path, clouds=CloudFormat.NONE, views=views, stop=1)
    assert report.written == 2 * 3 * 2
    assert not (tmp_path / "clouds").exists()
    own = gray(tmp_path / "left.depth" / "left" / "depth" / "000000.png")
    recorded = depth_of(take, "left").reshape(own.shape).astype(int)
    both = (own > 0) & (recorded > 0)
    assert both.sum() > 0.5 * (recorded > 0).sum()
    assert np.median(np.abs(own.astype(int) - recorded)[both]) <= 2, "what it sees itself"
    with Image.open(tmp_path / "front.color" / "left" / "color" / "000000.png") as image:
        assert (image.size, image.mode) == ((1280, 720), "RGBA")
    with (tmp_path / "index.csv").open() as stream:
        row = next(csv.DictReader(stream))
    assert row["left.depth/left/depth"] == "left.depth/left/depth/000000.png"


# --- what can't be done -----------------------------------------------------------------------------------


def refusal(take: Path, to: Path, **fields: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(UsageError) as raised:
        fuse(take, to, **fields)
    assert not (to / "clouds").exists()
    return [(finding.code, finding.device) for finding in raised.value.findings]


def test_devices_that_the_calibration_does_not_know_are_named_all_at_once(take: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    write_rig_calibration(other, calibration_of({"left": AROUND}))
    assert refusal(take, tmp_path / "out", calibration=other) == [
        ("calibration-of-other-devices", "front"),
        ("calibration-of-other-devices", "right"),
    ]
    assert fuse(take, tmp_path / "out", calibration=other, devices=("left",)).rows == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(None, "rig-calibration-missing", id="none"),
        pytest.param("{", "rig-calibration-broken", id="half of one"),
        pytest.param('{"format": 99}', "rig-calibration-newer", id="one of a later ksync"),
    ],
)
def test_a_calibration_that_is_none_is_refused(
    take: Path, tmp_path: Path, text: str | None, code: str
) -> None:
    path = tmp_path / "places.json"
    if text is not None:
        path.write_text(text)
    assert refusal(take, tmp_path / "out", calibration=path) == [(code, None)]


def test_without_a_calibration_the_next_step_is_told(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1)
    with pytest.raises(UsageError, match="ksync calibrate"):
        fuse(take, tmp_path / "out")


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        pytest.param({"devices": ("rear",)}, ["device-unknown"], id="a device that is not there"),
        pytest.param(
            {"views": (View(device="rear", camera="color"), View(device="back", camera="depth"))},
            ["view-unknown", "view-unknown"],
            id="views of devices that are not there",
        ),
    ],
)
def test_what_is_not_there_is_refused(
    take: Path, tmp_path: Path, fields: dict[str, Any], codes: list[str]
) -> None:
    assert [code for code, _ in refusal(take, tmp_path / "out", **fields)] == codes


def test_a_floor_needs_a_world_that_stands_on_it(take: Path, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    write_rig_calibration(path, calibration_of(POSES, world="device"))
    settings = CloudSettings(floor_mm=10.0)
    assert refusal(take, tmp_path / "out", calibration=path, settings=settings) == [("no-floor", None)]


def test_a_take_without_depth_has_no_points(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1, rig=color_rig())
    put_beside(take, calibration_of(POSES))
    assert refusal(take, tmp_path / "out") == [("nothing-to-fuse", None)]


def test_a_recording_without_its_lenses_is_named(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1, calibration=False)
    put_beside(take, calibration_of(POSES))
    assert refusal(take, tmp_path / "out") == [("calibration-missing", name) for name in POSES]


def test_clouds_of_two_calibrations_or_two_ways_are_not_mixed(take: Path, tmp_path: Path) -> None:
    fuse(take, tmp_path / "out", stop=1)
    with pytest.raises(UsageError, match="another settings"):
        fuse(take, tmp_path / "out", stop=1, settings=PLAIN)
    with pytest.raises(UsageError, match="another devices"):
        fuse(take, tmp_path / "out", stop=1, devices=("front",))
    with pytest.raises(UsageError, match="another holes"):
        fuse(take, tmp_path / "out", stop=1, holes=True)
    path = tmp_path / "other.json"
    write_rig_calibration(path, calibration_of(POSES | {"front": AROUND}))
    with pytest.raises(UsageError, match="another calibration"):
        fuse(take, tmp_path / "out", stop=1, calibration=path)
    assert json.loads((tmp_path / "out" / "fusion.json").read_text())["take"] == "one"


def test_a_folder_of_something_else_is_left_alone(take: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    assert refusal(take, tmp_path) == [("fusion-not-empty", None)]


def test_a_link_out_of_the_folder_is_not_followed(take: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    fuse(take, out, clouds=CloudFormat.NONE, views=(View(device="front", camera="depth"),), stop=1)
    elsewhere.mkdir()
    (out / "clouds").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="link"):
        fuse(take, out, stop=1)
    assert not list(elsewhere.iterdir())


def test_a_broken_image_costs_its_pulse_and_with_holes_its_device(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    put_beside(take, calibration_of(POSES))
    recording = take / "left.mkv"
    recording.write_bytes(recording.read_bytes().replace(b"\xff\xd8", b"\xff\x00", 1))
    report = fuse(take, tmp_path / "out")
    assert (str(report.verdict), report.broken, report.written) == ("incomplete", 1, 1)
    assert [(each.code, each.device) for each in report.findings] == [("pulse-not-fused", "left")]
    assert names(tmp_path / "out" / "clouds") == [1]
    report = fuse(take, tmp_path / "holes", holes=True)
    assert (str(report.verdict), report.written) == ("fused", 2)
    assert len(vertices(tmp_path / "holes", 0)) < len(vertices(tmp_path / "holes", 1))


def test_a_take_in_another_mode_is_fused_with_its_own_lens_and_told_of(tmp_path: Path) -> None:
    wide = small_rig(camera={"depth_mode": "wfov_2x2binned", "fps": 30})
    take = make_take(tmp_path / "take", pulses=1, rig=wide)
    calibration = calibration_of(POSES)
    devices = [each.model_copy(update={"depth_offset_mm": 3.0}) for each in calibration.devices]
    put_beside(take, calibration.model_copy(update={"devices": tuple(devices)}))
    report = fuse(take, tmp_path / "out", devices=("front",))
    assert report.written == 1
    assert [(each.code, each.device) for each in report.findings] == [("rig-calibration-misfit", "front")]
    assert np.ptp(points(tmp_path / "out")[:, 0]) > 4, "twice as wide"
