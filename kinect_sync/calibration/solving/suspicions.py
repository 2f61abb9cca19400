"""What would move if lenses were not the factory's, or the board not flat: one step with more unknowns.

Refining lenses makes clouds no better, so the solution keeps the factory's. But a lens that would move far,
and a board that would bend, are told: no residual shows them, as poses take them on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.corners import Sight
from kinect_sync.calibration.solving.normal_equations import Priors, add_up, covariances, solve_step
from kinect_sync.calibration.solving.solution import Fit
from kinect_sync.calibration.solving.stacked_poses import Twists
from kinect_sync.calibration.solving.state import Columns
from kinect_sync.calibration.solving.view_table import Index, RigLenses, ViewTable
from kinect_sync.geometry.poses import Numbers

PER_LENS = 4
"""Part of the focal length, principal point across and down in pixels, first coefficient of distortion."""
LENS_WIDTHS = (0.02, 10.0, 10.0, 0.02)
"""Standard deviations that a lens is allowed beforehand: far more than a factory's errors."""
BENDINGS = 3
"""Across, twisted, down."""
BENDING_WIDTH_M = 0.02


@dataclass(frozen=True)
class LensSuspicion:
    """By how much a lens seems to be another than the factory's."""

    focal: float
    """Part of the focal length."""
    focal_sigma: float
    centre_px: float
    """Distance between principal points."""
    centre_sigma_px: float
    """Standard deviation along the line between them."""


@dataclass(frozen=True)
class Suspicions:
    """What seems to be otherwise than it was said."""

    lenses: dict[tuple[int, int], LensSuspicion]
    """Of each device and camera, by number, that saw the board."""
    factory_twists: Twists
    """How the cameras of each device would stand against the factory's pose with their lenses free: a wrong
    principal point looks like a turn. Shape (devices, 6)."""
    factory_covariances: Numbers
    """Of the same twists, shape (devices, 6, 6): a device that saw the board a few times may know one
    direction well, and another hardly."""
    scale: float
    """What the board's scale would be with lenses free."""
    scale_sigma: float
    offsets_m: Numbers
    """What depth offsets would be with lenses free, shape (devices,)."""
    bow_m: float
    """How far the board's corners stand out of their plane, from the lowest to the highest."""
    bow_sigma_m: float


def suspect(board: Board, fit: Fit) -> Suspicions:
    """Take one step from the solution with each lens and the board's flatness free."""
    columns, state = Columns(len(fit.adjustment.rig)), fit.state
    base = columns.count
    bends = base + PER_LENS * 2 * columns.devices
    step, covariance = _step(board, fit, base, bends)
    others = columns.of_devices(np.arange(columns.devices))[:, 6:]
    poses = step[: columns.scale].reshape(columns.devices, 2, 6)[:, 1]
    found = state.other_from_lead.moved(poses).twists_from(fit.adjustment.rig.other_from_lead)
    bow_m, bow_sigma_m = _bow(_bending_basis(board), step[bends:], covariance[bends:, bends:])
    return Suspicions(
        lenses=dict(_lenses(fit.adjustment.views, step[base:bends], covariance[base:bends, base:bends])),
        factory_twists=found,
        factory_covariances=covariance[others[:, :, None], others[:, None, :]],
        scale=state.scale + float(step[columns.scale]),
        scale_sigma=float(np.sqrt(covariance[columns.scale, columns.scale])),
        offsets_m=state.offset_m + step[columns.offsets],
        bow_m=bow_m,
        bow_sigma_m=bow_sigma_m,
    )


def _lenses(
    views: ViewTable, step: Numbers, covariance: Numbers
) -> Iterator[tuple[tuple[int, int], LensSuspicion]]:
    """Yield what is suspected of each camera that saw the board."""
    seen = {(int(device), int(camera)) for device, camera in zip(views.device, views.camera, strict=True)}
    for device, camera in sorted(seen):
        first = PER_LENS * (2 * device + camera)
        part = slice(first, first + PER_LENS)
        yield (device, camera), _lens_suspicion(step[part], covariance[part, part])


def _step(board: Board, fit: Fit, base: int, bends: int) -> tuple[Numbers, Numbers]:
    """Return the step and the covariance of all common unknowns, the further ones behind."""
    adjustment, state = fit.adjustment, fit.state
    views, unknowns = adjustment.views, bends + BENDINGS
    sight, weight, _ = adjustment.weigh(state)
    corners, *others = adjustment.blocks(state)
    by_lens = _lens_slopes(views, adjustment.rig, sight) * np.repeat(weight, 2, 1)[..., None]
    by_bend = corners.by_board[..., 5:] * np.repeat(_bending_basis(board)[views.ids], 2, 1)
    bend_columns = np.tile(bends + np.arange(BENDINGS), (len(views), 1))
    corners = replace(
        corners,
        by_common=np.concatenate((corners.by_common, by_lens, by_bend), -1),
        columns=np.concatenate((corners.columns, _lens_columns(views, base), bend_columns), 1),
    )
    priors = _widened(adjustment.priors(state), base, unknowns)
    equations = add_up([corners, *others], priors, unknowns, len(views.pulses))
    free = np.concatenate((adjustment.free, np.ones(unknowns - base, bool)))
    return solve_step(equations, free, 0.0)[0], covariances(equations, free)


def _widened(priors: Priors, base: int, unknowns: int) -> Priors:
    """Add what is known of lenses and flatness beforehand: little."""
    lenses = (unknowns - base - BENDINGS) // PER_LENS
    widths = np.concatenate((np.tile(LENS_WIDTHS, lenses), np.full(BENDINGS, BENDING_WIDTH_M)))
    return Priors(
        residual=np.concatenate((priors.residual, np.zeros(len(widths)))),
        by_common=np.concatenate((priors.by_common, 1 / widths)),
        columns=np.concatenate((priors.columns, np.arange(base, unknowns))),
    )


def _lens_columns(views: ViewTable, base: int) -> Index:
    first = base + PER_LENS * (2 * views.device + views.camera)
    columns: Index = first[:, None] + np.arange(PER_LENS)
    return columns


def _lens_slopes(views: ViewTable, rig: RigLenses, sight: Sight) -> Numbers:
    """Return how pixels move with a lens, shape (views, places · 2, 4)."""
    slopes = np.zeros((*views.seen.shape, 2, PER_LENS))
    for rows, lens in views.by_lens(rig):
        put = views.pixels[rows] + sight.off_px[rows]
        plane = sight.points[rows][..., :2] / sight.points[rows][..., 2:]
        focal, centre = np.array((lens.fx, lens.fy)), np.array((lens.cx, lens.cy))
        slopes[rows, :, :, 0] = put - centre
        slopes[rows, :, 0, 1] = slopes[rows, :, 1, 2] = 1.0
        slopes[rows, :, :, 3] = focal * plane * (plane**2).sum(-1, keepdims=True)
    return slopes.reshape(len(views), 2 * views.seen.shape[1], PER_LENS)


def _lens_suspicion(step: Numbers, covariance: Numbers) -> LensSuspicion:
    centre_px, centre_sigma_px = length_of(step[1:3], covariance[1:3, 1:3])
    return LensSuspicion(float(step[0]), float(np.sqrt(covariance[0, 0])), centre_px, centre_sigma_px)


def length_of(vector: Numbers, covariance: Numbers) -> tuple[float, float]:
    """Return how long a vector is, and its standard deviation along itself.

    Few sights tell one direction well and another hardly: a mean over the directions is neither.
    """
    length = float(np.linalg.norm(vector))
    along = vector / max(length, 1e-12)
    return length, float(np.sqrt(along @ covariance @ along))


def _bending_basis(board: Board) -> Numbers:
    """Return how corners stand out of the plane with each bending, shape (corners, 3): a quadratic."""
    flat = board.corners[:, :2]
    u, v = ((flat - flat.mean(0)) / (np.ptp(flat, axis=0).max() / 2)).T
    quadratic = np.stack((u * u, u * v, v * v), -1)
    plane = np.stack((np.ones_like(u), u, v), -1)
    above: Numbers = quadratic - plane @ np.linalg.lstsq(plane, quadratic, rcond=None)[0]
    return above


def _bow(basis: Numbers, bend: Numbers, covariance: Numbers) -> tuple[float, float]:
    heights = basis @ bend
    top, bottom = int(np.argmax(heights)), int(np.argmin(heights))
    slope = basis[top] - basis[bottom]
    return float(heights[top] - heights[bottom]), float(np.sqrt(slope @ covariance @ slope))
