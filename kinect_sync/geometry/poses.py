"""Where frames are to one another: poses that carry points from one into another, and their chains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.values import Value

Numbers = NDArray[np.float64]
Triple = tuple[float, float, float]


class Pose(Value):
    """How points change from one frame to another: p' = rotation · p + translation.

    A name says both frames, the target first, so that a chain is right where equal words meet:
    `left_color_from_front_color = left_color_from_world @ world_from_front_color`.
    """

    rotation: tuple[Triple, Triple, Triple]
    """Row by row; orthonormal, determinant 1."""
    translation_m: Triple
    """The source frame's origin in the target frame, in metres."""

    @classmethod
    def of(cls, rotation: Numbers, translation_m: Numbers) -> Pose:
        """Make a pose of arrays, shapes (3, 3) and (3,)."""
        first, second, third = (_triple(row) for row in rotation)
        return cls(rotation=(first, second, third), translation_m=_triple(translation_m))

    def __matmul__(self, other: Pose) -> Pose:
        """Chain: `a_from_b @ b_from_c` is `a_from_c`."""
        rotation = np.array(self.rotation) @ np.array(other.rotation)
        return Pose.of(rotation, self.apply(np.array(other.translation_m)))

    def inverse(self) -> Pose:
        """Return the way back: of `a_from_b`, `b_from_a`."""
        back = np.array(self.rotation).T
        return Pose.of(back, -(back @ np.array(self.translation_m)))

    def apply(self, points_m: Numbers) -> Numbers:
        """Carry points in metres, shape (..., 3), from the source frame into the target frame."""
        moved: Numbers = points_m @ np.array(self.rotation).T + np.array(self.translation_m)
        return moved


def _triple(numbers: Numbers) -> Triple:
    first, second, third = numbers.tolist()
    return first, second, third
