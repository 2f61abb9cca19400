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

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers, Pose

ASTRAY_DEG = 10.0
"""An accelerometer that is further off from the others stands otherwise than the factory said: some are
reported half a turn off. It is told, and not counted."""
FLOOR_TILT_DEG = 15.0
"""So far a floor may lean against what accelerometers call level; they are off by a degree or two."""
FLOOR_M = 0.015
"""Points that are so near are on the floor: depth's own noise on it, at 3 m and at a slant."""
BENEATH_M = 0.06
"""A plane with many points further beneath it is no floor: a table."""
MOST_POINTS = 20_000
TRIALS = 300
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


@dataclass(frozen=True)
class Floor:
    """A plane that most of the lowest points are on."""

    normal: tuple[float, float, float]
    """Up."""
    offset_m: float
    """Points of the floor have normal · point = offset."""
    spread_m: float
    """Root mean square of the distances of its points."""
    part: float
    """Part of all points that are on it."""


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


def find_floor(points: Numbers, up: Numbers, seed: int = 1) -> Floor | None:
    """Return the floor among points of shape (n, 3), in metres; None where none is seen.

    Of planes that are level to `FLOOR_TILT_DEG` it is the one with most points on it and few beneath. Chance
    is seeded, so that the same points give the same floor.
    """
    points = np.asarray(points, np.float64)
    points = points[np.isfinite(points).all(1)]
    points = points[:: max(len(points) // MOST_POINTS, 1)]
    if len(points) < 100:
        return None
    best, most = None, 0
    rng = np.random.default_rng(seed)
    for _ in range(TRIALS):
        plane = _plane_through(points[rng.choice(len(points), 3, replace=False)], up)
        if plane is not None:
            height = points @ plane[0] - plane[1]
            count = int((np.abs(height) < FLOOR_M).sum() - 3 * (height < -BENEATH_M).sum())
            if count > most:
                best, most = np.abs(height) < FLOOR_M, count
    return None if best is None else _fitted(points, best, up)


def _plane_through(three: Numbers, up: Numbers) -> tuple[Numbers, float] | None:
    normal = np.cross(three[1] - three[0], three[2] - three[0])
    size = np.linalg.norm(normal)
    if size < 1e-6:
        return None
    normal = normal / size * np.sign(normal @ up)
    if normal @ up < np.cos(np.radians(FLOOR_TILT_DEG)):
        return None
    return normal, float(normal @ three[0])


def _fitted(points: Numbers, on: Flags, up: Numbers) -> Floor:
    """Fit a plane to points that are on it, and once more to those that are on the fitted one."""
    normal, offset, height = np.asarray(up, np.float64), 0.0, np.zeros(len(points))
    for _ in range(2):
        middle = points[on].mean(0)
        normal = np.linalg.svd(points[on] - middle, full_matrices=False)[2][2]
        normal = normal * np.sign(normal @ up)
        offset = float(normal @ middle)
        height = points @ normal - offset
        on = np.abs(height) < FLOOR_M
    return Floor(_triple(normal), offset, float(np.sqrt((height[on] ** 2).mean())), float(on.mean()))


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
