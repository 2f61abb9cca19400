"""Poses as 4 × 4 matrices, and how they are said: where to look, how far to turn, what lies between two."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_UP = np.array([0.0, 0.0, 1.0])


def pose(rotation: Matrix, translation: Vector) -> Matrix:
    """Put a rotation (3, 3) and a translation (3,) into one matrix."""
    whole = np.eye(4)
    whole[:3, :3], whole[:3, 3] = rotation, translation
    return whole


def inverse(matrix: Matrix) -> Matrix:
    """Return the way back."""
    back = matrix[:3, :3].T
    return pose(back, -back @ matrix[:3, 3])


def moved(matrix: Matrix, points: Matrix) -> Matrix:
    """Carry points (…, 3) from the source frame into the target frame."""
    carried: Matrix = points @ matrix[:3, :3].T + matrix[:3, 3]
    return carried


def looking(position: Sequence[float] | Vector, target: Sequence[float] | Vector) -> Matrix:
    """Return world_from_camera of a camera that stands upright and looks at a point of the world."""
    ahead = unit(np.subtract(target, position))
    right = np.cross(ahead, _UP)
    right = unit(right) if np.linalg.norm(right) > 1e-9 else np.array([1.0, 0.0, 0.0])
    return pose(np.stack((right, np.cross(ahead, right), ahead), axis=1), np.asarray(position, float))


def facing(centre: Vector, faces: Vector, roll_deg: float) -> Matrix:
    """Return world_from_board with the origin in its centre: x right, y down on its front, z into it."""
    upright = looking(centre, 2 * centre - faces)
    return upright @ pose(rotation([0.0, 0.0, 1.0], math.radians(roll_deg)), np.zeros(3))


def unit(vector: Vector) -> Vector:
    """Return a vector of the same direction and of length 1."""
    return vector / np.linalg.norm(vector)


def rotation(axis: Sequence[float] | Vector, angle_rad: float) -> Matrix:
    """Return the rotation about an axis, by Rodrigues' formula."""
    x, y, z = unit(np.asarray(axis, float))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: Matrix = np.eye(3) + math.sin(angle_rad) * cross + (1 - math.cos(angle_rad)) * (cross @ cross)
    return turned


def rotation_between(first: Matrix, second: Matrix) -> tuple[Vector, float]:
    """Return the axis and the angle by which the first rotation, turned in its own frame, is the second."""
    turn = first.T @ second
    sine = 0.5 * np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    angle = math.atan2(float(np.linalg.norm(sine)), (float(np.trace(turn)) - 1) / 2)
    if np.linalg.norm(sine) > 1e-9:
        return unit(sine), angle
    # No turn at all, or half a turn, whose axis is the one that stays.
    values, vectors = np.linalg.eigh((turn + turn.T) / 2)
    return vectors[:, int(np.argmax(values))], angle


def between(first: Matrix, second: Matrix, part: float) -> Matrix:
    """Return the pose a part of the way from the first to the second, turned about one axis."""
    axis, angle = rotation_between(first[:3, :3], second[:3, :3])
    turned = first[:3, :3] @ rotation(axis, part * angle)
    return pose(turned, first[:3, 3] + part * (second[:3, 3] - first[:3, 3]))
