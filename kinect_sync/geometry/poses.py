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

    @property
    def quaternion(self) -> Numbers:
        """The rotation as a unit quaternion w, x, y, z with w ≥ 0.

        It is the eigenvector of a symmetric matrix of the rotation's numbers, to the largest eigenvalue, and
        so there is no case to distinguish (I. Y. Bar-Itzhack, 2000).
        """
        (xx, yx, zx), (xy, yy, zy), (xz, yz, zz) = np.array(self.rotation).T.tolist()
        symmetric = np.array(
            [
                [xx + yy + zz, zy - yz, xz - zx, yx - xy],
                [zy - yz, xx - yy - zz, xy + yx, xz + zx],
                [xz - zx, xy + yx, yy - xx - zz, yz + zy],
                [yx - xy, xz + zx, yz + zy, zz - xx - yy],
            ]
        )
        quaternion: Numbers = np.linalg.eigh(symmetric)[1][:, -1]
        return -quaternion if quaternion[0] < 0 else quaternion

    def apply(self, points_m: Numbers) -> Numbers:
        """Carry points in metres, shape (..., 3), from the source frame into the target frame."""
        moved: Numbers = points_m @ np.array(self.rotation).T + np.array(self.translation_m)
        return moved


def _triple(numbers: Numbers) -> Triple:
    first, second, third = numbers.tolist()
    return first, second, third
