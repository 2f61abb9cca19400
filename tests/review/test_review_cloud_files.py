"""Clouds as files: small ones byte by byte, and opened by what others use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinect_sync.review.fusing.cloud import Cloud, Points, thin
from kinect_sync.review.fusing.cloud_files import write_cloud
from kinect_sync.review.fusing.request import CloudFormat
from tests.review.exported import parse_ply

FRONT = Points(
    xyz_m=np.array([[0.0, 1.0], [0.5, -1.0], [2.0, 3.0]], np.float32),
    rgb=np.array([[255, 0], [128, 0], [1, 0]], np.uint8),
    colored=np.array([True, False]),
)
LEFT = Points(
    xyz_m=np.array([[0.25], [0.5], [2.0]], np.float32),
    rgb=np.array([[5], [6], [7]], np.uint8),
    colored=np.array([True]),
)
CLOUD = Cloud((FRONT, LEFT), ("front", "left"))
UPWARDS = np.array([[0.0], [0.0], [1.0]], np.float32)


def with_normals() -> Cloud:
    parts = [
        Points(part.xyz_m, part.rgb, part.colored, np.repeat(UPWARDS, len(part), axis=1))
        for part in CLOUD.parts
    ]
    return Cloud(tuple(parts), CLOUD.devices)


def test_a_ply_is_written_as_it_always_was(tmp_path: Path) -> None:
    nbytes = write_cloud(tmp_path / "a.ply", CLOUD, CloudFormat.PLY, ("take one", "pulse 7"))
    data = (tmp_path / "a.ply").read_bytes()
    assert nbytes == len(data)
    head, _, body = data.partition(b"end_header\n")
    assert head.decode().splitlines() == [
        "ply",
        "format binary_little_endian 1.0",
        "comment take one",
        "comment pulse 7",
        "element vertex 3",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {channel}" for channel in ("red", "green", "blue")),
    ]
    assert body.hex(" ", 1) == (
        "00 00 00 00 00 00 00 3f 00 00 00 40 ff 80 01 "
        "00 00 80 3f 00 00 80 bf 00 00 40 40 00 00 00 "
        "00 00 80 3e 00 00 00 3f 00 00 00 40 05 06 07"
    )


def test_a_ply_has_normals_where_the_cloud_has(tmp_path: Path) -> None:
    write_cloud(tmp_path / "a.ply", with_normals(), CloudFormat.PLY)
    vertices = parse_ply((tmp_path / "a.ply").read_bytes())
    assert vertices.dtype.names == ("x", "y", "z", "nx", "ny", "nz", "red", "green", "blue")
    assert vertices["nz"].tolist() == [1, 1, 1]


def test_an_npz_says_of_each_point_whose_it_is(tmp_path: Path) -> None:
    write_cloud(tmp_path / "a.npz", CLOUD, CloudFormat.NPZ)
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["points"].tolist() == [[0, 0.5, 2], [1, -1, 3], [0.25, 0.5, 2]]
        assert arrays["colors"].tolist() == [[255, 128, 1], [0, 0, 0], [5, 6, 7]]
        assert arrays["colored"].tolist() == [True, False, True]
        assert arrays["devices"][arrays["device"]].tolist() == ["front", "front", "left"]
        assert "normals" not in arrays


@pytest.mark.parametrize("kind", [CloudFormat.PLY, CloudFormat.PCD])
def test_a_cloud_without_points_is_a_file_all_the_same(tmp_path: Path, kind: CloudFormat) -> None:
    none = FRONT.of(np.zeros(2, np.bool_))
    write_cloud(tmp_path / "a", Cloud((none,), ("front",)), kind)
    assert b"0\n" in (tmp_path / "a").read_bytes()


@pytest.mark.parametrize("kind", [CloudFormat.PLY, CloudFormat.PCD])
@pytest.mark.parametrize("cloud", [CLOUD, with_normals()], ids=["points", "normals"])
def test_open3d_reads_what_was_written(tmp_path: Path, kind: CloudFormat, cloud: Cloud) -> None:
    open3d = pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    path = tmp_path / f"a.{kind}"
    write_cloud(path, cloud, kind, ("take one",))
    found = open3d.io.read_point_cloud(str(path))
    assert np.asarray(found.points).tolist() == [[0, 0.5, 2], [1, -1, 3], [0.25, 0.5, 2]]
    assert np.rint(np.asarray(found.colors) * 255).tolist() == [[255, 128, 1], [0, 0, 0], [5, 6, 7]]
    assert found.has_normals() == (cloud is not CLOUD)
    if found.has_normals():
        assert np.asarray(found.normals).tolist() == [[0, 0, 1]] * 3


def test_a_voxel_has_the_mean_color_of_those_that_have_one() -> None:
    thinned = thin(CLOUD, 1.0)
    assert thinned.counts == {"front": 2, "left": 0}
    (front, _) = thinned.parts
    order = np.argsort(front.xyz_m[0])
    assert front.xyz_m[:, order].T.tolist() == [[0.125, 0.5, 2], [1, -1, 3]]
    assert front.rgb[:, order].T.tolist() == [[130, 67, 4], [0, 0, 0]]
    assert front.colored[order].tolist() == [True, False]
