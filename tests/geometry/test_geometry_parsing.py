"""Reading calibrations: what devices give, and everything that may be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.geometry.distortion import LensModel
from kinect_sync.geometry.parsing import parse_calibration
from tests.factory_calibration import make_calibration
from tests.geometry.calibrations import SERIAL, alter, read_real

GOOD = make_calibration(SERIAL)
Path = tuple[str | int, ...]


@pytest.mark.parametrize("end", [b"", b"\0", b"\0\0\0", b"\n", b"\n\0"])
def test_a_calibration_ends_as_a_device_or_a_recording_ends_it(end: bytes) -> None:
    assert parse_calibration(GOOD + end, "front") == parse_calibration(GOOD, "front")


def test_each_number_has_its_place() -> None:
    """The file's order is cx, cy, fx, fy, k1 to k6, codx, cody, p2, p1."""

    def number(cameras: Any) -> None:
        cameras[1]["Intrinsics"]["ModelParameters"] = [n / 16 for n in range(1, 15)]

    color = parse_calibration(alter(GOOD, number), "front").color
    bent = color.distortion
    assert [color.cx, color.cy, color.fx, color.fy] == [1 / 16, 2 / 16, 3 / 16, 4 / 16]
    assert [bent.k1, bent.k2, bent.k3, bent.k4, bent.k5, bent.k6] == [n / 16 for n in range(5, 11)]
    assert [bent.codx, bent.cody, bent.p2, bent.p1] == [n / 16 for n in range(11, 15)]


@pytest.mark.parametrize(
    ("factory", "radius"),
    [
        pytest.param(1.74, 1.74, id="as measured"),
        pytest.param(0, 1.7, id="not measured"),
        pytest.param(0.0001, 1.7, id="as good as not measured"),
    ],
)
def test_a_metric_radius_that_was_not_measured_is_the_sdks(factory: float, radius: float) -> None:
    raw = alter(GOOD, lambda cameras: cameras[0].update(MetricRadius=factory))
    assert parse_calibration(raw, "front").depth.distortion.metric_radius == pytest.approx(radius, abs=1e-7)


def test_a_real_calibration_is_read() -> None:
    found = parse_calibration(read_real(), "front")
    assert found.depth.distortion.model is LensModel.BROWN_CONRADY
    assert found.depth.distortion.metric_radius == pytest.approx(1.74)
    assert found.color.camera_from_device.translation_m == pytest.approx((-0.0321, -0.0022, 0.0039), abs=1e-4)


def test_an_accelerometer_at_rest_points_up_in_a_real_devices_depth_camera() -> None:
    """It tells the reaction to gravity: what the real recording beside this calibration has, in m/s²."""
    pose = parse_calibration(read_real(), "front").accelerometer_from_device
    assert pose is not None
    up = pose.inverse().apply(np.array((-2.89, -0.19, -9.44))) - np.array(pose.inverse().translation_m)
    assert up / np.linalg.norm(up) == pytest.approx((0.02, -0.98, 0.19), abs=0.005)


@pytest.mark.parametrize(
    "sensors",
    [
        pytest.param(None, id="no list"),
        pytest.param([], id="an empty list"),
        pytest.param([7, {"SensorType": "CALIBRATION_InertialSensorType_Gyro"}], id="others"),
        pytest.param([{"SensorType": "CALIBRATION_InertialSensorType_Accelerometer"}], id="no pose"),
        pytest.param(
            [
                {
                    "SensorType": "CALIBRATION_InertialSensorType_Accelerometer",
                    "Rt": {"Rotation": [1.0] * 9, "Translation": [0.0] * 3},
                }
            ],
            id="no rotation",
        ),
    ],
)
def test_cameras_are_usable_without_an_accelerometer(sensors: Any) -> None:
    content = json.loads(GOOD)
    content["CalibrationInformation"]["InertialSensors"] = sensors
    assert parse_calibration(json.dumps(content).encode(), "front").accelerometer_from_device is None


def put(path: Path, value: Any) -> bytes:
    """Put a value into the good calibration; `path` begins in its list of cameras."""

    def change(cameras: Any) -> None:
        for step in path[:-1]:
            cameras = cameras[step]
        cameras[path[-1]] = value

    return alter(GOOD, change)


def drop(path: Path) -> bytes:
    def change(cameras: Any) -> None:
        for step in path[:-1]:
            cameras = cameras[step]
        del cameras[path[-1]]

    return alter(GOOD, change)


PARAMETERS: Path = (1, "Intrinsics", "ModelParameters")
ROTATION: Path = (1, "Rt", "Rotation")
BROKEN: list[Any] = [
    # --- no JSON ---
    pytest.param(b"", "EOF", id="nothing"),
    pytest.param(b"\0\0\0\0", "EOF", id="NUL bytes alone"),
    pytest.param(GOOD[: len(GOOD) // 2], "EOF", id="cut off"),
    pytest.param(
        GOOD[:40] + b"\0" + GOOD[40:], "byte 40 of it is NUL", id="a NUL byte, which pyk4a may die of"
    ),
    pytest.param(GOOD + b"\0}", f"byte {len(GOOD)} of it is NUL", id="something behind its end"),
    pytest.param(GOOD + b"}", "trailing characters", id="something behind its end without NUL"),
    pytest.param(b"\xff" * 100, "Invalid JSON", id="erased flash memory"),
    pytest.param(GOOD.replace(b"0.49", b"0,49"), "16 parameters and says 14", id="a decimal comma"),
    pytest.param(b"[" * 100_000, "recursion limit", id="no end of brackets"),
    # --- another JSON ---
    pytest.param(b"[]", "object", id="a list"),
    pytest.param(b"{}", "CalibrationInformation: Field required", id="an empty object"),
    pytest.param(b'{"CalibrationInformation": {}}', "Cameras: Field required", id="no list of cameras"),
    pytest.param(
        b'{"CalibrationInformation": {"Cameras": 2}}', "Cameras: .* array", id="a number of cameras"
    ),
    pytest.param(
        b'{"CalibrationInformation": {"Cameras": [2]}}', r"Cameras\.0: .* object", id="numbered cameras"
    ),
    pytest.param(drop((1,)), "color camera: there is none at .*PV0", id="no color camera"),
    pytest.param(drop((0,)), "depth camera: there is none at .*D0", id="no depth camera"),
    pytest.param(drop((1, "Location")), "color camera: there is none", id="a camera at no place"),
    # --- numbers ---
    pytest.param(put((*PARAMETERS, 3), float("nan")), r"color.*ModelParameters\.3: .*finite", id="NaN"),
    pytest.param(put((*PARAMETERS, 3), float("inf")), r"ModelParameters\.3: .*finite", id="infinity"),
    pytest.param(
        put((*PARAMETERS, 3), 1e300), r"ModelParameters\.3: .*less than", id="more than a float holds"
    ),
    pytest.param(put((*PARAMETERS, 3), "0.6"), r"ModelParameters\.3: .*number", id="text for a number"),
    pytest.param(put((*PARAMETERS, 3), None), r"ModelParameters\.3: .*number", id="nothing for a number"),
    pytest.param(put((*PARAMETERS, 3), True), r"ModelParameters\.3: .*number", id="yes for a number"),
    pytest.param(put((*PARAMETERS, 2), 0), "focal length is not positive", id="no focal length"),
    pytest.param(put(PARAMETERS, [0.5] * 8), "at least 14 items", id="too few parameters"),
    pytest.param(drop(PARAMETERS), "ModelParameters: Field required", id="no parameters"),
    pytest.param(put((1, "MetricRadius"), float("nan")), "MetricRadius: .*finite", id="NaN for the radius"),
    pytest.param(
        put((1, "Intrinsics", "ModelType"), "Theta"), "ModelType: .*BrownConrady", id="another lens"
    ),
    pytest.param(put((1, "Rt", "Translation"), [0, 0]), "at least 3 items", id="a translation in the plane"),
    pytest.param(put(ROTATION, [0] * 9), "no rotation", id="a rotation of zeros"),
    pytest.param(put(ROTATION, [1, 0, 0, 0, 1, 0, 0, 0, -1]), "no rotation", id="a mirror"),
    pytest.param(put(ROTATION, [1e8] * 9), "no rotation", id="huge numbers"),
    pytest.param(put((0, "SensorWidth"), 640), "640 × 1024", id="not the depth sensor of this hardware"),
    pytest.param(put((1, "SensorHeight"), 3000), "neither 4:3 nor 16:9", id="no known color sensor"),
    pytest.param(put((1, "SensorHeight"), 0), "neither 4:3 nor 16:9", id="a sensor without rows"),
    pytest.param(put((1, "SensorHeight"), 3071.5), "SensorHeight: .*integer", id="half a row"),
]


@pytest.mark.parametrize(("raw", "told"), BROKEN)
def test_what_cannot_be_used_is_told(raw: bytes, told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        parse_calibration(raw, "front")
    for finding in raised.value.findings:
        assert (finding.code, finding.device) == ("calibration-unusable", "front")
        assert finding.what.startswith("the factory calibration can't be used: ")
        assert finding.remedy


def test_all_that_is_wrong_is_told_at_once() -> None:
    def change(cameras: Any) -> None:
        cameras[0]["Intrinsics"]["ModelParameters"][0] = None
        del cameras[0]["SensorWidth"]
        cameras[1]["Rt"]["Rotation"] = [0] * 9

    with pytest.raises(UsageError) as raised:
        parse_calibration(alter(GOOD, change), "front")
    assert len(raised.value.findings) == 3


STRANGE: list[tuple[str, Callable[[Any], None]]] = [
    ("more than ksync reads", lambda cameras: cameras[0].update(Colour="red")),
    ("a third camera", lambda cameras: cameras.append({"Location": "CALIBRATION_CameraLocationD1"})),
    ("color before depth", lambda cameras: cameras.reverse()),
    ("whole numbers with a point", lambda cameras: cameras[0].update(SensorWidth=1024.0)),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in STRANGE])
def test_what_is_only_strange_is_read(change: Callable[[Any], None]) -> None:
    assert parse_calibration(alter(GOOD, change), "front") == parse_calibration(GOOD, "front")


def test_spaces_and_lines_do_not_matter() -> None:
    pretty = json.dumps(json.loads(GOOD), indent=4).encode()
    assert parse_calibration(pretty, "front") == parse_calibration(GOOD, "front")
