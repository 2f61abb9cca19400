"""A factory calibration that no device has: round numbers in the form that the SDK's parser accepts."""

from __future__ import annotations

import json
from typing import Any

# cx, cy, fx, fy (in units of the sensor's width and height), k1 to k6, codx, cody, p2, p1.
_DEPTH_LENS = [0.5, 0.5, 0.49, 0.49, 0.5, -0.02, -0.003, 0.9, 0.09, -0.01, 0, 0, 0, 0]
_COLOR_LENS = [0.5, 0.5, 0.48, 0.64, 0.3, -2.5, 1.5, 0.2, -2.3, 1.4, 0, 0, 0, 0]
_UPRIGHT = [1, 0, 0, 0, 1, 0, 0, 0, 1]


def make_calibration(serial: str) -> bytes:
    """Return the calibration of a device with this serial, as `k4a_device_get_raw_calibration` gives it."""
    information = {
        "Cameras": [
            _camera("D0", "Depth", _DEPTH_LENS, (1024, 1024), [0, 0, 0]),
            _camera("PV0", "PhotoVideo", _COLOR_LENS, (4096, 3072), [-0.032, -0.002, 0.004]),
        ],
        "InertialSensors": [_inertial("Gyro"), _inertial("Accelerometer")],
        "Metadata": {"SerialId": serial, "Version": {"Major": 1, "Minor": 2}, "DeviceName": "AzureKinect-PV"},
    }
    return json.dumps({"CalibrationInformation": information}).encode()


def _camera(
    location: str, purpose: str, lens: list[float], size: tuple[int, int], translation_m: list[float]
) -> dict[str, Any]:
    return {
        "Intrinsics": {
            "ModelParameterCount": len(lens),
            "ModelParameters": lens,
            "ModelType": "CALIBRATION_LensDistortionModelBrownConrady",
        },
        "Location": f"CALIBRATION_CameraLocation{location}",
        "Purpose": f"CALIBRATION_CameraPurpose{purpose}",
        "MetricRadius": 1.74 if location == "D0" else 0,
        "Rt": {"Rotation": _UPRIGHT, "Translation": translation_m},
        "SensorHeight": size[1],
        "SensorWidth": size[0],
        "Shutter": "CALIBRATION_ShutterTypeUndefined",
        "ThermalAdjustmentParams": {"Params": [0] * 12},
    }


def _inertial(kind: str) -> dict[str, Any]:
    diagonal = [number for row in range(9) for number in (1 if row % 4 == 0 else 0, 0, 0, 0)]
    return {
        "BiasTemperatureModel": [0] * 12,
        "BiasUncertainty": [0.01] * 3,
        "Id": "CALIBRATION_InertialSensorId_LSM6DSM",
        "MixingMatrixTemperatureModel": diagonal,
        "ModelTypeMask": 16,
        "Noise": [0.001] * 3 + [0] * 3,
        "Rt": {"Rotation": _UPRIGHT, "Translation": [0, 0, 0]},
        "SecondOrderScaling": [0] * 9,
        "SensorType": f"CALIBRATION_InertialSensorType_{kind}",
        "TemperatureBounds": [5, 60],
        "TemperatureC": 0,
    }
