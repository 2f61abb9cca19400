"""What corners in images say: how far each is off where the unknowns put it, and how that changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.normal_equations import Rows
from kinect_sync.calibration.solving.stacked_poses import Poses
from kinect_sync.calibration.solving.state import Columns, State
from kinect_sync.calibration.solving.view_table import RigLenses, ViewTable
from kinect_sync.geometry.distortion import Flags
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
    """Return how pixels move with points in the cameras' frames, shape (views, places, 2, 3)."""
    slopes = np.zeros((*table.seen.shape, 2, 3))
    for rows, lens in table.by_lens(rig):
        slopes[rows] = lens.slopes(points[rows])
    return np.where(table.seen[..., None, None] & (points[..., None, 2:] > 0), slopes, 0.0)


def corner_rows(table: ViewTable, rig: RigLenses, state: State, sight: Sight, weight: Numbers) -> Rows:
    """Return the residuals of corners; `weight` is 1 / px for each, shape (views, places)."""
    leads = table.camera == rig.lead[table.device]
    slopes = pixel_slopes(table, rig, sight.points) * weight[..., None, None]
    inner = state.other_from_lead.at(table.device)
    to_lead = np.where(leads[:, None, None], np.eye(3), inner.rotation)
    lead_points = sight.points - np.where(leads[:, None], 0.0, inner.translation)[:, None]
    by_lead = motion_slopes(slopes @ to_lead[:, None], lead_points @ to_lead)
    by_other = motion_slopes(slopes, sight.points) * ~leads[:, None, None, None]
    in_board = slopes @ sight.camera_from_board.rotation[:, None]
    by_board = motion_slopes(in_board, table.points * state.scale)
    by_scale = (in_board @ table.points[..., None])[..., 0]
    columns = Columns(len(rig))
    scale = np.full((len(table), 1), columns.scale)
    by_common = np.concatenate((by_lead, by_other, by_scale[..., None]), -1)
    return Rows(
        residual=(sight.off_px * weight[..., None]).reshape(len(table), -1),
        by_board=_flat(by_board),
        board=table.board,
        by_common=_flat(by_common),
        columns=np.concatenate((columns.of_devices(table.device), scale), 1),
    )


def motion_slopes(slopes: Numbers, points: Numbers) -> Numbers:
    """Return how something changes with a motion of points, of how it changes with each point.

    Of shapes (views, places, 2, 3) and (views, places, 3) it makes (views, places, 2, 6).
    """
    moved = np.empty((*slopes.shape[:-1], 6))
    x, y, z = (points[..., None, axis] for axis in range(3))
    by_x, by_y, by_z = (slopes[..., axis] for axis in range(3))
    moved[..., 0] = y * by_z - z * by_y
    moved[..., 1] = z * by_x - x * by_z
    moved[..., 2] = x * by_y - y * by_x
    moved[..., 3:] = slopes
    return moved


def _flat(slopes: Numbers) -> Numbers:
    views, places, axes, unknowns = slopes.shape
    return slopes.reshape(views, places * axes, unknowns)


def corner_errors(sight: Sight) -> Numbers:
    """Return how far each corner is off, in pixels, shape (views, places)."""
    errors: Numbers = np.hypot(sight.off_px[..., 0], sight.off_px[..., 1])
    return errors


def seen_weight(kept: Flags, noise_px: Numbers) -> Numbers:
    """Return 1 / noise for the corners that count, 0 for others; `noise_px` is of each view."""
    weight: Numbers = kept / noise_px[:, None]
    return weight
