"""Least squares with many boards and few devices: each board's pose is eliminated, what remains is small.

Residuals of one view touch one board and one device. So the normal equations have a dense corner of some
hundred common unknowns, and six unknowns of each board that meet no other board's: the Schur complement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.stacked_poses import Twists
from kinect_sync.calibration.solving.view_table import Index
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

SLIGHTEST = 1e-12


@dataclass(frozen=True)
class Rows:
    """Residuals in units of their noise, and how they change with the unknowns; a block for each view."""

    residual: Numbers
    """Shape (views, rows)."""
    by_board: Numbers
    """Shape (views, rows, 6)."""
    board: Index
    """Shape (views,)."""
    by_common: Numbers
    """Shape (views, rows, n)."""
    columns: Index
    """Which unknowns the n are of each view, shape (views, n)."""


@dataclass(frozen=True)
class Priors:
    """What is known before: each says what one common unknown is, in units of how well that is known."""

    residual: Numbers
    """Shape (n,)."""
    by_common: Numbers
    """Shape (n,)."""
    columns: Index
    """Shape (n,)."""


@dataclass(frozen=True)
class NormalEquations:
    """Sums over all residuals."""

    common: Numbers
    """Shape (unknowns, unknowns)."""
    cross: Numbers
    """Shape (boards, unknowns, 6)."""
    boards: Numbers
    """Shape (boards, 6, 6)."""
    common_right: Numbers
    """Shape (unknowns,)."""
    boards_right: Numbers
    """Shape (boards, 6)."""


def add_up(blocks: Sequence[Rows], priors: Priors, unknowns: int, boards: int) -> NormalEquations:
    """Sum what residuals say into normal equations."""
    common, cross = np.zeros((unknowns, unknowns)), np.zeros((boards, unknowns, 6))
    own, common_right = np.zeros((boards, 6, 6)), np.zeros(unknowns)
    boards_right = np.zeros((boards, 6))
    for rows in blocks:
        transposed, own_transposed = np.swapaxes(rows.by_common, 1, 2), np.swapaxes(rows.by_board, 1, 2)
        columns, board = rows.columns, rows.board
        _add(common, (columns[:, :, None], columns[:, None, :]), transposed @ rows.by_common)
        _add(cross, (board[:, None, None], columns[:, :, None], np.arange(6)), transposed @ rows.by_board)
        _add(own, (board[:, None, None], *np.indices((6, 6))), own_transposed @ rows.by_board)
        _add(common_right, (columns,), -(transposed @ rows.residual[..., None])[..., 0])
        right = -(own_transposed @ rows.residual[..., None])[..., 0]
        _add(boards_right, (board[:, None], np.arange(6)), right)
    common[priors.columns, priors.columns] += priors.by_common**2
    common_right[priors.columns] -= priors.by_common * priors.residual
    return NormalEquations(common, cross, own, common_right, boards_right)


def _add(total: Numbers, index: tuple[Index, ...], values: Numbers) -> None:
    """Add values where they belong; several may go to one place."""
    places = np.broadcast_arrays(*index)
    flat = np.ravel_multi_index(tuple(places), total.shape).ravel()
    total += np.bincount(flat, values.ravel(), total.size).reshape(total.shape)


def solve_step(equations: NormalEquations, free: Flags, damping: float) -> tuple[Numbers, Twists]:
    """Return the step of Levenberg and Marquardt: of the common unknowns, and of each board.

    Unknowns that are not `free` stay where they are.
    """
    reduced, back, solved = _reduce(equations, damping)
    own_step = (back @ equations.boards_right[..., None])[..., 0]
    right = equations.common_right - np.tensordot(equations.cross, own_step, ((0, 2), (0, 1)))
    reduced += np.diag(damping * np.diag(equations.common) + SLIGHTEST)
    step = np.zeros(len(right))
    if free.any():
        step[free] = np.linalg.solve(reduced[np.ix_(free, free)], right[free])
    return step, own_step - (solved @ step)


def covariances(equations: NormalEquations, free: Flags) -> Numbers:
    """Return the covariance of the common unknowns, zero for those that are held; shape (n, n)."""
    reduced, _, _ = _reduce(equations, 0.0)
    kept = reduced[np.ix_(free, free)]
    unit = 1 / np.sqrt(np.maximum(np.diag(kept), SLIGHTEST))
    even = np.outer(unit, unit)
    covariance = np.zeros_like(reduced)
    covariance[np.ix_(free, free)] = np.linalg.pinv(kept * even, hermitian=True) * even
    return covariance


def _reduce(equations: NormalEquations, damping: float) -> tuple[Numbers, Numbers, Numbers]:
    """Eliminate the boards: what is left for the common unknowns, and how boards follow from them."""
    back: Numbers = np.linalg.inv(equations.boards + _damped(equations.boards, damping))
    solved: Numbers = back @ np.swapaxes(equations.cross, 1, 2)
    reduced: Numbers = equations.common - np.tensordot(equations.cross, solved, ((0, 2), (0, 1)))
    return reduced, back, solved


def _damped(boards: Numbers, damping: float) -> Numbers:
    """Return what damping adds; a board that no residual speaks of stays where it is."""
    diagonal = np.diagonal(boards, axis1=1, axis2=2)
    added = np.zeros_like(boards)
    places = np.arange(boards.shape[-1])
    least = SLIGHTEST * diagonal.max(1, initial=0.0, keepdims=True)
    added[:, places, places] = damping * diagonal + np.where(least > 0, least, 1.0)
    return added
