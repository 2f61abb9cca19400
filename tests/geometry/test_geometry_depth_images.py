"""Edges, hidden points, normals and voxels of depth images small enough to be written down."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.geometry.depth_buffer import DepthBuffer
from kinect_sync.geometry.depth_edges import edge_parts, find_cells, find_steady
from kinect_sync.geometry.normals import find_normals, seen_from
from kinect_sync.geometry.voxels import Voxels
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import factory


def image(*rows: str) -> np.ndarray:
    """Depth in mm, a digit a metre; `+` is 1 % more than a metre."""
    depths = {"+": 1010}
    return np.array([[depths.get(each, 0) or 1000 * int(each) for each in row] for row in rows], np.uint16)


def drawn(flags: np.ndarray) -> list[str]:
    return ["".join("#" if each else "." for each in row) for row in flags]


def test_pixels_beside_a_jump_are_edges_and_a_slope_and_a_hole_are_none() -> None:
    depth = image("1+11222", "11+1222", "1011222", "1111220")
    assert drawn(find_steady(depth, 50)) == ["###..##", "###..##", "#.#..##", "###..#."]


def test_a_lonely_pixel_that_hangs_between_two_surfaces_is_an_edge() -> None:
    depth = image("11111", "11111", "11211", "11111", "11111")
    assert drawn(find_steady(depth, 50)) == ["#####", "#...#", "#...#", "#...#", "#####"]


def test_four_pixels_are_one_surface_without_a_jump_between_them() -> None:
    depth = image("1+1222", "110222")
    assert drawn(find_cells(depth, 50)) == ["#..##"]


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        (DepthMode.NFOV_UNBINNED, 50),
        (DepthMode.WFOV_UNBINNED, 50),
        (DepthMode.NFOV_2X2BINNED, 25),
        (DepthMode.WFOV_2X2BINNED, 25),
    ],
)
def test_the_limit_is_one_steepness_in_all_modes(mode: DepthMode, parts: int) -> None:
    lens = factory().in_mode(mode, ColorResolution.OFF).depth
    assert lens is not None
    assert edge_parts(lens) == parts


def test_what_is_behind_something_much_nearer_is_not_seen() -> None:
    buffer = DepthBuffer(width=4, height=2, shift=0)
    x, y = np.array([0, 0, 1.4, 1.6, 3, -0.6, 3.6, 9], np.float32), np.zeros(8, np.float32)
    depth = np.array([1000, 1010, 2000, 1000, 0, 500, 500, 60_000], np.uint16)
    places, cells, inside = buffer.find(x, y, depth > 0)
    seen, nearest = buffer.nearest(cells, depth)
    assert (seen & inside).tolist() == [True, True, True, True, False, False, False, False]
    assert places[:4].tolist() == [0, 0, 1, 2]
    assert nearest[:3].tolist() == [1000, 2000, 1000]
    assert buffer.nearest(cells[:2], np.array([1000, 1021], np.uint16))[0].tolist() == [True, False]


def test_another_device_confirms_what_it_measured_itself_and_nothing_before_or_behind() -> None:
    buffer = DepthBuffer(width=4, height=4, shift=1)
    here = np.array([0.0], np.float32)
    cells = buffer.find(here, here, np.array([True]))[1]
    nearest = buffer.nearest(cells, np.array([1000], np.uint16))[1]
    x = np.array([1, 1, 1, 2, -3], np.float32)
    z_mm = np.array([1015, 1030, 970, 1000, 1000], np.float32)
    assert buffer.confirm(x, np.zeros(5, np.float32), z_mm, nearest)[1].tolist() == [True, *[False] * 4]


def test_a_cell_is_wide_enough_that_a_surface_leaves_none_without_a_point() -> None:
    for resolution, shift in ((ColorResolution.RES_720P, 1), (ColorResolution.RES_3072P, 3)):
        geometry = factory().in_mode(DepthMode.NFOV_UNBINNED, resolution)
        assert geometry.color is not None
        assert geometry.depth is not None
        assert DepthBuffer.of(geometry.color, geometry.depth).shift == shift


def slanted(height: int, width: int, slope: float) -> np.ndarray:
    """Points of a plane z = 2 + slope · x, as a pinhole sees it, shape (3, height, width)."""
    down, across = np.mgrid[0:height, 0:width] / 500 - 0.05
    z = 2 / (1 - slope * across)
    return np.stack((across * z, down * z, z)).astype(np.float32)


def test_a_plane_has_one_normal_which_looks_at_the_camera() -> None:
    points = slanted(12, 16, 0.5)
    normals, there = find_normals(points, np.ones((12, 16), np.bool_))
    assert drawn(there) == ["." * 16] + ["." + "#" * 14 + "."] * 10 + ["." * 16]
    expected = np.array([0.5, 0, -1]) / np.sqrt(1.25)
    assert np.abs(normals[:, there] - expected[:, None]).max() < 1e-4
    cosine = seen_from(normals[:, there], points[:, there], np.zeros((3, 1), np.float32))
    assert (cosine > 0).all()


def test_a_normal_takes_no_points_of_another_surface() -> None:
    """Where two meet, the pixels on both sides are edges: the reach of a normal ends there."""
    points = slanted(9, 16, 0.5)
    points[:, :, 8:] *= 2
    depth = (points[2] * 1000).astype(np.uint16)
    normals, there = find_normals(points, find_steady(depth, 50))
    expected = np.array([0.5, 0, -1]) / np.sqrt(1.25)
    assert there.sum() > 60
    assert np.abs(normals[:, there] - expected[:, None]).max() < 1e-4


def test_a_cube_becomes_the_mean_of_its_points() -> None:
    points = np.array([[0.1, 0.2, 1.1, -0.1], [0.1, 0.3, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]], np.float32)
    voxels = Voxels.of(points, 1.0)
    assert voxels.counts.tolist() == [1, 2, 1]
    assert (
        pytest.approx(np.array([(-0.1, 0.1, 0.1), (0.15, 0.2, 0.1), (1.1, 0.1, 0.1)]))
        == voxels.mean(points).T
    )
    assert voxels.first(np.array(["a", "b", "c", "d"])).tolist() == ["d", "a", "c"]


def test_of_no_points_there_are_no_cubes() -> None:
    voxels = Voxels.of(np.zeros((3, 0), np.float32), 0.01)
    assert voxels.mean(np.zeros((3, 0), np.float32)).shape == (3, 0)
