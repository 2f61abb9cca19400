"""Single measures of a solution, each a number."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kinect_sync.calibration.solving.corners import view_corners
from kinect_sync.calibration.solving.depth_planes import plane_distances
from kinect_sync.calibration.solving.left_out import LeftOut
from kinect_sync.calibration.solving.solution import Fit
from kinect_sync.calibration.solving.told import Told
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers

CELLS_ACROSS = 8
"""An image's coverage is told in cells of an eighth of its width."""
BEST_PART = 90
"""Nine of ten sights are told of: a few may be wrong as a whole."""
ASTRAY_PX = 8.0
"""A sight that is further off is wrong as a whole, shifted by a square; it says nothing of the camera."""
RAYLEIGH_MEDIAN = float(np.sqrt(2 * np.log(2)))


def shared_pulses(fit: Fit) -> list[int]:
    """Return the pulses at which two devices saw the board, in order; of a single one, both its cameras.

    Two cameras of one device say nothing of where it is to the others.
    """
    views, rows = fit.adjustment.views, fit.adjustment.kept.any(1)
    who = views.device if len(fit.adjustment.rig) > 1 else views.camera
    boards, _ = np.unique(np.stack((views.board[rows], who[rows])), axis=1)
    seen = np.bincount(boards, minlength=len(views.pulses))
    pulses: list[int] = views.pulses[seen > 1].tolist()
    return pulses


def kept_pulses(fit: Fit) -> list[int]:
    """Return the pulses of which some corner counts, in order."""
    views = fit.adjustment.views
    pulses: list[int] = views.pulses[np.unique(views.board[fit.adjustment.kept.any(1)])].tolist()
    return pulses


def count_shared(fit: Fit) -> Numbers:
    """Return how many poses each pair of devices shares, shape (devices, devices)."""
    views = fit.adjustment.views
    saw = np.zeros((len(fit.adjustment.rig), len(views.pulses)))
    rows = fit.adjustment.kept.any(1)
    saw[views.device[rows], views.board[rows]] = 1
    shared: Numbers = saw @ saw.T
    return shared


def robust_px(off_px: Numbers, seen: Flags) -> Numbers:
    """Return each view's error per axis, told by its middle corner, shape (views,)."""
    errors = np.where(seen, np.hypot(off_px[..., 0], off_px[..., 1]), np.nan)
    with np.errstate(invalid="ignore"):
        middle: Numbers = np.nanmedian(errors, axis=1) / RAYLEIGH_MEDIAN
    return middle


def left_out_of(
    turns: Iterable[tuple[Told, LeftOut]], device: int, camera: int
) -> tuple[float | None, float | None]:
    """Return a camera's error per axis that nine of ten sights stay below, and the ratio to noise's."""
    parts = [_left_out_px(told, left_out, device, camera) for told, left_out in turns]
    px, allowed = np.concatenate([*parts, np.zeros((2, 0))], axis=1)
    if not len(px):
        return None, None
    most = px <= np.percentile(px, BEST_PART)
    ratio = np.sqrt((px[most] ** 2).sum() / (allowed[most] ** 2).sum())
    return float(np.percentile(px, BEST_PART)), float(ratio)


def _left_out_px(told: Told, left_out: LeftOut, device: int, camera: int) -> Numbers:
    """Return a camera's errors and what noise explains of them, of each sight; shape (2, sights)."""
    views = told.adjustment.views
    every = robust_px(left_out.off_px, views.seen)
    rows = (views.device == device) & (views.camera == camera) & left_out.told & (every < ASTRAY_PX)
    expected = left_out.expected_px2(told.adjustment.noise.of_views(views))[rows]
    seen = views.seen[rows]
    return np.stack((every[rows], np.sqrt((expected * seen).sum(1) / seen.sum(1))))


def cover(lens: Lens, pixels: Numbers) -> Flags:
    """Tell in which cells of its image a camera saw corners, shape (cells down, cells across)."""
    down = max(round(CELLS_ACROSS * lens.height / lens.width), 1)
    size = np.array((lens.width, lens.height))
    across, row = (
        np.clip((pixels + 0.5) / size * (CELLS_ACROSS, down), 0, (CELLS_ACROSS - 1, down - 1)).astype(int).T
    )
    covered = np.zeros((down, CELLS_ACROSS), bool)
    covered[row, across] = True
    return covered


def covered_by(fit: Fit, device: int, number: int) -> Flags:
    """Tell in which cells of its image a device's camera saw corners that count."""
    views, lens = fit.adjustment.views, fit.adjustment.rig.lenses[device][number]
    rows = (views.device == device) & (views.camera == number)
    if lens is None:
        return np.zeros((1, CELLS_ACROSS), bool)
    return cover(lens, views.pixels[rows][fit.adjustment.kept[rows]])


def plane_errors_m(turns: Iterable[Told], device: int) -> Numbers:
    """Return how far behind the board's plane a device's depth is, of each patch, in metres."""
    means: Numbers = np.concatenate([*(_plane_errors_m(told, device) for told in turns), np.zeros(0)])
    return means


def _plane_errors_m(told: Told, device: int) -> Numbers:
    patches = told.adjustment.patches
    known = told.adjustment.kept.any(1)
    boards = np.unique(told.adjustment.views.board[known])
    rows = (patches.device == device) & np.isin(patches.board, boards)
    distances = plane_distances(patches.rows(rows), told.adjustment.rig, told.state)
    means: Numbers = distances.mean(1) if len(distances) else np.zeros(0)
    return means


def factory_error_px(turns: Iterable[Told], device: int) -> float | None:
    """Return how far a device's other camera sees the board from where the pose between its cameras puts it.

    Root mean square over views of their mean error, per axis: noise is averaged away. None where that camera
    saw no board at these poses.
    """
    means = np.concatenate([*(_other_camera_px(told, device) for told in turns), np.zeros((0, 2))])
    return float(np.sqrt((means**2).mean())) if len(means) else None


def _other_camera_px(told: Told, device: int) -> Numbers:
    rig, views = told.adjustment.rig, told.adjustment.views
    rows = np.flatnonzero(
        (views.device == device) & (views.camera != rig.lead[device]) & told.adjustment.kept.any(1)
    )
    off = view_corners(views.rows(rows), rig, told.state).off_px
    kept = told.adjustment.kept[rows][..., None]
    means: Numbers = (off * kept).sum(1) / kept.sum(1)
    return means
