"""Lenses alone: there and back, what is not seen, and the shapes of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kinect_sync.geometry.distortion import Distortion, LensModel
from kinect_sync.geometry.lens import Lens, transfer_pixels
from kinect_sync.geometry.poses import Pose
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import CALIBRATIONS, factory, pixel_grid
from tests.review.lens import project as project_by_formula

NO_BENDING = dict.fromkeys(("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2", "codx", "cody"), 0.0)
STILL = Pose(rotation=((1, 0, 0), (0, 1, 0), (0, 0, 1)), translation_m=(0, 0, 0))


def made(model: LensModel = LensModel.BROWN_CONRADY, radius: float = 1.7, **bending: float) -> Lens:
    distortion = Distortion(model=model, metric_radius=radius, **NO_BENDING | bending)
    return Lens(width=640, height=480, fx=500, fy=400, cx=320, cy=240, distortion=distortion)


def lens_of(name: str, camera: str) -> Lens:
    geometry = factory(name).in_mode(DepthMode.WFOV_UNBINNED, ColorResolution.RES_3072P)
    lens: Lens = getattr(geometry, camera)
    return lens


HALF = [
    # Of the ray (0.5, 0.5, 1), where x² = y² = xy = 0.25 and r² = 0.5; without bending (570, 440).
    pytest.param(made(), (570, 440), id="a pinhole"),
    pytest.param(made(k1=0.2), (595, 460), id="k1 r² = 0.1 further out"),
    pytest.param(made(k2=0.4), (595, 460), id="k2 r⁴"),
    pytest.param(made(k3=0.8), (595, 460), id="k3 r⁶"),
    pytest.param(made(k4=0.5), (520, 400), id="k4 r² divides, by 1.25"),
    pytest.param(made(k5=1.0), (520, 400), id="k5 r⁴"),
    pytest.param(made(k6=1.0), (320 + 250 / 1.125, 240 + 200 / 1.125), id="k6 r⁶"),
    pytest.param(made(p2=0.01), (575, 442), id="p2: (r² + 2x²) in x, 2xy in y"),
    pytest.param(made(p1=0.01), (572.5, 444), id="p1: 2xy in x, (r² + 2y²) in y"),
    pytest.param(made(LensModel.RATIONAL_6KT, p1=0.01), (571.25, 444), id="6KT: xy in x"),
    pytest.param(made(LensModel.RATIONAL_6KT, p2=0.01), (575, 441), id="6KT: xy in y"),
    pytest.param(made(k1=0.2, codx=0.5, cody=0.5), (570, 440), id="nothing is bent at the centre"),
]


@pytest.mark.parametrize(("lens", "expected"), HALF)
def test_where_a_point_is_seen(lens: Lens, expected: tuple[float, float]) -> None:
    pixel, valid = lens.project(np.array([1.0, 1.0, 2.0]))
    assert valid
    assert pixel == pytest.approx(expected)
    ray, found = lens.unproject(pixel)
    assert found
    assert ray == pytest.approx((0.5, 0.5, 1))


@pytest.mark.parametrize("camera", ["depth", "color"])
@pytest.mark.parametrize("name", CALIBRATIONS)
def test_a_ray_is_seen_at_the_pixel_that_it_was_found_for(name: str, camera: str) -> None:
    lens = lens_of(name, camera)
    pixels = pixel_grid(lens.width, lens.height)
    rays, valid = lens.unproject(pixels)
    assert valid.mean() > (0.99 if camera == "color" else 0.5), "WFOV's corners are beyond the metric radius"
    assert np.isnan(rays[~valid]).all()
    assert np.abs(lens.project(rays[valid] * 0.7)[0] - pixels[valid]).max() < 1e-9


def test_what_is_exported_for_opencv_says_the_whole_lens() -> None:
    for camera in ("depth", "color"):
        lens = lens_of("simulated", camera)
        rays, valid = lens.unproject(pixel_grid(lens.width, lens.height))
        said = {"camera_matrix": lens.camera_matrix.tolist(), "distortion": lens.coefficients.tolist()}
        assert lens.project(rays[valid])[0] == pytest.approx(project_by_formula(rays[valid], said), abs=1e-9)


UNSEEN = [
    pytest.param((0.0, 0.0, 0.0), id="a point without depth"),
    pytest.param((0.1, 0.1, -1.0), id="behind the camera"),
    pytest.param((1.71, 0.0, 1.0), id="beyond the metric radius"),
    pytest.param((np.nan, 0.0, 1.0), id="no point at all"),
    pytest.param((np.inf, 0.0, 1.0), id="infinitely far to the side"),
    pytest.param((1.0, 1.0, 5e-324), id="so near that the ray overflows"),
]


@pytest.mark.parametrize("point", UNSEEN)
def test_what_is_not_seen_has_no_pixel(point: tuple[float, float, float]) -> None:
    pixels, valid = made(k1=0.1).project(np.array([point, (0.0, 0.0, 1.0)]))
    assert valid.tolist() == [False, True]
    assert np.isnan(pixels[0]).all()
    assert pixels[1] == pytest.approx((320, 240))


RAYLESS = [
    pytest.param(made(), (320 + 1.71 * 500, 240), id="beyond the metric radius"),
    pytest.param(made(), (np.nan, 240), id="no pixel"),
    pytest.param(made(), (np.inf, 240), id="infinity"),
    # x - 0.5 x³ never exceeds 0.544: nothing comes from further out.
    pytest.param(made(k1=-0.5, radius=3), (320 + 0.6 * 500, 240), id="where the lens brings no ray to"),
]


@pytest.mark.parametrize(("lens", "pixel"), RAYLESS)
def test_a_pixel_without_a_ray_has_none(lens: Lens, pixel: tuple[float, float]) -> None:
    rays, valid = lens.unproject(np.array([pixel, (320.0, 240.0)]))
    assert valid.tolist() == [False, True]
    assert np.isnan(rays[0]).all()
    assert rays[1] == pytest.approx((0, 0, 1))


def test_images_keep_their_shape_and_large_ones_are_searched_in_parts() -> None:
    lens = lens_of("simulated", "depth")
    pixels = np.stack(np.meshgrid(np.arange(300.0), np.arange(200.0)), -1) + 400
    rays, valid = lens.unproject(pixels)
    assert rays.shape == (200, 300, 3)
    assert valid.shape == (200, 300)
    alone, _ = lens.unproject(pixels[199, 299])
    assert alone.tolist() == rays[199, 299].tolist()
    assert lens.project(rays)[0] == pytest.approx(pixels)
    empty, none = lens.unproject(np.empty((0, 2)))
    assert (empty.shape, none.shape) == ((0, 3), (0,))


TRANSFERS: list[Any] = [
    pytest.param(1.0, STILL, (400, 300), id="the same camera sees it where it was"),
    pytest.param(2.0, STILL.model_copy(update={"translation_m": (0.1, 0, 0)}), (425, 300), id="0.1 m of 2 m"),
    pytest.param(0.0, STILL, None, id="unknown depth"),
    pytest.param(np.nan, STILL, None, id="no depth"),
    pytest.param(1.0, STILL.model_copy(update={"translation_m": (0, 0, -2)}), None, id="behind the other"),
]


@pytest.mark.parametrize(("z_m", "pose", "expected"), TRANSFERS)
def test_where_another_camera_sees_a_pixel(
    z_m: float, pose: Pose, expected: tuple[float, float] | None
) -> None:
    lens = made()
    pixels, valid = transfer_pixels(np.array([[400.0, 300.0]]), np.array([z_m]), lens, lens, pose)
    assert valid.tolist() == [expected is not None]
    assert pixels[0] == pytest.approx(expected or (np.nan, np.nan), nan_ok=True)


@pytest.mark.parametrize("camera", ["depth", "color"])
@pytest.mark.parametrize("name", CALIBRATIONS)
def test_slopes_are_how_pixels_move_with_points(name: str, camera: str) -> None:
    lens = lens_of(name, camera)
    rays, valid = lens.unproject(pixel_grid(lens.width, lens.height, 9, 7))
    rays = rays[valid & (np.hypot(rays[:, 0], rays[:, 1]) < 1)]
    points = rays * np.linspace(0.5, 3, len(rays))[:, None]
    slopes = lens.slopes(points)
    for axis in range(3):
        step = np.eye(3)[axis] * 1e-6
        moved = (lens.project(points + step)[0] - lens.project(points - step)[0]) / 2e-6
        assert np.allclose(slopes[..., axis], moved, rtol=1e-5, atol=1e-3)
