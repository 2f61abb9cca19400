"""Depth images painted into another camera's view."""

from __future__ import annotations

import numpy as np

from kinect_sync.geometry.distortion import Distortion, LensModel
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.painting import UNPAINTED, paint, project_fast
from kinect_sync.geometry.point_table import PointTable, Singles
from kinect_sync.geometry.poses import Pose
from kinect_sync.geometry.view_pyramid import ViewPyramid
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import factory

NONE = dict.fromkeys(("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2", "codx", "cody"), 0.0)
STRAIGHT = Distortion(model=LensModel.BROWN_CONRADY, metric_radius=1.7, **NONE)


def pinhole(size: int, focal_px: float) -> Lens:
    middle = (size - 1) / 2
    return Lens(width=size, height=size, fx=focal_px, fy=focal_px, cx=middle, cy=middle, distortion=STRAIGHT)


SOURCE = pinhole(20, 50)


def points_of(depth_mm: np.ndarray, pose: Pose) -> Singles:
    return PointTable.of(SOURCE, pose).points((depth_mm.ravel() / 1000).astype(np.float32))


def moved(forward_m: float, left_m: float = 0.0) -> Pose:
    """From the frame of the source to that of a camera so far ahead of it."""
    return Pose.of(np.eye(3), np.array([left_m, 0.0, -forward_m]))


def test_a_wall_seen_from_near_has_no_hole() -> None:
    """From half as far with three times the focal length, a pixel of the source covers 36."""
    depth = np.full((20, 20), 2000, np.uint16)
    painting = paint(points_of(depth, moved(1.0)), depth, 50, pinhole(60, 150))
    assert (painting.depth_mm == 1000).all()
    assert (painting.painter != UNPAINTED).all()


def test_from_its_own_place_an_image_looks_as_it_is() -> None:
    depth = np.arange(1000, 1400, dtype=np.uint16).reshape(20, 20)
    depth[3, 4] = 0
    painting = paint(points_of(depth, moved(0.0)), depth, 5, SOURCE)
    found = painting.depth_mm.astype(int)
    assert (np.abs(found - depth)[found > 0] <= 22).all(), "half of what its four corners span"
    assert found[3, 4] == 0 or abs(int(found[3, 4]) - 1064) <= 22
    assert (found > 0).mean() > 0.98


def test_nothing_is_spanned_across_a_jump_and_the_nearest_is_in_front() -> None:
    depth = np.full((20, 20), 2000, np.uint16)
    depth[:, 8:12] = 1000
    painting = paint(points_of(depth, moved(0.0, left_m=0.1)), depth, 50, SOURCE)
    assert set(np.unique(painting.depth_mm)) == {0, 1000, 2000}
    near = (painting.depth_mm == 1000).any(axis=0)
    assert np.flatnonzero(near).tolist() == [13, 14, 15, 16], "moved by 5 pixels, and as wide as it was"
    assert (painting.depth_mm[:, 11:13] == 0).all(), "what it hid before is not known"


def test_what_is_behind_a_camera_or_beside_its_view_is_not_seen() -> None:
    depth = np.full((20, 20), 2000, np.uint16)
    behind = Pose.of(np.diag([-1.0, 1.0, -1.0]), np.zeros(3))
    assert not paint(points_of(depth, behind), depth, 50, SOURCE).depth_mm.any()
    beside = moved(0.0, left_m=5.0)
    assert not paint(points_of(depth, beside), depth, 50, SOURCE).depth_mm.any()


def test_in_single_precision_points_are_seen_where_the_lens_sees_them() -> None:
    lens = factory().in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P).color
    assert lens is not None
    chance = np.random.default_rng(1)
    points = np.concatenate((chance.uniform(-2, 2, (2, 5000)), chance.uniform(-1, 4, (1, 5000))))
    x, y, valid = project_fast(lens, points.astype(np.float32))
    pixels, expected = lens.project(points.T)
    assert (valid == expected).mean() > 0.999
    both = valid & expected & (np.abs(pixels) < 3000).all(axis=1)
    assert np.abs(np.stack((x, y), -1) - pixels)[both].max() < 0.01


def test_all_that_a_camera_sees_is_in_its_pyramid_and_little_else() -> None:
    lens = factory().in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P).color
    assert lens is not None
    points = np.random.default_rng(2).uniform(-2, 2, (3, 20_000))
    pixels, valid = lens.project(points.T)
    inside = valid & ((pixels > -0.5) & (pixels < (lens.width - 0.5, lens.height - 0.5))).all(axis=1)
    held = ViewPyramid.of(lens).holds(points.astype(np.float32))
    assert held[inside].all()
    assert held.sum() < 1.2 * inside.sum()
