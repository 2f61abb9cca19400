"""Factory calibrations for simulated devices, in the form that libk4a reads.

Values are made up within what real devices have; they differ a little from serial to serial, as real
ones do, so that a mix-up of devices can be seen.
"""

from __future__ import annotations

import json
import math
from typing import Any

from kinect_sync.devices.simulated.chance import seed_of, triangular

_MODEL = "CALIBRATION_LensDistortionModelBrownConrady"
_LSM = "CALIBRATION_InertialSensorId_LSM6DSM"
_DEPTH_LENS = (0.51, 0.51, 0.493, 0.493, 0.52, -0.02, -0.002, 0.86, 0.08, -0.012, 0.0, 0.0, -7e-5, 2e-5)
"""Depth: cx, cy, fx, fy in units of the 1024 × 1024 sensor, k1 to k6, centre of distortion, p2, p1."""
_COLOR_LENS = (0.5, 0.505, 0.478, 0.637, 0.35, -2.6, 1.5, 0.23, -2.42, 1.43, 0.0, 0.0, -1.5e-4, -1.5e-4)
"""Color, the same in units of the 4096 × 3072 sensor."""
_COLOR_BASELINE_M = (-0.032, -0.002, 0.004)
_COLOR_TILT_DEG = 5.0
"""The depth camera looks down by about 5 degrees against the color camera (hardware specification)."""


def make_calibration(serial: str) -> bytes:
    """Make the calibration JSON of the device with this serial number."""
    content = {
        "CalibrationInformation": {
            "Cameras": [_depth_camera(serial), _color_camera(serial)],
            "InertialSensors": [_inertial(serial, "Gyro"), _inertial(serial, "Accelerometer")],
            "Metadata": {
                "SerialId": serial,
                "FactoryCalDate": "1/1/2020 12:00:00 AM GMT",
                "Version": {"Major": 1, "Minor": 2},
                "DeviceName": "AzureKinect-PV",
                "Notes": "simulated by ksync",
            },
        }
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _depth_camera(serial: str) -> dict[str, Any]:
    identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    lens = _individual(serial, _DEPTH_LENS)
    return _camera("D0", "Depth", lens, identity, [0.0] * 3, size=(1024, 1024), radius=1.74)


def _color_camera(serial: str) -> dict[str, Any]:
    tilt = math.radians(_COLOR_TILT_DEG + 0.2 * triangular(seed_of(serial), 40))
    cos, sin = math.cos(tilt), math.sin(tilt)
    rotation = [1.0, 0.0, 0.0, 0.0, cos, sin, 0.0, -sin, cos]
    baseline = [
        value + 2e-4 * triangular(seed_of(serial), 50 + i) for i, value in enumerate(_COLOR_BASELINE_M)
    ]
    lens = _individual(serial, _COLOR_LENS)
    return _camera("PV0", "PhotoVideo", lens, rotation, baseline, size=(4096, 3072), radius=0)


def _individual(serial: str, lens: tuple[float, ...]) -> list[float]:
    """Vary a lens by up to 0.5 %, about what devices differ by."""
    return [value * (1 + 0.005 * triangular(seed_of(serial), i)) for i, value in enumerate(lens)]


def _camera(
    location: str,
    purpose: str,
    lens: list[float],
    rotation: list[float],
    translation_m: list[float],
    *,
    size: tuple[int, int],
    radius: float,
) -> dict[str, Any]:
    return {
        "Intrinsics": {
            "ModelParameterCount": len(lens),
            "ModelParameters": lens,
            "ModelType": _MODEL,
        },
        "Location": f"CALIBRATION_CameraLocation{location}",
        "Purpose": f"CALIBRATION_CameraPurpose{purpose}",
        "MetricRadius": radius,
        "Rt": {"Rotation": rotation, "Translation": translation_m},
        "SensorWidth": size[0],
        "SensorHeight": size[1],
        "Shutter": "CALIBRATION_ShutterTypeUndefined",
        "ThermalAdjustmentParams": {"Params": [0.0] * 12},
    }


def _inertial(serial: str, sensor: str) -> dict[str, Any]:
    gyro = sensor == "Gyro"
    bias = [0.004 * triangular(seed_of(serial), seed_of(sensor), axis) for axis in range(3)]
    mixing = [[1.0 if row == column else 0.001 for column in range(3)] for row in range(3)]
    return {
        "BiasTemperatureModel": [value for axis in bias for value in (axis, 0.0, 0.0, 0.0)],
        "BiasUncertainty": [1e-4 if gyro else 0.01] * 3,
        "Id": _LSM,
        "MixingMatrixTemperatureModel": [v for row in mixing for cell in row for v in (cell, 0.0, 0.0, 0.0)],
        "ModelTypeMask": 16 if gyro else 56,
        "Noise": [0.00095 if gyro else 0.0107] * 3 + [0.0] * 3,
        "Rt": {
            "Rotation": [0.0, 0.1, -0.995, -1.0, 0.0, 0.0, 0.0, 0.995, 0.1],
            "Translation": [0.0, 0.0, 0.0] if gyro else [-0.051, 0.003, 0.001],
        },
        "SecondOrderScaling": [0.0] * 9,
        "SensorType": f"CALIBRATION_InertialSensorType_{sensor}",
        "TemperatureBounds": [5.0, 60.0],
        "TemperatureC": 0.0,
    }
