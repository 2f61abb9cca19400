from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.undistortion import Undistortion, circumscribed, inscribed
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import SERIAL

MODES = [
    (DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P),
    (DepthMode.WFOV_2X2BINNED, ColorResolution.RES_1536P),
]


@pytest.fixture(params=MODES, ids=["nfov", "wfov"])
def geometry(request: pytest.FixtureRequest) -> DeviceGeometry:
    """Lenses that are bent as a real device's."""
    return parse_calibration(make_calibration(SERIAL), "front").in_mode(*request.param)


def color_of(geometry: DeviceGeometry) -> Lens:
    assert geometry.color is not None
    return geometry.color


def depth_of(geometry: DeviceGeometry) -> Lens:
    assert geometry.depth is not None
    return geometry.depth


def grid(lens: Lens, step: int) -> Any:
    down, across = np.mgrid[0 : lens.height : step, 0 : lens.width : step]
    return np.stack((across, down), -1).astype(float)


def test_what_rises_evenly_is_blended_exactly(geometry: DeviceGeometry) -> None:
    lens = color_of(geometry)
    pinhole = inscribed(lens)
    down, across = np.mgrid[0 : lens.height, 0 : lens.width]
    scale = np.array([lens.width - 1, lens.height - 1])
    places = np.stack((across, down), -1) / scale
    image = np.dstack((places * 255, np.full(across.shape, 77.0)))
    straight = Undistortion.of(lens, pinhole).blend(np.rint(image).astype(np.uint8))
    assert straight.shape == (pinhole.height, pinhole.width, 3)
    step = 7
    pixels, valid = lens.project(pinhole.unproject(grid(pinhole, step))[0])
    assert valid.all()
    assert np.abs(straight[::step, ::step, :2] - pixels / scale * 255).max() < 1.02, "rounded twice"
    assert (straight[..., 2] == 77).all(), "no corner is black"


def test_a_depth_is_that_of_the_nearest_pixel(geometry: DeviceGeometry) -> None:
    lens = depth_of(geometry)
    pinhole = circumscribed(lens)
    numbers = np.arange(lens.width * lens.height, dtype=np.float32).reshape(lens.height, lens.width) + 1
    picked = Undistortion.of(lens, pinhole).pick(numbers)
    step = 5
    pixels, valid = lens.project(pinhole.unproject(grid(pinhole, step))[0])
    x, y = np.moveaxis(np.nan_to_num(pixels, nan=-9), -1, 0)
    halfway = np.minimum(np.abs(x % 1 - 0.5), np.abs(y % 1 - 0.5)) < 0.01
    inside = valid & (x > -0.49) & (x < lens.width - 0.51) & (y > -0.49) & (y < lens.height - 0.51)
    expected = np.rint(y) * lens.width + np.rint(x) + 1
    sure = inside & ~halfway
    assert sure.sum() > 1000
    assert np.array_equal(picked[::step, ::step][sure], expected[sure])
    outside = ~valid | (x < -0.51) | (x > lens.width - 0.49) | (y < -0.51) | (y > lens.height - 0.49)
    assert not picked[::step, ::step][outside].any()


def test_nothing_that_a_depth_camera_sees_is_cut_off(geometry: DeviceGeometry) -> None:
    lens = depth_of(geometry)
    pinhole = circumscribed(lens)
    rays, seen = lens.unproject(grid(lens, 1))
    pixels, valid = pinhole.project(rays[seen])
    assert valid.all()
    assert (pixels > -0.51).all()
    assert (pixels < (pinhole.width - 0.49, pinhole.height - 0.49)).all()


def test_opencv_undistorts_to_the_same(geometry: DeviceGeometry) -> None:
    cv2 = pytest.importorskip("cv2", reason="needs OpenCV: pip install -e '.[dev]'")
    lens = color_of(geometry)
    pinhole = inscribed(lens)
    chance = np.random.default_rng(3)
    coarse = chance.integers(0, 255, (lens.height // 40, lens.width // 40, 3), np.uint8)
    image = cv2.resize(coarse, (lens.width, lens.height), interpolation=cv2.INTER_CUBIC)
    maps = cv2.initUndistortRectifyMap(
        lens.camera_matrix,
        lens.coefficients,
        None,
        pinhole.camera_matrix,
        (pinhole.width, pinhole.height),
        cv2.CV_32FC1,
    )
    theirs = cv2.remap(image, *maps, cv2.INTER_LINEAR)
    ours = Undistortion.of(lens, pinhole).blend(image)
    assert np.abs(ours.astype(int) - theirs).max() <= 2, "theirs is in steps of 1/32 pixels"
