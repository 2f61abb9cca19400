from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.review.export.calibration import describe_geometry
from kinect_sync.review.export.request import Part
from kinect_sync.rig.modes import ColorResolution, DepthMode
from tests.factory_calibration import make_calibration
from tests.review.exported import export
from tests.review.lens import move, project
from tests.review.small_takes import SERIALS, make_take


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The calibration.json of a device with 720p color and NFOV 2×2 binned depth."""
    folder = tmp_path_factory.mktemp("calibration")
    take = make_take(folder / "take", pulses=1)
    export(take, folder / "out", parts=(Part.CALIBRATION,))
    return json.loads((folder / "out" / "left" / "calibration.json").read_text())


@pytest.fixture(scope="module")
def pyk4a() -> Any:
    return pytest.importorskip("pyk4a", exc_type=ImportError)


@pytest.fixture(scope="module")
def sdk(pyk4a: Any) -> Any:
    return pyk4a.Calibration.from_raw(
        make_calibration(SERIALS["left"]).decode(),
        pyk4a.DepthMode.NFOV_2X2BINNED,
        pyk4a.ColorResolution.RES_720P,
    )


def test_calibration_has_the_numbers_of_pyk4a_in_the_order_of_opencv(
    found: Any, sdk: Any, pyk4a: Any
) -> None:
    kinds = pyk4a.CalibrationType
    for name, kind, size in (("color", kinds.COLOR, (1280, 720)), ("depth", kinds.DEPTH, (320, 288))):
        assert found[name]["camera_matrix"] == sdk.get_camera_matrix(kind).tolist()
        assert found[name]["distortion"] == sdk.get_distortion_coefficients(kind).tolist()
        assert (found[name]["width"], found[name]["height"]) == size
    rotation, translation_m = sdk.get_extrinsic_parameters(kinds.DEPTH, kinds.COLOR)
    assert found["depth_to_color"]["rotation"] == rotation.tolist()
    assert found["depth_to_color"]["translation_m"] == translation_m[0].tolist()


def test_lenses_and_pose_are_those_of_the_factory_cut_and_shrunk_to_the_mode(found: Any) -> None:
    """By hand from tests/factory_calibration.py; pixels are counted from their centres, hence the halves."""
    # Color: 4096 × 3072 shrunk to 1280 × 960, then 120 rows cut above and below.
    assert found["color"]["camera_matrix"] == [
        pytest.approx([0.48 * 1280, 0, 0.5 * 1280 - 0.5]),
        pytest.approx([0, 0.64 * 960, 0.5 * 960 - 120 - 0.5]),
        [0, 0, 1],
    ]
    # Depth: 1024 × 1024 binned to 512 × 512, of which NFOV is 320 × 288 from (96, 90) on.
    assert found["depth"]["camera_matrix"] == [
        pytest.approx([0.49 * 512, 0, 0.5 * 512 - 96 - 0.5]),
        pytest.approx([0, 0.49 * 512, 0.5 * 512 - 90 - 0.5]),
        [0, 0, 1],
    ]
    # k1 k2 p1 p2 k3 k4 k5 k6
    assert found["color"]["distortion"] == pytest.approx([0.3, -2.5, 0, 0, 1.5, 0.2, -2.3, 1.4])
    assert found["depth"]["distortion"] == pytest.approx([0.5, -0.02, 0, 0, -0.003, 0.9, 0.09, -0.01])
    assert found["depth_to_color"]["translation_m"] == pytest.approx([-0.032, -0.002, 0.004])
    assert found["color_to_depth"]["translation_m"] == pytest.approx([0.032, 0.002, -0.004])


def test_a_camera_that_was_off_has_no_lens_and_stands_where_it_is(found: Any) -> None:
    factory = parse_calibration(make_calibration(SERIALS["left"]), "left")
    alone = describe_geometry(factory.in_mode(DepthMode.OFF, ColorResolution.RES_720P))
    assert json.loads(json.dumps({"device": "left", **alone})) == found | {"depth": None}


def test_a_point_seen_by_both_cameras_lands_where_pyk4a_puts_it(found: Any, sdk: Any, pyk4a: Any) -> None:
    """The exported numbers are used as OpenCV would, and compared with the SDK's own projection."""
    point_m = np.array([0.2, -0.1, 1.5])
    pixel = project(move(point_m[None], found["depth_to_color"]), found["color"])[0]
    kinds = pyk4a.CalibrationType
    expected = sdk.convert_3d_to_2d(tuple(point_m * 1000), kinds.DEPTH, kinds.COLOR)
    assert pixel == pytest.approx(expected, abs=0.01)
