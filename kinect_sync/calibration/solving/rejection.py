"""How noisy the measurements are, told by themselves, and which of them are no noise but wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinect_sync.calibration.solving.adjustment import Adjustment, Noise, minimise
from kinect_sync.calibration.solving.corners import corner_errors, view_corners
from kinect_sync.calibration.solving.depth_planes import median_offsets_m, plane_distances
from kinect_sync.calibration.solving.state import State
from kinect_sync.calibration.solving.view_table import COLOR, DEPTH, FEWEST_CORNERS
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

BEYOND = 4.5
"""Corners and cells that are off by more than so many times the noise are wrong."""
HALF = 0.5
"""A view that loses more than this part of its corners is wrong as a whole: it is shifted by a square."""
LEAST_PX, LEAST_M = 0.01, 2e-4
"""Noise is never taken for less: rounding and the model are not better."""
ROUNDS = 6
SETTLED = 0.03
"""Noise that changes by a smaller part from round to round has settled."""
RAYLEIGH_MEDIAN = np.sqrt(2 * np.log(2))
"""Median of the length of a two-dimensional error of one unit per axis."""
NORMAL_MEDIAN = 0.6745
"""Median of the size of a one-dimensional error of one unit."""


def adjust(adjustment: Adjustment, state: State) -> tuple[Adjustment, State]:
    """Minimise in rounds: measure the noise, leave out what is wrong, minimise again, until both stand.

    Depth starts as near to the boards as an offset brings it: of a device that is off by far more than others
    everything would be left out, and its offset never found.
    """
    state = replace(state, offset_m=median_offsets_m(adjustment.patches, adjustment.rig, state))
    adjustment = _judged(adjustment, state)
    for number in range(ROUNDS):
        state = minimise(adjustment, state, 1e-3 if number == 0 else 1e-5)
        before = adjustment
        adjustment = _judged(adjustment, state)
        if _is_settled(before, adjustment):
            break
    return adjustment, minimise(adjustment, state)


def adjust_boards(adjustment: Adjustment, state: State) -> tuple[Adjustment, State]:
    """Place boards alone, with noise as it is known: minimise, leave out what is wrong, minimise again."""
    state = minimise(adjustment, state, 1e-4)
    kept, cells = choose_kept(adjustment, state)
    adjustment = replace(adjustment, kept=kept, kept_cells=cells & adjustment.kept_cells)
    return adjustment, minimise(adjustment, state)


def _judged(adjustment: Adjustment, state: State) -> Adjustment:
    noise = measure_noise(adjustment, state)
    judged = replace(adjustment, noise=noise)
    kept, cells = choose_kept(judged, state)
    return replace(judged, kept=kept, kept_cells=cells)


def _is_settled(before: Adjustment, after: Adjustment) -> bool:
    pairs = [(getattr(before.noise, name), getattr(after.noise, name)) for name in vars(after.noise)]
    changed = np.count_nonzero(before.kept != after.kept) + np.count_nonzero(
        before.kept_cells != after.kept_cells
    )
    steady = all(abs(new - old) <= SETTLED * old for old, new in pairs)
    return steady and changed <= 1e-3 * max(np.count_nonzero(after.kept), 1)


def measure_noise(adjustment: Adjustment, state: State) -> Noise:
    """Return the noise that the middle of the errors tells of; wrong ones are too few to move it."""
    errors = corner_errors(view_corners(adjustment.views, adjustment.rig, state))
    planes = np.abs(plane_distances(adjustment.patches, adjustment.rig, state))
    share = _share_of_noise(adjustment)
    views = adjustment.views
    color, depth = (
        _middle(errors[views.seen & (views.camera == camera)[:, None]], RAYLEIGH_MEDIAN, LEAST_PX) / share
        for camera in (COLOR, DEPTH)
    )
    old = adjustment.noise
    plane = _middle(planes.ravel(), NORMAL_MEDIAN, LEAST_M)
    return Noise(color or old.color_px, depth or old.depth_px, plane or old.plane_m)


def _share_of_noise(adjustment: Adjustment) -> float:
    """Return what part of the noise is left in residuals, as the unknowns have taken on the rest."""
    told = 2 * np.count_nonzero(adjustment.kept)
    seen = np.unique(adjustment.views.board[adjustment.kept.any(1)])
    unknowns = np.count_nonzero(adjustment.free) + 6 * len(seen)
    return float(np.sqrt(max(told - unknowns, 1) / max(told, 1))) if told > unknowns else 1.0


def _middle(errors: Numbers, unit: float, least: float) -> float:
    if not len(errors):
        return 0.0
    return max(float(np.median(errors)) / unit, least)


def choose_kept(adjustment: Adjustment, state: State) -> tuple[Flags, Flags]:
    """Return the corners and the cells that are within what noise explains."""
    views = adjustment.views
    errors = corner_errors(view_corners(views, adjustment.rig, state))
    kept = views.seen & (errors <= BEYOND * adjustment.noise.of_views(views)[:, None])
    enough = (kept.sum(1) >= HALF * views.seen.sum(1)) & (kept.sum(1) >= FEWEST_CORNERS)
    planes = np.abs(plane_distances(adjustment.patches, adjustment.rig, state))
    kept &= enough[:, None]
    placed = np.bincount(views.board[kept.any(1)], minlength=len(views.pulses)) > 0
    near = planes <= BEYOND * adjustment.noise.plane_m
    return kept, near & placed[adjustment.patches.board][:, None]
