"""Tables of lenses that are interpolated, against the lenses themselves."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.geometry.image_table import tabulate
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.point_table import PointTable, SightTable
from kinect_sync.geometry.poses import Pose
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import CALIBRATIONS, factory

MODES = [DepthMode.NFOV_UNBINNED, DepthMode.NFOV_2X2BINNED, DepthMode.WFOV_2X2BINNED]
QUARTER = Pose.of(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), np.array([1.0, -2.0, 3.0]))


def depth_lens(name: str, mode: DepthMode) -> Lens:
    lens = factory(name).in_mode(mode, ColorResolution.RES_720P).depth
    assert lens is not None
    return lens


def some_pixels(lens: Lens) -> np.ndarray:
    """Numbers of pixels from all over the image, first and last among them."""
    return np.unique(np.linspace(0, lens.width * lens.height - 1, 3001).astype(int))


def at(lens: Lens, numbers: np.ndarray) -> np.ndarray:
    return np.stack((numbers % lens.width, numbers // lens.width), -1).astype(float)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CALIBRATIONS)
def test_rays_are_those_of_the_lens_within_the_hundredths_of_a_pixel_that_its_corners_bend(
    name: str, mode: DepthMode
) -> None:
    lens = depth_lens(name, mode)
    table, numbers = PointTable.of(lens, QUARTER), some_pixels(lens)
    rays, seen = lens.unproject(at(lens, numbers))
    assert (table.seen[numbers] == seen).all()
    z_m = np.full(lens.width * lens.height, 2.5, np.float32)
    found = table.points(z_m)[:, numbers].T
    off_px = np.abs(found - QUARTER.apply(rays * 2.5))[seen] / 2.5 * lens.fx
    assert np.median(off_px) < 1e-4
    assert off_px.max() < 0.1


@pytest.mark.parametrize(
    ("mode", "resolution"),
    [
        (DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P),
        (DepthMode.NFOV_UNBINNED, ColorResolution.RES_3072P),
        (DepthMode.WFOV_2X2BINNED, ColorResolution.RES_720P),
    ],
)
@pytest.mark.parametrize("name", ["simulated", "real"])
def test_another_camera_sees_pixels_where_a_parabola_says(
    name: str, mode: DepthMode, resolution: ColorResolution
) -> None:
    geometry = factory(name).in_mode(mode, resolution)
    depth, color = geometry.depth, geometry.color
    assert depth is not None
    assert color is not None
    table, numbers = SightTable.of(depth, color, geometry.color_from_depth), some_pixels(depth)
    rays, _ = depth.unproject(at(depth, numbers))
    for z_m in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        inverse = np.full(depth.width * depth.height, 1 / z_m, np.float32)
        found = np.stack(table.pixels(inverse), -1)[numbers]
        expected, valid = color.project(geometry.color_from_depth.apply(rays * z_m))
        inside = valid & ((expected > -0.5) & (expected < (color.width - 0.5, color.height - 0.5))).all(1)
        assert inside.sum() > 500
        off_px = np.abs(found - expected)[inside] / color.width * 1280
        assert np.quantile(off_px, 0.9) < 0.1
        assert off_px.max() < 0.7
        outside = ((found < -0.5) | (found > (color.width - 0.5, color.height - 0.5))).any(1)
        assert outside[~inside].mean() > 0.99, "but for pixels at the very edge"


def test_a_pixel_beside_one_without_a_value_is_computed_itself() -> None:
    lens = depth_lens("round numbers", DepthMode.NFOV_2X2BINNED)

    def bent(pixels: np.ndarray) -> np.ndarray:
        """A step, which no cubic follows, at the edge of where there is a value."""
        values = np.where(pixels[:, :1] > 100, 7.0, pixels[:, :1])
        values[pixels[:, 1] > 150] = np.nan
        return values

    table = tabulate(lens, bent).reshape(lens.height, lens.width)
    assert np.isnan(table[151:]).all()
    assert (table[148:151] == np.where(np.arange(lens.width) > 100, 7, np.arange(lens.width))).all()
