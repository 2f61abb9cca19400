"""Solved devices as they stand in `rig_calibration.json`."""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.calibration.rig_calibration import CalibratedDevice, CameraPlace, Matrix
from kinect_sync.calibration.solving.solution import SolvedCamera, SolvedDevice
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.poses import Pose
from kinect_sync.rig.model import DeviceSettings


def placed(device: SolvedDevice, settings: DeviceSettings) -> CalibratedDevice:
    """Return a device with the place that was found for it."""
    return CalibratedDevice(
        name=settings.name,
        serial=settings.serial,
        depth_mode=settings.depth_mode,
        color_resolution=settings.color_resolution,
        color=_place(device.cameras.get(Camera.COLOR)),
        depth=_place(device.cameras.get(Camera.DEPTH)),
        depth_offset_mm=device.depth_offset_mm,
        depth_offset_sigma_mm=device.depth_offset_sigma_mm,
    )


def carried(device: CalibratedDevice, there_from_here: Pose) -> CalibratedDevice:
    """Return a device of another calibration in the world of this one."""
    return device.model_copy(
        update={
            "color": _carried(device.color, there_from_here),
            "depth": _carried(device.depth, there_from_here),
        }
    )


def _carried(place: CameraPlace | None, there_from_here: Pose) -> CameraPlace | None:
    if place is None:
        return None
    matrix = matrix_of(there_from_here @ place.world_from_camera)
    return place.model_copy(update={"camera_to_world": matrix})


def _place(camera: SolvedCamera | None) -> CameraPlace | None:
    if camera is None:
        return None
    return CameraPlace(
        camera_to_world=matrix_of(camera.world_from_camera),
        sigma_mm=camera.sigma_mm,
        sigma_deg=camera.sigma_deg,
        residual_px=camera.residual_px,
    )


def matrix_of(pose: Pose) -> Matrix:
    """Return a pose as the rows of a 4 × 4 matrix."""
    first, second, third = (
        (*row, shift) for row, shift in zip(pose.rotation, pose.translation_m, strict=True)
    )
    return first, second, third, (0.0, 0.0, 0.0, 1.0)


def lead_places(calibration_devices: Mapping[str, CalibratedDevice]) -> dict[str, Pose]:
    """Return where each device's color camera is, or its depth camera where color was off; by serial."""
    places = {}
    for serial, device in calibration_devices.items():
        camera = device.color or device.depth
        if camera is not None:
            places[serial] = camera.world_from_camera
    return places
