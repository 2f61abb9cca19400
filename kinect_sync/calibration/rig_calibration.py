"""`rig_calibration.json`: where each camera of a rig is in one world, and how well that is known."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.values import Value

FORMAT: Final = 1

Row = tuple[float, float, float, float]
Matrix = tuple[Row, Row, Row, Row]


class CameraPlace(Value):
    """Where a camera is in the world."""

    camera_to_world: Matrix
    """Carries points of the camera's frame (x right, y down, z forward, metres) into the world; by rows."""
    sigma_mm: float | None = None
    """Standard deviation of its position, of noise only; null for the device that holds the frame."""
    sigma_deg: float | None = None
    """Standard deviation of its direction, of noise only."""
    residual_px: float | None = None
    """Root mean square of the corners' reprojection errors per axis; null where it saw no board."""

    @property
    def world_from_camera(self) -> Pose:
        """The same as a pose."""
        matrix: Numbers = np.array(self.camera_to_world)
        return Pose.of(matrix[:3, :3], matrix[:3, 3])


class CalibratedDevice(Value):
    """One device of a calibrated rig."""

    name: str
    """The operator's word for the device."""
    serial: str
    """Its serial number: the calibration is this device's, whatever its name."""
    depth_mode: DepthMode
    """Of the take that was calibrated; the depth camera's place is the same in all modes."""
    color_resolution: ColorResolution
    """Of the take that was calibrated."""
    color: CameraPlace | None
    """null where the color camera was off."""
    depth: CameraPlace | None
    """null where the depth camera was off."""
    depth_offset_mm: float = 0.0
    """To add to what the depth camera measures along its z."""


class RigCalibration(Value):
    """Where the cameras of a rig are, in one world."""

    format: Literal[1] = FORMAT
    """Version of this file's format."""
    ksync: str
    """Version of ksync that made it."""
    take: str
    """Name of the take of which it was made."""
    utc_ns: int
    """When that take began, ns since 1970."""
    board: Board
    """What was walked through the rig."""
    board_scale: float
    """How much larger the board is than it was meant to be, by the depth cameras; 1 where nobody measured."""
    world: Literal["gravity", "floor", "board", "device"]
    """What the world's axes come from."""
    devices: tuple[CalibratedDevice, ...]
    """The devices, in the order of the rig."""

    @property
    def by_name(self) -> dict[str, CalibratedDevice]:
        """The devices by their names."""
        return {device.name: device for device in self.devices}
