"""What a mode shows of the sensor that the factory measured, by hand from tests/factory_calibration.py."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.geometry.lens import Lens
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.geometry.calibrations import factory

COLOR = [
    # Of 4096 × 3072 pixels all columns; fx is 0.48 of the width, fy 0.64 of the height of 4:3.
    pytest.param("720p", (1280, 720), (614.4, 614.4), (639.5, 359.5), id="1280 × 960 less 120 rows above"),
    pytest.param("1080p", (1920, 1080), (921.6, 921.6), (959.5, 539.5), id="1920 × 1440 less 180"),
    pytest.param("1440p", (2560, 1440), (1228.8, 1228.8), (1279.5, 719.5), id="2560 × 1920 less 240"),
    pytest.param("1536p", (2048, 1536), (983.04, 983.04), (1023.5, 767.5), id="4:3, halved"),
    pytest.param("2160p", (3840, 2160), (1843.2, 1843.2), (1919.5, 1079.5), id="3840 × 2880 less 360"),
    pytest.param("3072p", (4096, 3072), (1966.08, 1966.08), (2047.5, 1535.5), id="the whole sensor"),
]
DEPTH = [
    # Of 1024 × 1024 pixels; f is 0.49 of that, the principal point in the middle.
    pytest.param("nfov_unbinned", (640, 576), 501.76, (319.5, 331.5), id="from column 192 and row 180 on"),
    pytest.param("nfov_2x2binned", (320, 288), 250.88, (159.5, 165.5), id="half of that"),
    pytest.param("wfov_unbinned", (1024, 1024), 501.76, (511.5, 511.5), id="the whole sensor"),
    pytest.param("wfov_2x2binned", (512, 512), 250.88, (255.5, 255.5), id="its half"),
    pytest.param("passive_ir", (1024, 1024), 501.76, (511.5, 511.5), id="IR alone has the whole sensor"),
]


def check(
    lens: Lens | None, size: tuple[int, int], f: tuple[float, float], centre: tuple[float, float]
) -> None:
    assert lens is not None
    assert (lens.width, lens.height) == size
    assert (lens.fx, lens.fy) == pytest.approx(f)
    assert (lens.cx, lens.cy) == pytest.approx(centre)


@pytest.mark.parametrize(("resolution", "size", "f", "centre"), COLOR)
def test_color_lenses(
    resolution: str, size: tuple[int, int], f: tuple[float, float], centre: tuple[float, float]
) -> None:
    geometry = factory("round numbers").in_mode(DepthMode.OFF, ColorResolution(resolution))
    assert geometry.depth is None
    check(geometry.color, size, f, centre)


@pytest.mark.parametrize(("mode", "size", "f", "centre"), DEPTH)
def test_depth_lenses(mode: str, size: tuple[int, int], f: float, centre: tuple[float, float]) -> None:
    geometry = factory("round numbers").in_mode(DepthMode(mode), ColorResolution.OFF)
    assert geometry.color is None
    check(geometry.depth, size, (f, f), centre)


def test_poses_are_the_factorys_in_every_mode_and_in_metres() -> None:
    both = factory("round numbers").in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P)
    alone = factory("round numbers").in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.OFF)
    assert both.color_from_depth.translation_m == pytest.approx((-0.032, -0.002, 0.004))
    assert both.depth_from_color.translation_m == pytest.approx((0.032, 0.002, -0.004))
    assert alone.color_from_depth == both.color_from_depth
    assert alone.depth_from_color == both.depth_from_color


def test_the_ways_between_the_cameras_undo_each_other() -> None:
    geometry = factory().in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P)
    loop = geometry.depth_from_color @ geometry.color_from_depth
    assert np.array(loop.rotation) == pytest.approx(np.eye(3), abs=1e-6)
    assert loop.translation_m == pytest.approx((0, 0, 0), abs=1e-7)


def test_a_color_camera_measured_in_16_9_is_the_same_camera() -> None:
    in_4_3, in_16_9 = factory().color, factory("color measured in 16:9").color
    assert (in_16_9.fx, in_16_9.fy) == pytest.approx((in_4_3.fx, in_4_3.fy), abs=1e-6)
    assert (in_16_9.cx, in_16_9.cy) == pytest.approx((in_4_3.cx, in_4_3.cy), abs=1e-6)


def test_a_calibration_is_a_value_that_survives_json() -> None:
    geometry = factory().in_mode(DepthMode.NFOV_UNBINNED, ColorResolution.RES_720P)
    assert type(geometry).model_validate_json(geometry.model_dump_json()) == geometry
