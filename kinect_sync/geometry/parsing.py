"""Reading the factory calibration: the JSON that a device gives and that a recording carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from kinect_sync.errors import UsageError
from kinect_sync.findings.sdk import CALIBRATION_UNUSABLE
from kinect_sync.geometry.calibration import FactoryCalibration, FactoryCamera
from kinect_sync.geometry.distortion import Distortion, LensModel
from kinect_sync.geometry.poses import Pose

_DEPTH, _COLOR = "CALIBRATION_CameraLocationD0", "CALIBRATION_CameraLocationPV0"
_ACCELEROMETER = "CALIBRATION_InertialSensorType_Accelerometer"
_PARAMETERS = ("cx", "cy", "fx", "fy", "k1", "k2", "k3", "k4", "k5", "k6", "codx", "cody", "p2", "p1")
"""In the file's order, where p2 stands before p1."""
_NO_RADIUS, _USUAL_RADIUS = 1e-4, 1.7
"""Up to the first the factory measured no metric radius, and the SDK takes the second: about 120 degrees."""
_CROOKED = 0.01
"""From here on a matrix is no rotation that was merely rounded."""


def parse_calibration(raw: bytes, device: str) -> FactoryCalibration:
    """Read the factory calibration of a device, with or without the NUL that ends it in the SDK.

    `device` is the name to use in errors. Raises UsageError (`calibration-unusable`) with all that is wrong.
    """
    text = raw.rstrip(b"\0")
    if b"\0" in text:
        raise _unusable(device, f"byte {text.index(0)} of it is NUL, which only its end may be")
    try:
        information = _File.model_validate_json(text).calibration_information
    except ValidationError as error:
        raise _unusable(device, *_told(error)) from error
    cameras = information.cameras
    depth, depth_defects = _read_camera(cameras, _DEPTH)
    color, color_defects = _read_camera(cameras, _COLOR)
    if depth is None or color is None:
        defects = [f"depth camera: {told}" for told in depth_defects]
        raise _unusable(device, *defects, *(f"color camera: {told}" for told in color_defects))
    accelerometer = _find_accelerometer(information.inertial_sensors)
    return FactoryCalibration(depth=depth, color=color, accelerometer_from_device=accelerometer)


# --- the file ---------------------------------------------------------------------------------------------

_Number = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-1e9, lt=1e9)]


class _Part(BaseModel):
    """A part of the file; what else stands in it is for others."""

    model_config = ConfigDict(frozen=True, alias_generator=to_pascal)


class _Information(_Part):
    cameras: list[dict[str, Any]]
    inertial_sensors: Any = None


class _File(_Part):
    calibration_information: _Information


class _Intrinsics(_Part):
    model_type: LensModel
    model_parameter_count: int
    model_parameters: list[_Number] = Field(min_length=len(_PARAMETERS))
    """`_PARAMETERS`: focal length and principal point in parts of the sensor, and the distortion."""


class _Extrinsics(_Part):
    rotation: list[_Number] = Field(min_length=9, max_length=9)
    """Row by row."""
    translation: list[_Number] = Field(min_length=3, max_length=3)
    """In metres."""


class _Camera(_Part):
    intrinsics: _Intrinsics
    rt: _Extrinsics
    """From the device's frame to the camera's."""
    sensor_width: int
    sensor_height: int
    metric_radius: _Number


def _told(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in each["loc"])
        yield f"{place}: {each['msg']}" if place else each["msg"]


def _unusable(device: str, *defects: str) -> UsageError:
    whats = [f"the factory calibration can't be used: {defect}" for defect in defects]
    return UsageError(*(CALIBRATION_UNUSABLE.found(what, device=device) for what in whats))


# --- one camera -------------------------------------------------------------------------------------------


def _read_camera(cameras: list[dict[str, Any]], location: str) -> tuple[FactoryCamera | None, list[str]]:
    """Return a camera, or what is wrong with it."""
    found = next((each for each in cameras if each.get("Location") == location), None)
    if found is None:
        return None, [f"there is none at {location}"]
    try:
        camera = _Camera.model_validate(found)
    except ValidationError as error:
        return None, list(_told(error))
    defects = list(_defects(camera, location))
    return (None, defects) if defects else (_factory_camera(camera), [])


def _defects(camera: _Camera, location: str) -> Iterator[str]:
    width, height = camera.sensor_width, camera.sensor_height
    said, there = camera.intrinsics.model_parameter_count, len(camera.intrinsics.model_parameters)
    if said != there:
        yield f"it has {there} parameters and says {said}"
    if location == _DEPTH and (width, height) != (1024, 1024):
        yield f"its sensor has {width} × {height} pixels instead of 1024 × 1024"
    if location == _COLOR and not (width > 0 and height in (width * 3 // 4, width * 9 // 16)):
        yield f"its sensor has {width} × {height} pixels, which is neither 4:3 nor 16:9"
    if min(camera.intrinsics.model_parameters[2:4]) <= 0:
        yield "its focal length is not positive"
    if not _is_rotation(camera.rt):
        yield "its 3 × 3 matrix is no rotation"


def _is_rotation(extrinsics: _Extrinsics) -> bool:
    rotation = np.array(extrinsics.rotation).reshape(3, 3)
    crooked = np.abs(rotation @ rotation.T - np.eye(3)).max() > _CROOKED
    return bool(not crooked and np.linalg.det(rotation) > 0)


def _factory_camera(camera: _Camera) -> FactoryCamera:
    """Bring a camera to single precision, as the SDK reads it."""
    singles = np.array(camera.intrinsics.model_parameters[: len(_PARAMETERS)], np.float32).tolist()
    bending = dict(zip(_PARAMETERS, singles, strict=True))
    pinhole = {name: bending.pop(name) for name in ("fx", "fy", "cx", "cy")}
    if camera.sensor_height == camera.sensor_width * 9 // 16:
        pinhole |= _in_whole_height(pinhole["cy"], pinhole["fy"])
    radius = camera.metric_radius if camera.metric_radius > _NO_RADIUS else _USUAL_RADIUS
    distortion = Distortion(
        model=camera.intrinsics.model_type, metric_radius=float(np.float32(radius)), **bending
    )
    return FactoryCamera(distortion=distortion, camera_from_device=_pose(camera.rt), **pinhole)


def _pose(extrinsics: _Extrinsics) -> Pose:
    rotation = np.array(extrinsics.rotation, np.float32).reshape(3, 3)
    translation_mm = np.array(extrinsics.translation, np.float32) * np.float32(1000)
    return Pose.of(rotation.astype(float), translation_mm.astype(float) / 1000)


def _in_whole_height(cy: float, fy: float) -> dict[str, float]:
    """Return cy and fy of a sensor that early devices had calibrated in 16:9: 384 rows lack on each side."""
    rows = np.array((cy, fy), np.float32) * np.float32(2304) + np.array((384, 0), np.float32)
    return dict(zip(("cy", "fy"), (rows / np.float32(3072)).tolist(), strict=True))


# --- the accelerometer ------------------------------------------------------------------------------------


class _Inertial(_Part):
    rt: _Extrinsics
    """From the device's frame to the sensor's, as of a camera."""


def _find_accelerometer(sensors: Any) -> Pose | None:
    """Return how the accelerometer stands to the device; None where the file does not say so usably.

    Images are usable without it, so that nothing about it makes a calibration unusable.
    """
    listed = sensors if isinstance(sensors, list) else []
    for sensor in listed:
        if isinstance(sensor, dict) and sensor.get("SensorType") == _ACCELEROMETER:
            try:
                extrinsics = _Inertial.model_validate(sensor).rt
            except ValidationError:
                return None
            return _pose(extrinsics) if _is_rotation(extrinsics) else None
    return None
