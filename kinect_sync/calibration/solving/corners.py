"""What corners in images say: how far each is off where the unknowns put it, and how that changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.normal_equations import Rows
from kinect_sync.calibration.solving.stacked_poses import Poses
from kinect_sync.calibration.solving.state import PER_DEVICE, Columns, State
from kinect_sync.calibration.solving.view_table import RigLenses, ViewTable
from kinect_sync.geometry.poses import Numbers

FAR_PX = 1e3
"""Taken for the error of a corner that the lens can't show where the unknowns put it."""


@dataclass(frozen=True)
class Sight:
    """Where the unknowns put each corner of a table."""

    off_px: Numbers
    """From where it was seen to where it is put, shape (views, places, 2)."""
    points: Numbers
    """The corners in the camera's frame, shape (views, places, 3)."""
    camera_from_board: Poses
    """Shape (views,)."""


def view_corners(table: ViewTable, rig: RigLenses, state: State) -> Sight:
    """See the board of each view through its camera."""
    leads = table.camera == rig.lead[table.device]
    camera_from_world = state.camera_from_world(table.device, leads)
    camera_from_board = camera_from_world.of(state.world_from_board.at(table.board))
    points = camera_from_board.apply(table.points * state.scale)
    return Sight(look(table, rig, points) - table.pixels, points, camera_from_board)


def look(table: ViewTable, rig: RigLenses, points: Numbers) -> Numbers:
    """Return the pixels of points in the cameras' frames, far outside where a camera sees none."""
    pixels = np.empty_like(table.pixels)
    for rows, lens in table.by_lens(rig):
        seen, valid = lens.project(points[rows])
        pixels[rows] = np.where(valid[..., None], seen, table.pixels[rows] + FAR_PX)
    return pixels


def pixel_slopes(table: ViewTable, rig: RigLenses, points: Numbers) -> Numbers:
    """Return how pixels move with points in the cameras' frames, shape (views, places · 2, 3)."""
    slopes = np.zeros((*table.seen.shape, 2, 3))
    for rows, lens in table.by_lens(rig):
        slopes[rows] = lens.slopes(points[rows])
    slopes[~(table.seen & (points[..., 2] > 0))] = 0.0
    return slopes.reshape(len(table), 2 * table.seen.shape[1], 3)


def corner_rows(table: ViewTable, rig: RigLenses, state: State, sight: Sight, weight: Numbers) -> Rows:
    """Return the residuals of corners; `weight` is 1 / px for each, shape (views, places)."""
    leads = table.camera == rig.lead[table.device]
    slopes = pixel_slopes(table, rig, sight.points) * np.repeat(weight, 2, 1)[..., None]
    inner = state.other_from_lead.at(table.device)
    to_lead = np.where(leads[:, None, None], np.eye(3), inner.rotation)
    lead_points = (sight.points - np.where(leads[:, None], 0.0, inner.translation)[:, None]) @ to_lead
    in_board = slopes @ sight.camera_from_board.rotation
    by_common = np.empty((*slopes.shape[:2], PER_DEVICE + 1))
    motion_slopes(slopes @ to_lead, lead_points, by_common[..., :6])
    motion_slopes(slopes, sight.points, by_common[..., 6:PER_DEVICE])
    by_common[leads, :, 6:PER_DEVICE] = 0.0
    by_common[..., PER_DEVICE] = np.einsum("vri,vri->vr", in_board, np.repeat(table.points, 2, 1))
    by_board = np.empty((*slopes.shape[:2], 6))
    motion_slopes(in_board, table.points * state.scale, by_board)
    columns = Columns(len(rig))
    scale = np.full((len(table), 1), columns.scale)
    return Rows(
        residual=(sight.off_px * weight[..., None]).reshape(slopes.shape[:2]),
        by_board=by_board,
        board=table.board,
        by_common=by_common,
        columns=np.concatenate((columns.of_devices(table.device), scale), 1),
    )


def motion_slopes(slopes: Numbers, points: Numbers, moved: Numbers) -> None:
    """Fill in how something changes with a motion of points, of how it changes with each point.

    `slopes` have two rows for each of the `points`: shapes (views, places · 2, 3) and (views, places, 3) make
    (views, places · 2, 6).
    """
    x, y, z = (np.repeat(points[..., axis], 2, 1) for axis in range(3))
    by_x, by_y, by_z = (slopes[..., axis] for axis in range(3))
    moved[..., 0] = y * by_z - z * by_y
    moved[..., 1] = z * by_x - x * by_z
    moved[..., 2] = x * by_y - y * by_x
    moved[..., 3:] = slopes


def corner_errors(sight: Sight) -> Numbers:
    """Return how far each corner is off, in pixels, shape (views, places)."""
    errors: Numbers = np.hypot(sight.off_px[..., 0], sight.off_px[..., 1])
    return errors
