"""Clouds of a take for programs: the same that the command writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import kinect_sync as ks
from tests.review.exported import gray, parse_ply
from tests.review.fused import STANDING, calibration_of, put_beside
from tests.review.small_takes import SERIALS, color_rig, make_take, small_rig


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> ks.Take:
    path = make_take(
        tmp_path_factory.mktemp("takes") / "one", pulses=2, holes={"left": {1: "sensor_dropped"}}
    )
    put_beside(path, calibration_of(dict.fromkeys(SERIALS, STANDING)))
    return ks.open_take(path)


def test_a_cloud_is_that_of_the_command(take: ks.Take, tmp_path: Path) -> None:
    settings = ks.CloudSettings(normals=True, crop=ks.Box(low_m=(-1, 0, 0.5), high_m=(1, 3, 2)))
    report = ks.fuse(take, tmp_path / "out", settings=settings, devices=("front", "right"), stop=1)
    assert report.verdict is ks.Verdict.FUSED
    written = parse_ply((tmp_path / "out" / "clouds" / "000000.ply").read_bytes())
    cloud = take.cloud(0, settings=settings, devices=("front", "right"))
    assert len(cloud) == len(written) > 1000
    assert ([written[axis] for axis in "xyz"] == cloud.points.T).all()
    assert ([written[channel] for channel in ("red", "green", "blue")] == cloud.colors.T).all()
    assert cloud.normals is not None
    assert ([written[axis] for axis in ("nx", "ny", "nz")] == cloud.normals.T).all()
    assert cloud.devices == ("front", "right")
    assert sorted(set(cloud.device.tolist())) == [0, 1]


def test_a_row_has_the_cloud_of_its_pulse_and_what_the_command_shows_of_it(
    take: ks.Take, tmp_path: Path
) -> None:
    row = take.row(0)
    settings = ks.CloudSettings(voxel_mm=20)
    cloud, same = row.cloud(settings, ("front",)), take.cloud(0, settings=settings, devices=("front",))
    assert (cloud.points == same.points).all()
    assert (row.cloud(devices=("front",)).points == take.cloud(0, devices=("front",)).points).all()
    how = {"views": ("front.color",), "programs": ("nerfstudio",), "devices": ("front", "left")}
    assert ks.fuse(take, tmp_path / "out", stop=1, **how).verdict is ks.Verdict.FUSED
    seen, folder = row.view("front.color", "left"), tmp_path / "out" / "front.color" / "left"
    assert (seen.depth == gray(folder / "depth" / "000000.png")).all()
    assert (seen.color == color_of(folder / "color" / "000000.png")).all()
    straight = row.undistorted("left")
    scene = tmp_path / "out" / "nerfstudio" / "000000"
    assert straight.depth is not None
    assert (straight.depth == gray(scene / "depth" / "left.png")).all()
    off = straight.color.astype(int) - color_of(scene / "images" / "left.jpg")
    assert np.abs(off).mean() < 2, "that file is a JPEG of it"
    camera = json.loads((scene / "transforms.json").read_text())["frames"][1]
    assert (camera["fl_x"], camera["w"]) == (straight.lens.fx, straight.lens.width)
    assert straight.world_from_camera == row.undistorted("left").world_from_camera


def test_rows_of_a_take_have_the_calibration_that_it_was_opened_with(tmp_path: Path) -> None:
    path = make_take(tmp_path / "bare", pulses=1)
    bare = ks.open_take(path)
    assert bare.calibration is None
    with pytest.raises(ks.UsageError, match="has no calibration of its rig"):
        bare.row(0).cloud()
    given = calibration_of(dict.fromkeys(SERIALS, STANDING))
    opened = ks.open_take(path, calibration=given)
    assert opened.calibration == given
    cloud = opened.row(0).cloud(devices=("front",))
    assert (cloud.points == bare.cloud(0, calibration=given, devices=("front",)).points).all()
    assert (bare.rig.calibration, opened.rig.calibration) == (None, None)
    with pytest.raises(ks.UsageError, match="no device rear"):
        opened.row(0).view("rear.color", "front")
    with pytest.raises(ValueError, match="names no camera"):
        opened.row(0).view("rear", "front")


def test_the_rig_of_a_take_names_the_calibration_in_its_folder_wherever_that_was_moved(take: ks.Take) -> None:
    assert take.rig.calibration == str(take.path / "rig_calibration.json")
    assert take.rig.model_copy(update={"calibration": None}) == small_rig()


def test_a_camera_that_was_off_sees_nothing(tmp_path: Path) -> None:
    given = calibration_of(dict.fromkeys(SERIALS, STANDING))
    row = ks.open_take(make_take(tmp_path / "color", pulses=1, rig=color_rig()), calibration=given).row(0)
    with pytest.raises(ks.UsageError, match="has no depth: it was off"):
        row.view("front.color", "left")
    with pytest.raises(ks.UsageError, match="no device of this selection has depth"):
        row.cloud()
    straight = row.undistorted("left")
    assert straight.depth is None
    assert straight.color.shape == (720, 1280, 3)


def color_of(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_a_device_that_has_no_capture_is_told_and_others_have_their_cloud(take: ks.Take) -> None:
    with pytest.raises(ks.UsageError, match="pulse 1 is a hole") as refused:
        take.cloud(1)
    assert refused.value.findings[0].device == "left"
    whole = take.cloud(1, devices=("front",), calibration=take.calibration)
    assert whole.normals is None
    assert whole.colors[~whole.colored].max(initial=0) == 0
    assert np.isfinite(whole.points).all()


def test_what_a_program_asks_wrongly_is_refused_as_on_the_command_line(take: ks.Take, tmp_path: Path) -> None:
    with pytest.raises(ks.UsageError, match="no device rear"):
        take.cloud(0, devices=("rear",))
    with pytest.raises(ks.UsageError, match="nowhere"):
        take.cloud(0, calibration=tmp_path / "nowhere.json")
    with pytest.raises(ValueError, match="names no camera"):
        ks.fuse(take, tmp_path / "out", views=("front",))
    with pytest.raises(ValueError, match="below its most"):
        ks.Box(low_m=(0, 0, 0), high_m=(1, 0, 1))
