"""Files for other programs: known points of the world lie at the known pixels, by each one's own rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.programs.cwipc import cameraconfig
from kinect_sync.review.fusing.programs.scene import Scene
from kinect_sync.review.fusing.programs.writing import write_scene
from kinect_sync.review.fusing.request import Program
from tests.review.dots import DOTS_M, STANDS, WALL_M, lens_of, off_px, placed, scene
from tests.review.exported import gray, parse_ply

CLOSE_PX = 0.06
"""Half a pixel is what a wrong pixel centre costs."""


@pytest.fixture(scope="module")
def straight() -> Scene:
    return scene(straight=True)


@pytest.fixture(scope="module")
def as_taken() -> Scene:
    return scene(straight=False)


def written(folder: Path, program: Program, content: Scene) -> Path:
    write_scene(folder, program, 7, content)
    return folder / str(program) / "000007"


# --- COLMAP -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "model"), [(Program.COLMAP, "FULL_OPENCV"), (Program.COLMAP_PINHOLE, "PINHOLE")]
)
def test_colmap_projects_points_where_they_are_seen(
    program: Program, model: str, straight: Scene, as_taken: Scene, tmp_path: Path
) -> None:
    pycolmap = pytest.importorskip("pycolmap", reason="needs COLMAP: pip install -e '.[interop]'")
    folder = written(tmp_path, program, as_taken if program is Program.COLMAP else straight)
    reconstruction = pycolmap.Reconstruction(folder / "sparse" / "0")
    assert {image.name for image in reconstruction.images.values()} == {f"{name}.jpg" for name in STANDS}
    for image in reconstruction.images.values():
        assert image.camera.model.name == model
        expected = np.array([image.project_point(dot) for dot in DOTS_M]) - 0.5
        assert off_px(folder / "images" / image.name, expected) < CLOSE_PX
    points = np.array([point.xyz for point in reconstruction.points3D.values()])
    assert 1000 < len(points) <= 100_000
    assert np.abs(points[:, 1] - WALL_M).max() < 0.003


def test_an_image_without_distortion_has_no_corner_that_nothing_was_seen_in(straight: Scene) -> None:
    for photo in straight.photos:
        lens, taken = photo.lens, lens_of(photo.device)
        assert (lens.cx, lens.cy) == ((lens.width - 1) / 2, (lens.height - 1) / 2)
        assert lens.fx == lens.fy
        assert abs(lens.fx / taken.fx - 1) < 0.1, "little is lost"
        corners = np.array([(x, y) for x in (0.0, lens.width - 1.0) for y in (0.0, lens.height - 1.0)])
        pixels, valid = taken.project(lens.unproject(corners)[0])
        assert valid.all()
        assert (pixels > -0.001).all()
        assert (pixels < (taken.width - 0.999, taken.height - 0.999)).all()


def test_a_photo_as_it_was_taken_is_the_recordings_bit_for_bit(as_taken: Scene, tmp_path: Path) -> None:
    folder = written(tmp_path, Program.COLMAP, as_taken)
    for photo in as_taken.photos:
        assert (folder / "images" / photo.file).read_bytes() == photo.image


def test_a_quaternion_turns_as_its_rotation_does() -> None:
    chance = np.random.default_rng(5)
    for _ in range(50):
        w, x, y, z = turn = (lambda numbers: numbers / np.linalg.norm(numbers))(chance.normal(size=4))
        rotation = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        found = Pose.of(rotation, np.zeros(3)).quaternion
        assert np.allclose(found, turn * np.sign(w), atol=1e-12)


# --- nerfstudio ---------------------------------------------------------------------------------------------


def test_nerfstudio_finds_points_where_they_are_seen(straight: Scene, tmp_path: Path) -> None:
    """Its rules: camera to world, x right, y up, z backward; pixels from the corner of the first one."""
    folder = written(tmp_path, Program.NERFSTUDIO, straight)
    content = json.loads((folder / "transforms.json").read_text())
    assert len(content["frames"]) == len(STANDS)
    for frame in content["frames"]:
        camera_to_world = np.array(frame["transform_matrix"])
        expected = _opengl(frame, camera_to_world)
        assert off_px(folder / frame["file_path"], expected - 0.5) < CLOSE_PX
    wall = parse_ply((folder / content["ply_file_path"]).read_bytes())
    assert np.abs(wall["y"] - WALL_M).max() < 0.003
    assert {wall.dtype[name].str for name in ("red", "green", "blue")} == {"|u1"}


def _opengl(frame: dict[str, Any], camera_to_world: Any) -> Any:
    seen = (DOTS_M - camera_to_world[:3, 3]) @ camera_to_world[:3, :3]
    right, up, ahead = seen[:, 0], seen[:, 1], -seen[:, 2]
    assert (ahead > 0).all()
    assert not any(frame[name] for name in ("k1", "k2", "p1", "p2"))
    return np.stack(
        (frame["fl_x"] * right / ahead + frame["cx"], frame["fl_y"] * -up / ahead + frame["cy"]), -1
    )


def test_depth_for_nerfstudio_is_the_walls_in_the_photo(straight: Scene, tmp_path: Path) -> None:
    folder = written(tmp_path, Program.NERFSTUDIO, straight)
    content = json.loads((folder / "transforms.json").read_text())
    for frame in content["frames"]:
        depth_m = gray(folder / frame["depth_file_path"]) * content["depth_unit_scale_factor"]
        assert depth_m.shape == (frame["h"], frame["w"])
        down, across = np.nonzero(depth_m)
        assert len(down) > depth_m.size / 4
        ahead = depth_m[down, across]
        right = (across + 0.5 - frame["cx"]) / frame["fl_x"] * ahead
        up = -(down + 0.5 - frame["cy"]) / frame["fl_y"] * ahead
        matrix = np.array(frame["transform_matrix"])
        world = np.stack((right, up, -ahead), -1) @ matrix[:3, :3].T + matrix[:3, 3]
        assert np.abs(world[:, 1] - WALL_M).mean() < 0.002
        assert np.abs(world[:, 1] - WALL_M).max() < 0.01


# --- Open3D -------------------------------------------------------------------------------------------------


def test_open3d_reads_the_trajectory_and_makes_the_wall_of_it(straight: Scene, tmp_path: Path) -> None:
    open3d = pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    folder = written(tmp_path, Program.OPEN3D, straight)
    trajectory = open3d.io.read_pinhole_camera_trajectory(str(folder / "trajectory.json"))
    assert len(trajectory.parameters) == len(STANDS)
    for name, camera in zip(STANDS, trajectory.parameters, strict=True):
        seen = DOTS_M @ camera.extrinsic[:3, :3].T + camera.extrinsic[:3, 3]
        pixels = seen @ camera.intrinsic.intrinsic_matrix.T
        assert off_px(folder / "color" / f"{name}.jpg", pixels[:, :2] / pixels[:, 2:]) < CLOSE_PX
        image = open3d.geometry.RGBDImage.create_from_color_and_depth(
            open3d.io.read_image(str(folder / "color" / f"{name}.jpg")),
            open3d.io.read_image(str(folder / "depth" / f"{name}.png")),
            convert_rgb_to_intensity=False,
        )
        cloud = open3d.geometry.PointCloud.create_from_rgbd_image(image, camera.intrinsic, camera.extrinsic)
        off_m = np.abs(np.asarray(cloud.points)[:, 1] - WALL_M)
        assert len(off_m) > 100_000
        assert off_m.mean() < 0.002
    log = open3d.io.read_pinhole_camera_trajectory(str(folder / "trajectory.log"))
    for camera, same in zip(trajectory.parameters, log.parameters, strict=True):
        assert np.allclose(camera.extrinsic, same.extrinsic, atol=1e-9)


# --- cwipc --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", ["floor", "device"])
def test_cwipc_has_the_color_camera_in_a_world_whose_y_is_up(world: str, tmp_path: Path) -> None:
    """Its rules: metres of the color camera, row by row; files beside cameraconfig.json; heights are y."""
    devices = {name: placed(name) for name in STANDS}
    recordings = {name: tmp_path / "takes" / "one" / f"{name}.mkv" for name in STANDS}
    content = json.loads(cameraconfig(devices, recordings, world, tmp_path / "out" / "cwipc", "123"))
    assert (content["version"], content["type"]) == (3, "kinect_playback")
    assert content["system"]["sync_master_serial"] == "123"
    assert {"system", "postprocessing", "skeleton", "camera"} <= content.keys()
    for name, camera in zip(STANDS, content["camera"], strict=True):
        assert camera["type"] == "kinect_playback"
        assert camera["serial"] == devices[name].serial
        assert camera["filename"] == f"../../takes/one/{name}.mkv"
        seen = devices[name].world_from_color.inverse().apply(DOTS_M)
        x, y, _ = (np.hstack((seen, np.ones((len(seen), 1)))) @ np.array(camera["trafo"]).T)[:, :3].T
        up = DOTS_M[:, 2] if world == "floor" else -DOTS_M[:, 1]
        assert np.allclose(y, up)
        assert np.allclose(x, DOTS_M[:, 0])
        assert np.linalg.det(np.array(camera["trafo"])[:3, :3]) == pytest.approx(1)
