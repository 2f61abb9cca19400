"""One device as it truly is: where its cameras stand, and their lenses, beside what its factory says."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.chance import seed_of
from kinect_sync.devices.simulated.room.description import Bump, Placed, UnitErrors
from kinect_sync.devices.simulated.room.lenses import Sensor
from kinect_sync.devices.simulated.room.poses import Matrix, inverse, pose, rotation, unit

Camera = Literal["color", "depth"]

_COLOR_WIDTH, _DEPTH_SENSOR = 1280, 1024
"""Widths that the errors of centres are told in."""


@dataclass(frozen=True)
class Unit:
    """A device of the room, in truth."""

    serial: str
    color: Sensor
    depth: Sensor
    color_from_depth: Matrix
    imu_from_depth: Matrix
    """Rotation from the depth camera's frame to the accelerometer's, (3, 3)."""
    depth_bias_m: float
    depth_slope: float
    """Depth is measured as `z · (1 + depth_slope) + depth_bias_m`."""
    world_from_depth: Matrix
    """Until it is bumped."""
    bumped_at_s: float = math.inf
    bump: Matrix | None = None
    """depth_from_depth: where the depth camera is after the bump, seen from where it was."""

    def world_from(self, camera: Camera, time_s: float) -> Matrix:
        """Return the true pose of a camera at a time."""
        first, later = self._poses[camera]
        return later if time_s >= self.bumped_at_s else first

    @property
    def is_bumped(self) -> bool:
        """Whether somebody runs into it at all."""
        return self.bump is not None

    def was_bumped(self, time_s: float) -> bool:
        """Tell whether somebody has run into it by then."""
        return time_s >= self.bumped_at_s

    def feels(self, time_s: float) -> tuple[float, float, float]:
        """Return the acceleration, in m/s², that its IMU feels at rest: what it stands on pushes it up."""
        up = self.world_from("depth", time_s)[:3, :3].T @ np.array([0.0, 0.0, 9.81])
        x, y, z = (self.imu_from_depth @ up).tolist()
        return x, y, z

    @cached_property
    def _poses(self) -> dict[Camera, tuple[Matrix, Matrix]]:
        first = self.world_from_depth
        later = first if self.bump is None else first @ self.bump
        depth_from_color = inverse(self.color_from_depth)
        return {"depth": (first, later), "color": (first @ depth_from_color, later @ depth_from_color)}


def make_unit(
    serial: str, placed: Placed, world_from_depth: Matrix, typical: UnitErrors, seed: int, middle_s: float
) -> Unit:
    """Make the device with this serial number; `middle_s` is the middle of the walk."""
    chance = np.random.default_rng([seed, seed_of(serial)])
    errors = _errors(chance, typical, placed.errors)
    directions = chance.standard_normal((7, 3))
    told = json.loads(make_calibration(serial))["CalibrationInformation"]
    depth, color = (Sensor.of(camera) for camera in told["Cameras"])
    extrinsics = told["Cameras"][1]["Rt"]
    factory = pose(np.reshape(extrinsics["Rotation"], (3, 3)), np.array(extrinsics["Translation"]))
    imu = np.reshape(told["InertialSensors"][1]["Rt"]["Rotation"], (3, 3))
    across, down = unit(directions[0, :2]) * errors.color_centre_px / _COLOR_WIDTH
    aside, below = unit(directions[1, :2]) * errors.depth_centre_px / _DEPTH_SENSOR
    return Unit(
        serial=serial,
        color=color.off(
            focal=1 + errors.color_focal_percent / 100, across=across, down=down * 4 / 3, k1=errors.color_k1
        ),
        depth=depth.off(focal=1 + errors.depth_focal_percent / 100, across=aside, down=below, k1=0.0),
        color_from_depth=_nudge(directions[2:4], errors.color_depth_deg, errors.color_depth_mm) @ factory,
        imu_from_depth=rotation(directions[6], math.radians(errors.imu_tilt_deg)) @ imu,
        depth_bias_m=errors.depth_bias_mm / 1000,
        depth_slope=errors.depth_slope_percent / 100,
        world_from_depth=world_from_depth,
        bumped_at_s=_bumped_at_s(placed.bump, middle_s),
        bump=None
        if placed.bump is None
        else _nudge(directions[4:6], placed.bump.turn_deg, placed.bump.move_mm),
    )


def _errors(chance: np.random.Generator, typical: UnitErrors, own: UnitErrors) -> UnitErrors:
    """Draw what is typical, and add what the device has of its own."""
    spread, exact = typical.model_dump(), own.model_dump()
    drawn = zip(spread, chance.standard_normal(len(spread)), strict=True)
    return UnitErrors(**{name: exact[name] + spread[name] * float(luck) for name, luck in drawn})


def _nudge(directions: Matrix, turn_deg: float, move_mm: float) -> Matrix:
    return pose(rotation(directions[0], math.radians(turn_deg)), unit(directions[1]) * move_mm / 1000)


def _bumped_at_s(bump: Bump | None, middle_s: float) -> float:
    if bump is None:
        return math.inf
    return middle_s if bump.at_s is None else bump.at_s
