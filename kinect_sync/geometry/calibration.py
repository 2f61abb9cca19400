"""What the factory measured of one device, and what it says of the device in one mode.

The factory measured each camera once, on its whole sensor; a mode shows that sensor shrunk and cropped.
Everything is computed in single precision and in the SDK's order (`mode_specific_calibration.c`,
`extrinsic_transformation.c`), so that each number is to the last bit what other programs have through it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.distortion import Distortion
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Pose
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.values import Value

Size = tuple[int, int]
"""Across and down, in pixels."""
Singles = NDArray[np.float32]

_DEPTH_SENSOR = 1024
"""Pixels of the depth sensor in a row and in a column."""
_NFOV_CORNER = (192, 180)
"""The first column and row of the depth sensor that NFOV shows."""
_BINNED = (DepthMode.NFOV_2X2BINNED, DepthMode.WFOV_2X2BINNED)
_NARROW = (DepthMode.NFOV_2X2BINNED, DepthMode.NFOV_UNBINNED)


class FactoryCamera(Value):
    """One camera as the factory measured it, on its whole sensor: depth 1024 × 1024, color 4096 × 3072."""

    fx: float
    """Focal length in widths of the sensor."""
    fy: float
    """Focal length in heights of the sensor."""
    cx: float
    """Principal point in widths of the sensor, from the corner of the first pixel."""
    cy: float
    """Principal point in heights of the sensor, from the corner of the first pixel."""
    distortion: Distortion
    camera_from_device: Pose
    """From the device's frame, which is the depth camera's."""


class DeviceGeometry(Value):
    """One device's lenses in one mode, and how its cameras stand to one another."""

    depth: Lens | None
    """Of the depth and IR images; None where they are off."""
    color: Lens | None
    """None where it is off."""
    color_from_depth: Pose
    """From the depth camera's frame to the color camera's."""
    depth_from_color: Pose
    """The way back."""


class FactoryCalibration(Value):
    """What the factory measured of one device."""

    depth: FactoryCamera
    color: FactoryCamera
    accelerometer_from_device: Pose | None = None
    """How the accelerometer stands to the device's frame; None where the factory did not say so usably."""

    def in_mode(self, depth_mode: DepthMode, color_resolution: ColorResolution) -> DeviceGeometry:
        """Return the lenses as these modes show them; the poses are the same in all."""
        depth, color = self.depth.camera_from_device, self.color.camera_from_device
        return DeviceGeometry(
            depth=depth_lens(self.depth, depth_mode),
            color=color_lens(self.color, color_resolution),
            color_from_depth=_between(color, depth),
            depth_from_color=_between(depth, color),
        )


def depth_lens(camera: FactoryCamera, mode: DepthMode) -> Lens | None:
    """Return the depth camera's lens: NFOV shows a part, binned modes halve it. None where it is off."""
    if mode is DepthMode.OFF:
        return None
    pixel = 2 if mode in _BINNED else 1
    left, top = _NFOV_CORNER if mode in _NARROW else (0, 0)
    whole = _DEPTH_SENSOR // pixel
    return _cut(camera, (whole, whole), (left // pixel, top // pixel), mode.size)


def color_lens(camera: FactoryCamera, resolution: ColorResolution) -> Lens | None:
    """Return the color camera's lens: all show the whole width, 16:9 not all rows. None where it is off."""
    if resolution is ColorResolution.OFF:
        return None
    width, height = resolution.size
    whole_height = width * 3 // 4
    return _cut(camera, (width, whole_height), (0, (whole_height - height) // 2), resolution.size)


def _cut(camera: FactoryCamera, whole: Size, corner: Size, shown: Size) -> Lens:
    """Return the lens of a part of the sensor, in pixels of the mode; `corner` is the first one shown.

    The factory counts from the corner of a pixel, and everybody else from its centre.
    """
    whole_px, corner_px = np.array(whole, np.float32), np.array(corner, np.float32)
    focal_px = np.array((camera.fx, camera.fy), np.float32) * whole_px
    centre_px = np.array((camera.cx, camera.cy), np.float32) * whole_px - corner_px - np.float32(0.5)
    (fx, fy), (cx, cy), (width, height) = focal_px.tolist(), centre_px.tolist(), shown
    return Lens(width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy, distortion=camera.distortion)


# --- poses ------------------------------------------------------------------------------------------------


def _between(target_from_device: Pose, source_from_device: Pose) -> Pose:
    """Return the pose target_from_source, in single precision and mm until it is done."""
    target, target_mm = _singles(target_from_device)
    source, source_mm = _singles(source_from_device)
    back = source.T
    back_mm = -_product(back, source_mm)
    translation_mm = _product(target, back_mm) + target_mm
    return Pose.of(_product(target, back).astype(float), translation_mm.astype(float) / 1000)


def _singles(pose: Pose) -> tuple[Singles, Singles]:
    return np.array(pose.rotation, np.float32), (np.array(pose.translation_m) * 1000).astype(np.float32)


def _product(left: Singles, right: Singles) -> Singles:
    """Multiply a matrix with another or with a vector, summing from left to right as NumPy need not."""
    first, second, third = (np.multiply.outer(left[:, i], right[i]) for i in range(3))
    product: Singles = first + second + third
    return product
