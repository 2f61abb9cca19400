"""What a calibrated rig's world is: where it has its origin, and what is up.

Worlds of gravity, of a floor and of a board have z up, in metres, right-handed. That of gravity has its
origin in the first device, that of a floor on the floor beneath it; x and y are horizontal, y the way in
which that device looks. A board's has its origin in the board's own, x along its rows, y up its columns as
one looks at the print, and z out of the print: up, where the board lies on the floor. That of a device is its
color camera's own frame, in OpenCV's axes: x right, y down, z forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.floor import Floor
from kinect_sync.geometry.poses import Numbers, Pose

ASTRAY_DEG = 10.0
"""An accelerometer that is further off from the others stands otherwise than the factory said: some are
reported half a turn off. It is told, and not counted."""
FLAT_SINE = 0.3
"""A camera that looks so steeply up or down leaves the heading to the top of its image."""


@dataclass(frozen=True)
class Up:
    """What accelerometers say of up."""

    direction: tuple[float, float, float]
    """A unit vector in the frame in which they were given."""
    off_deg: Mapping[str, float]
    """How far each device is from it: the cameras' poses and the accelerometers' together."""
    astray: tuple[str, ...]
    """Devices that are too far off to be counted."""

    @property
    def spread_deg(self) -> float:
        """Root mean square of those that count."""
        counted = [off for name, off in self.off_deg.items() if name not in self.astray]
        return float(np.sqrt(np.mean(np.square(counted))))


def point_up(reaction: Numbers, accelerometer_from_device: Pose, world_from_depth: Pose) -> Numbers:
    """Return what one device at rest calls up, as a unit vector.

    `reaction` is the mean of what its accelerometer says, in its own axes, in any unit: at rest that is the
    reaction to gravity, which points up. The device's frame is its depth camera's.
    """
    turn: Numbers = np.array(accelerometer_from_device.rotation, np.float64)
    to_world: Numbers = np.array(world_from_depth.rotation, np.float64)
    up: Numbers = to_world @ (turn.T @ np.asarray(reaction, np.float64))
    up /= np.linalg.norm(up)
    return up


def find_up(ups: Mapping[str, Numbers]) -> Up:
    """Return the mean of what devices call up, without those that disagree with most others.

    Raises ValueError without any device.
    """
    if not ups:
        raise ValueError("no accelerometer says what is up")
    names, directions = list(ups), np.array([ups[name] for name in ups])
    agreeing = directions @ directions.T > np.cos(np.radians(ASTRAY_DEG))
    with_most = int(np.argmax(agreeing.sum(0)))
    counted = agreeing[with_most]
    mean: Numbers = directions[counted].sum(0)
    mean = mean / np.linalg.norm(mean)
    off = np.degrees(np.arctan2(np.linalg.norm(np.cross(directions, mean), axis=1), directions @ mean))
    return Up(
        direction=_triple(mean),
        off_deg={name: float(each) for name, each in zip(names, off, strict=True)},
        astray=tuple(name for name, counts in zip(names, counted, strict=True) if not counts),
    )


# --- worlds -----------------------------------------------------------------------------------------------


def gravity_world(up: Numbers, here_from_camera: Pose) -> Pose:
    """Return world_from_here with z along `up`, and the origin and heading of a camera."""
    rotation = _upright(np.asarray(up, np.float64), here_from_camera)
    return Pose.of(rotation, -rotation @ np.array(here_from_camera.translation_m))


def floor_world(floor: Floor, here_from_camera: Pose) -> Pose:
    """Return world_from_here with z = 0 on the floor, and the origin beneath a camera, with its heading."""
    normal, at = np.array(floor.normal), np.array(here_from_camera.translation_m)
    beneath = at - normal * (normal @ at - floor.offset_m)
    rotation = _upright(normal, here_from_camera)
    return Pose.of(rotation, -rotation @ beneath)


def board_world(here_from_board: Pose) -> Pose:
    """Return world_from_here with the origin in the board's, z out of its print and y up its columns."""
    over = Pose.of(np.diag((1.0, -1.0, -1.0)), np.zeros(3))
    return over @ here_from_board.inverse()


def device_world(here_from_camera: Pose) -> Pose:
    """Return world_from_here whose world is a camera's own frame."""
    return here_from_camera.inverse()


def _upright(up: Numbers, here_from_camera: Pose) -> Numbers:
    """Return the rotation to a frame with z up and y where a camera looks."""
    up = up / np.linalg.norm(up)
    axes = np.array(here_from_camera.rotation)
    ahead = axes[:, 2] - up * (axes[:, 2] @ up)
    if np.linalg.norm(ahead) < FLAT_SINE:
        top = axes[:, 1] * np.sign(axes[:, 2] @ up)
        ahead = top - up * (top @ up)
    ahead /= np.linalg.norm(ahead)
    return np.stack((np.cross(ahead, up), ahead, up))


def _triple(numbers: Numbers) -> tuple[float, float, float]:
    first, second, third = numbers.tolist()
    return first, second, third
