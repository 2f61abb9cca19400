"""The bundle adjustment: all residuals together, brought to their least by Levenberg and Marquardt.

Residuals count in units of their noise, and beyond some of these only linearly (Huber), so that a wrong
corner pulls no harder than a bad one. Only steps that lessen the whole are taken; nothing is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.corners import Sight, corner_errors, corner_rows, view_corners
from kinect_sync.calibration.solving.depth_planes import PatchTable, plane_distances, plane_rows
from kinect_sync.calibration.solving.normal_equations import (
    NormalEquations,
    Priors,
    Rows,
    add_up,
    solve_step,
)
from kinect_sync.calibration.solving.state import Columns, State
from kinect_sync.calibration.solving.view_table import DEPTH, RigLenses, ViewTable
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

BEND = 2.5
"""From so many times the noise on a residual counts linearly."""
MOST_STEPS = 60
ENOUGH = 1e-7
"""A step that lessens the whole by a smaller part is the last: of ten thousand corners that is a twentieth of
a standard deviation."""


@dataclass(frozen=True)
class Noise:
    """Standard deviations of what was measured."""

    color_px: float
    """Of corners in color images, per axis."""
    depth_px: float
    """Of corners in IR images, per axis."""
    plane_m: float
    """Of the means of a patch's cells, along the board's normal."""

    def of_views(self, table: ViewTable) -> Numbers:
        """Return that of each view's corners."""
        return np.where(table.camera == DEPTH, self.depth_px, self.color_px)


@dataclass(frozen=True)
class PriorWidths:
    """How well things are known before the board is seen, as standard deviations."""

    turn_rad: float
    """Of the factory's pose between a device's cameras."""
    shift_m: float
    """Of the same pose's translation."""
    offset_m: float
    """Of the depth's offset."""


@dataclass(frozen=True)
class Adjustment:
    """What was measured, how well, and what is free to move."""

    rig: RigLenses
    views: ViewTable
    patches: PatchTable
    noise: Noise
    widths: PriorWidths
    free: Flags
    """Which columns of `Columns` may move."""
    kept: Flags
    """Corners that count, shape (views, places)."""
    kept_cells: Flags
    """Cells that count, shape (patches, cells)."""

    def priors(self, state: State) -> Priors:
        """Return what is known without looking: the factory's pose, and that depth is nearly right."""
        columns = Columns(len(self.rig))
        twists = state.other_from_lead.twists_from(self.rig.other_from_lead)
        width = np.repeat((self.widths.turn_rad, self.widths.shift_m), 3)
        of_devices = columns.of_devices(np.arange(len(self.rig)))[:, 6:]
        offsets = np.arange(columns.offsets.start, columns.offsets.stop)
        by_offset = np.full(len(self.rig), 1 / self.widths.offset_m)
        return Priors(
            residual=np.concatenate(((twists / width).ravel(), state.offset_m * by_offset)),
            by_common=np.concatenate((np.tile(1 / width, len(self.rig)), by_offset)),
            columns=np.concatenate((of_devices.ravel(), offsets)),
        )

    def look(self, state: State) -> tuple[Sight, Numbers, Numbers]:
        """Return the corners, their errors in units of noise, and the cells' errors in units of noise."""
        sight = view_corners(self.views, self.rig, state)
        errors = corner_errors(sight) / self.noise.of_views(self.views)[:, None]
        planes = np.abs(plane_distances(self.patches, self.rig, state)) / self.noise.plane_m
        return sight, np.where(self.kept, errors, 0.0), np.where(self.kept_cells, planes, 0.0)

    def total(self, state: State) -> float:
        """Return what is to be least: half of the squares, of large ones less."""
        _, errors, planes = self.look(state)
        prior = self.priors(state).residual
        return float(_bent(errors).sum() + _bent(planes).sum() + 0.5 * (prior**2).sum())

    def equations(self, state: State) -> NormalEquations:
        """Return the normal equations at a state."""
        unknowns = Columns(len(self.rig)).count
        return add_up(self.blocks(state), self.priors(state), unknowns, len(self.views.pulses))

    def blocks(self, state: State) -> list[Rows]:
        """Return the residuals at a state: of corners, and of depth where there is any."""
        sight, corner_weight, plane_weight = self.weigh(state)
        blocks = [corner_rows(self.views, self.rig, state, sight, corner_weight)]
        if len(self.patches):
            blocks.append(plane_rows(self.patches, self.rig, state, plane_weight))
        return blocks

    def weigh(self, state: State) -> tuple[Sight, Numbers, Numbers]:
        """Return the corners, and what each corner and each cell counts: 1 / noise, less for large errors."""
        sight, errors, planes = self.look(state)
        corner_weight = self.kept * _root_weight(errors) / self.noise.of_views(self.views)[:, None]
        return sight, corner_weight, self.kept_cells * _root_weight(planes) / self.noise.plane_m


def _bent(errors: Numbers) -> Numbers:
    bent: Numbers = np.where(errors <= BEND, 0.5 * errors**2, BEND * (errors - BEND / 2))
    return bent


def _root_weight(errors: Numbers) -> Numbers:
    weight: Numbers = np.sqrt(BEND / np.maximum(errors, BEND))
    return weight


def minimise(adjustment: Adjustment, state: State, enough: float = ENOUGH) -> State:
    """Return the state that suits all residuals best, from a state that is near it."""
    damping, total = 1e-4, adjustment.total(state)
    for _ in range(MOST_STEPS):
        equations = adjustment.equations(state)
        before = total
        while damping < 1e8:
            tried = state.moved(*solve_step(equations, adjustment.free, damping))
            new = adjustment.total(tried)
            if new <= total:
                state, total, damping = tried, new, max(damping / 10, 1e-9)
                break
            damping *= 8
        if before - total <= enough * before:
            break
    return state
