"""Many poses at once, as arrays: what `geometry.poses.Pose` is for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kinect_sync.geometry.poses import Numbers, Pose

Twists = Numbers
"""Small motions, shape (..., 6): a rotation vector in radians, then a shift in metres."""


class Poses(NamedTuple):
    """Poses target_from_source, stacked along any number of axes."""

    rotation: Numbers
    """Shape (..., 3, 3)."""
    translation: Numbers
    """Shape (..., 3), in metres."""

    @classmethod
    def stack(cls, poses: Sequence[Pose]) -> Poses:
        """Make a stack of single poses."""
        rotation = np.array([pose.rotation for pose in poses], np.float64).reshape(-1, 3, 3)
        translation = np.array([pose.translation_m for pose in poses], np.float64).reshape(-1, 3)
        return cls(rotation, translation)

    @classmethod
    def still(cls, *shape: int) -> Poses:
        """Make poses that move nothing."""
        return cls(np.tile(np.eye(3), (*shape, 1, 1)), np.zeros((*shape, 3)))

    def at(self, index: Any) -> Poses:
        """Return those at an index of NumPy's kinds."""
        return Poses(self.rotation[index], self.translation[index])

    def one(self, index: int) -> Pose:
        """Return one, as a single pose."""
        return Pose.of(self.rotation[index], self.translation[index])

    def of(self, other: Poses) -> Poses:
        """Chain: `a_from_b.of(b_from_c)` is `a_from_c`, pose by pose."""
        return Poses(self.rotation @ other.rotation, self.carry(other.translation))

    def inverse(self) -> Poses:
        """Return the ways back."""
        back = np.swapaxes(self.rotation, -1, -2)
        return Poses(back, -_turned(back, self.translation))

    def carry(self, points: Numbers) -> Numbers:
        """Carry one point with each pose, shape (..., 3)."""
        moved: Numbers = _turned(self.rotation, points) + self.translation
        return moved

    def apply(self, points: Numbers) -> Numbers:
        """Carry several points with each pose, shape (..., n, 3)."""
        moved: Numbers = points @ np.swapaxes(self.rotation, -1, -2) + self.translation[..., None, :]
        return moved

    def moved(self, twists: Twists) -> Poses:
        """Move the target frame's points on: the new pose is the twist's motion after the old one."""
        return motions(twists).of(self)

    def shifted(self, twists: Twists) -> Poses:
        """Move the source frame's points first: the new pose is the old one after the twist's motion."""
        return self.of(motions(twists))

    def twists_from(self, other: Poses) -> Twists:
        """Return what `moved` would take to make these of the others."""
        turn = self.rotation @ np.swapaxes(other.rotation, -1, -2)
        shift = self.translation - _turned(turn, other.translation)
        return np.concatenate((rotation_vectors(turn), shift), -1)


def _turned(rotation: Numbers, points: Numbers) -> Numbers:
    turned: Numbers = (rotation @ points[..., None])[..., 0]
    return turned


def motions(twists: Twists) -> Poses:
    """Return the motions p -> R p + shift of twists, where R turns about the twist's first half."""
    vector = twists[..., :3]
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    cross = crossing(vector)
    once, twice = np.sinc(angle / np.pi), 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return Poses(np.eye(3) + once * cross + twice * (cross @ cross), twists[..., 3:].copy())


def crossing(vectors: Numbers) -> Numbers:
    """Return the matrices that take the cross product with vectors from the left, shape (..., 3, 3)."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = (zero, -z, y, z, zero, -x, -y, x, zero)
    matrices: Numbers = np.stack(rows, -1).reshape(*x.shape, 3, 3)
    return matrices


def rotation_vectors(rotation: Numbers) -> Numbers:
    """Return axis times angle in radians, shape (..., 3); exact up to half a turn, which has no sign."""
    skew = (rotation - np.swapaxes(rotation, -1, -2)) / 2
    axis = np.stack((skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]), -1)
    sine = np.linalg.norm(axis, axis=-1)
    cosine = (np.trace(rotation, axis1=-2, axis2=-1) - 1) / 2
    angle = np.arctan2(sine, cosine)
    vectors: Numbers = axis * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)[..., None]
    return vectors


def nearest_rotations(matrices: Numbers) -> Numbers:
    """Return the rotations that are nearest to matrices, shape (..., 3, 3)."""
    left, _, right = np.linalg.svd(matrices)
    hand = np.ones((*matrices.shape[:-2], 3))
    hand[..., 2] = np.sign(np.linalg.det(left @ right))
    nearest: Numbers = (left * hand[..., None, :]) @ right
    return nearest
