"""Fusions that make scenes for other programs, and meshes: which files there are, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync
from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.meshing import Mesher, write_mesh
from kinect_sync.review.fusing.request import CloudFormat, CloudSettings, Program
from kinect_sync.takes.mkv.reader import read_image, read_recording
from tests.cli.in_process import make_run
from tests.review.dots import STANDS, WALL_M, measure, photograph, placed
from tests.review.fused import UPRIGHT, calibration_of, fuse, put_beside
from tests.review.small_takes import make_take

AROUND = Pose.of(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 3.0]))
ALL = tuple(Program)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    take = make_take(tmp_path_factory.mktemp("takes") / "one", pulses=2)
    return put_beside(take, calibration_of({"front": UPRIGHT, "left": AROUND, "right": UPRIGHT})).parent


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_each_pulse_is_a_scene_for_each_program(take: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = fuse(take, out, clouds=CloudFormat.NONE, programs=ALL, start=1)
    assert (report.rows, report.written, report.kept) == (1, 5, 0)
    names = ("front", "left", "right")
    images = {f"images/{name}.jpg" for name in names}
    model = {f"sparse/0/{part}.txt" for part in ("cameras", "images", "points3D")}
    depth = {f"depth/{name}.png" for name in names}
    assert files(out / "colmap" / "000001") == images | model
    assert files(out / "colmap-pinhole" / "000001") == images | model
    assert files(out / "nerfstudio" / "000001") == images | depth | {"points.ply", "transforms.json"}
    assert files(out / "open3d" / "000001") == {
        *(f"color/{name}.jpg" for name in names),
        *depth,
        "trajectory.json",
        "trajectory.log",
    }
    assert files(out / "cwipc") == {"cameraconfig.json"}
    stored = read_image(read_recording(take / "left.mkv"), "COLOR", 1)
    assert (out / "colmap" / "000001" / "images" / "left.jpg").read_bytes() == stored
    row = next(csv.DictReader((out / "index.csv").read_text().splitlines()))
    assert row["nerfstudio"] == "nerfstudio/000001/transforms.json"


def test_scenes_that_are_there_are_kept_and_half_ones_made_again(take: Path, tmp_path: Path) -> None:
    def run() -> tuple[int, int]:
        report = fuse(take, tmp_path / "out", clouds=CloudFormat.NONE, programs=(Program.COLMAP,))
        return report.written, report.kept

    assert run() == (2, 0)
    last = tmp_path / "out" / "colmap" / "000000" / "sparse" / "0" / "points3D.txt"
    before = last.read_bytes()
    last.unlink()
    assert run() == (1, 1)
    assert last.read_bytes() == before
    assert run() == (0, 2)


def test_a_scene_goes_nowhere_through_a_link(take: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    fuse(take, tmp_path / "out", clouds=CloudFormat.NONE, programs=(Program.COLMAP,), stop=1)
    (tmp_path / "out" / "colmap" / "000001").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link"):
        fuse(take, tmp_path / "out", clouds=CloudFormat.NONE, programs=(Program.COLMAP,))
    assert not files(tmp_path / "elsewhere")


def test_what_is_made_for_others_is_asked_for_on_the_command_line(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(monkeypatch, capsys)
    arguments = ("fuse", take, "-o", tmp_path / "out", "--clouds", "none", "--stop", 1)
    assert run(*arguments).code == 2
    asked = run(*arguments, "--for", "cwipc,open3d")
    assert (asked.code, asked.err) == (0, "")
    assert "2 files written" in asked.out
    unknown = run(*arguments, "--for", "blender")
    assert unknown.code == 2
    assert "'blender' is not among colmap, colmap-pinhole, nerfstudio, open3d, cwipc" in unknown.err


def test_a_program_asks_for_the_same(take: Path, tmp_path: Path) -> None:
    report = kinect_sync.fuse(take, tmp_path / "out", clouds="none", programs=["colmap", "cwipc"], stop=1)
    assert report.written == 2
    assert (tmp_path / "out" / "cwipc" / "cameraconfig.json").exists()


def test_a_mesh_without_open3d_says_what_to_install(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.review.fusing.meshing.find_spec", lambda name: None)
    with pytest.raises(UsageError) as raised:
        fuse(take, tmp_path / "out", mesh_mm=20)
    assert [(each.code, each.remedy) for each in raised.value.findings] == [
        ("open3d-missing", 'pip install "kinect-sync[mesh]"')
    ]
    assert not (tmp_path / "out").exists()


# --- meshes -------------------------------------------------------------------------------------------------


def test_a_mesh_of_two_devices_is_one_wall_with_its_colors(tmp_path: Path) -> None:
    open3d = pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    sources = {name: DevicePoints(placed(name), CloudSettings()) for name in STANDS}
    images = {name: (measure(each.placed), photograph(each.placed)) for name, each in sources.items()}
    mesh = Mesher(sources, 0.02).mesh(images)
    off_m = np.abs(mesh.xyz_m[1] - WALL_M)
    assert len(mesh.triangles) > 5000
    assert np.median(off_m) < 0.001
    assert off_m.max() < 0.01
    assert np.median(mesh.rgb) == pytest.approx(60, abs=2)
    assert mesh.rgb.max() > 150, "the dots are there"
    first, second, third = (mesh.xyz_m[:, mesh.triangles[:, corner]] for corner in range(3))
    assert (np.cross(second - first, third - first, axis=0)[1] < 0).mean() > 0.99, "seen from before the wall"
    write_mesh(tmp_path / "wall.ply", mesh, ("a wall",))
    read = open3d.io.read_triangle_mesh(str(tmp_path / "wall.ply"))
    assert np.array_equal(np.asarray(read.triangles), mesh.triangles)
    assert np.allclose(np.asarray(read.vertices), mesh.xyz_m.T)
    assert np.allclose(np.asarray(read.vertex_colors) * 255, mesh.rgb.T)


def test_a_mesh_of_nothing_is_empty() -> None:
    pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    source = DevicePoints(placed("front"), CloudSettings())
    nothing = np.zeros_like(measure(source.placed))
    mesh = Mesher({"front": source}, 0.02).mesh({"front": (nothing, photograph(source.placed))})
    assert (mesh.xyz_m.shape, mesh.rgb.shape, mesh.triangles.shape) == ((3, 0), (3, 0), (0, 3))


def test_meshes_are_made_beside_clouds(take: Path, tmp_path: Path) -> None:
    open3d: Any = pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    report = fuse(take, tmp_path / "out", mesh_mm=50, stop=1)
    assert (report.written, report.kept) == (2, 0)
    mesh = open3d.io.read_triangle_mesh(str(tmp_path / "out" / "mesh-50mm" / "000000.ply"))
    assert len(mesh.triangles) > 100
