"""What the other cameras say of a board that a camera sees: the errors of a device that had no say itself.

The normal equations of each board's pose are a sum over devices. A device's part taken away, one step leads
to the pose that the others alone would give, and to how well they know it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.adjustment import Adjustment
from kinect_sync.calibration.solving.corners import corner_rows, view_corners
from kinect_sync.calibration.solving.state import State
from kinect_sync.calibration.solving.view_table import Index
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

SURE = 1e-9
"""Boards whose pose the others leave open in some direction, by this part of the best one, are not told."""


@dataclass(frozen=True)
class LeftOut:
    """Each view against a board that others placed."""

    off_px: Numbers
    """Errors of its corners, shape (views, places, 2)."""
    slopes_px: Numbers
    """How they change with the board's pose, in pixels, shape (views, places · 2, 6)."""
    by_lead_px: Numbers
    """How they change with the pose of the device's lead camera, shape (views, places · 2, 6)."""
    covariance: Numbers
    """Of the board's pose by the others, shape (views, 6, 6)."""
    told: Flags
    """Whether others saw the board well enough, shape (views,)."""

    def expected_px2(self, noise_px: Numbers) -> Numbers:
        """Return the squared error per axis that noise explains, shape (views, places)."""
        spread = np.einsum("vri,vij,vrj->vr", self.slopes_px, self.covariance, self.slopes_px)
        pairs = spread.reshape(len(spread), spread.shape[1] // 2, 2).mean(-1)
        expected: Numbers = pairs + noise_px[:, None] ** 2
        return expected


def leave_out(adjustment: Adjustment, state: State) -> LeftOut:
    """Tell of each view what the other devices' views say of its board."""
    views, noise_px = adjustment.views, adjustment.noise.of_views(adjustment.views)
    sight = view_corners(views, adjustment.rig, state)
    full = corner_rows(views, adjustment.rig, state, sight, views.seen.astype(float))
    weight = np.repeat(adjustment.kept / noise_px[:, None], 2, 1)
    by_board, residual = full.by_board * weight[..., None], full.residual * weight
    normal = np.swapaxes(by_board, 1, 2) @ by_board
    right = -(np.swapaxes(by_board, 1, 2) @ residual[..., None])[..., 0]
    place = views.device * len(views.pulses) + views.board
    others = _summed(normal, views.board)[views.board] - _summed(normal, place)[place]
    others_right = _summed(right, views.board)[views.board] - _summed(right, place)[place]
    unit = np.sqrt(np.maximum(np.diagonal(others, axis1=1, axis2=2), 1e-9))
    even = others / (unit[:, :, None] * unit[:, None])
    told = np.linalg.eigvalsh(even)[:, 0] > SURE
    even[~told] = np.eye(6)
    covariance = np.linalg.inv(even) / (unit[:, :, None] * unit[:, None])
    step = (covariance @ others_right[..., None])[..., 0]
    off_px = full.residual + (full.by_board @ step[..., None])[..., 0]
    off_px = off_px.reshape(sight.off_px.shape)
    return LeftOut(off_px, full.by_board, full.by_common[..., :6], covariance, told)


def _summed(values: Numbers, groups: Index) -> Numbers:
    total = np.zeros((int(groups.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(total, groups, values)
    return total
