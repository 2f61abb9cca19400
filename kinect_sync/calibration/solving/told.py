"""The poses that are kept from the solver: boards at them are placed, and cameras stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.adjustment import Adjustment
from kinect_sync.calibration.solving.depth_planes import tabulate_patches
from kinect_sync.calibration.solving.graph import gather_sightings
from kinect_sync.calibration.solving.planar_pose import find_planar_poses
from kinect_sync.calibration.solving.rejection import adjust_boards
from kinect_sync.calibration.solving.solution import Fit
from kinect_sync.calibration.solving.stacked_poses import Poses
from kinect_sync.calibration.solving.start import place_boards
from kinect_sync.calibration.solving.state import State
from kinect_sync.calibration.solving.view_table import tabulate
from kinect_sync.calibration.views import BoardView, DepthPatch


@dataclass(frozen=True)
class Told:
    """Poses at which the cameras had no say in where cameras are."""

    adjustment: Adjustment
    state: State

    def with_other_from_lead(self, other_from_lead: Poses) -> Told:
        """Return the same with other poses between the cameras of each device."""
        return replace(self, state=replace(self.state, other_from_lead=other_from_lead))


def place_told(
    board: Board, fit: Fit, views: Sequence[BoardView], patches: Sequence[DepthPatch], pulses: Sequence[int]
) -> Told:
    """Place the boards at pulses, by corners alone, with everything else as `fit` found it."""
    rig = fit.adjustment.rig
    table = tabulate(board, rig, views, pulses)
    sightings = gather_sightings(table, rig, find_planar_poses(table, rig))
    state = place_boards(table, rig, sightings, fit.state.lead_from_world)
    state = replace(
        fit.state,
        world_from_board=state.world_from_board,
    )
    depths = tabulate_patches(rig, patches, pulses)
    adjustment = replace(
        fit.adjustment,
        views=table,
        patches=depths,
        free=np.zeros_like(fit.adjustment.free),
        kept=table.seen,
        kept_cells=np.zeros(depths.ray.shape[:2], bool),
    )
    return Told(*adjust_boards(adjustment, state))
