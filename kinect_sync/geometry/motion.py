"""Poses applied to many points at once, in single precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.poses import Pose


@dataclass(frozen=True)
class Motion:
    """A pose as arrays."""

    rotation: Singles
    """Shape (3, 3)."""
    translation_m: Singles
    """Shape (3, 1)."""

    @classmethod
    def of(cls, pose: Pose) -> Motion:
        """Make it of a pose."""
        return cls(np.array(pose.rotation, np.float32), np.array(pose.translation_m, np.float32)[:, None])

    def points(self, points_m: Singles) -> Singles:
        """Carry points, shape (3, points), from the source frame into the target frame."""
        moved: Singles = self.rotation @ points_m
        moved += self.translation_m
        return moved
