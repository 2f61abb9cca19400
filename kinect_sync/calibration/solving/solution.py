"""What the solver found: where each camera is, how well that is known, and what it could not reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kinect_sync.calibration.solving.adjustment import Adjustment, Noise
from kinect_sync.calibration.solving.state import State
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.poses import Numbers, Pose


@dataclass(frozen=True)
class SolvedCamera:
    """One camera of a device that was reached."""

    world_from_camera: Pose
    """In metres and OpenCV's axes. The world is the first reached device's lead camera: its color camera, or
    its depth camera where color never saw the board. `Solution.in_world` changes that."""
    sigma_mm: float | None
    """Standard deviation of its position per axis, of noise only; None for the camera that is the world."""
    sigma_deg: float | None
    """Standard deviation of its direction per axis, of noise only; None for the camera that is the world."""
    residual_px: float | None
    """Root mean square of the corners' reprojection errors per axis; None where it saw no board."""
    views: int
    """How many sights of the board count."""
    corners: int
    """How many corners count."""
    rejected: int
    """How many corners were left out as wrong."""


@dataclass(frozen=True)
class SolvedDevice:
    """One device that was reached."""

    name: str
    cameras: Mapping[Camera, SolvedCamera]
    """Of the cameras that are on."""
    depth_offset_mm: float
    """To add to its depth along z; 0 where no depth of the board was given."""
    depth_offset_sigma_mm: float | None
    """None where no depth of the board was given."""
    factory_turn_deg: float
    """By how much the pose between its cameras turned away from the factory's."""
    factory_shift_mm: float
    """By how much the same pose is shifted."""
    factory_turn_sigma_deg: float
    """Standard deviation of the turn per axis, of noise only."""
    factory_shift_sigma_mm: float
    """Standard deviation of the shift per axis, of noise only."""
    both_saw: bool
    """Whether both cameras saw the board. If not, the pose between them is the factory's, whatever it is."""


@dataclass(frozen=True)
class Unreached:
    """A device that no chain of shared boards binds to the others."""

    name: str
    pulses: int
    """At how many pulses it saw the board; it shared none of them with a device that was reached."""
    shares_with: tuple[str, ...]
    """Other unreached devices with which it does share some."""


@dataclass(frozen=True)
class Fit:
    """The solver's own values, for measures of how good they are."""

    adjustment: Adjustment
    state: State
    covariance: Numbers
    """Of the common unknowns, in the columns of `Columns`."""


@dataclass(frozen=True)
class Solution:
    """Where the cameras of a rig are to one another."""

    devices: Mapping[str, SolvedDevice]
    """Those that were reached, in the rig's order; empty where no device saw the board."""
    unreached: tuple[Unreached, ...]
    boards: Mapping[int, Pose]
    """world_from_board at each pulse that was used."""
    board_scale: float
    """How much larger the board is than it was meant to be; 1 where no depth was given."""
    board_scale_sigma: float | None
    """Standard deviation of the scale, of noise and of depth offsets; None where no depth was given."""
    noise: Noise | None
    """As it was found in the measurements; None where no device saw the board."""
    world_from_solved: Pose
    """From the frame of `fit` to the world."""
    fit: Fit | None = field(repr=False, default=None)

    def in_world(self, world_from_here: Pose) -> Solution:
        """Return the same in another world; standard deviations stay those of the first camera's frame."""
        devices = {
            name: replace(
                device,
                cameras={
                    camera: replace(each, world_from_camera=world_from_here @ each.world_from_camera)
                    for camera, each in device.cameras.items()
                },
            )
            for name, device in self.devices.items()
        }
        boards = {pulse: world_from_here @ pose for pulse, pose in self.boards.items()}
        here = world_from_here @ self.world_from_solved
        return replace(self, devices=devices, boards=boards, world_from_solved=here)


STILL = Pose(rotation=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), translation_m=(0.0, 0.0, 0.0))
"""Moves nothing."""
