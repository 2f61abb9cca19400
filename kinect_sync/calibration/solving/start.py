"""Where the solver starts: devices along the graph's tree, and each board where most views put it."""

from __future__ import annotations

import numpy as np

from kinect_sync.calibration.solving.corners import corner_errors, view_corners
from kinect_sync.calibration.solving.graph import Sightings
from kinect_sync.calibration.solving.stacked_poses import Poses
from kinect_sync.calibration.solving.state import State
from kinect_sync.calibration.solving.view_table import Index, RigLenses, ViewTable
from kinect_sync.geometry.poses import Numbers

BEST_SIGHTINGS = 4
"""So many devices, those that saw most corners, propose a board's pose."""
CAP_PX = 20.0
"""A corner that is further off counts as this: it does not matter how wrong a wrong pose is."""


def place_boards(table: ViewTable, rig: RigLenses, sightings: Sightings, lead_from_world: Poses) -> State:
    """Return the state with devices where they are given, and boards where all views agree best."""
    boards = len(table.pulses)
    proposals = _proposals(table, sightings, lead_from_world)
    devices = len(rig)
    state = State(lead_from_world, rig.other_from_lead, Poses.still(boards), 1.0, np.zeros(devices))
    best, cost = Poses.still(boards), np.full(boards, np.inf)
    for board, poses in proposals:
        tried = Poses(best.rotation.copy(), best.translation.copy())
        tried.rotation[board], tried.translation[board] = poses
        new = _costs(table, rig, _with_boards(state, tried))
        better = np.zeros(boards, bool)
        better[board] = new[board] < cost[board]
        best.rotation[better], best.translation[better] = tried.rotation[better], tried.translation[better]
        cost[better] = new[better]
    return _with_boards(state, best)


def _with_boards(state: State, boards: Poses) -> State:
    return State(state.lead_from_world, state.other_from_lead, boards, state.scale, state.offset_m)


def _proposals(table: ViewTable, sightings: Sightings, lead_from_world: Poses) -> list[tuple[Index, Poses]]:
    """Return rounds of proposals: in each, some boards and one pose of each in the world."""
    corners = np.zeros((len(lead_from_world.rotation), len(table.pulses)), np.int64)
    np.maximum.at(corners, (table.device, table.board), table.seen.sum(1))
    order = np.lexsort((-corners[sightings.device, sightings.board], sightings.board))
    board = sightings.board[order]
    rank = np.arange(len(order)) - np.searchsorted(board, board)
    rounds = []
    for place in range(BEST_SIGHTINGS):
        for answer in range(2):
            rows = order[rank == place]
            rows = rows[np.isfinite(sightings.error_px[rows, answer])]
            back = lead_from_world.at(sightings.device[rows]).inverse()
            if len(rows):
                rounds.append((sightings.board[rows], back.of(sightings.lead_from_board.at((rows, answer)))))
    return rounds


def _costs(table: ViewTable, rig: RigLenses, state: State) -> Numbers:
    errors = corner_errors(view_corners(table, rig, state))
    each = (np.minimum(errors, CAP_PX) * table.seen).sum(1)
    costs: Numbers = np.bincount(table.board, each, len(table.pulses)).astype(float)
    return costs
