"""Where a flat board is, from one view of it: both answers, as a far plane looks the same tilted either way.

From corners on the plane z = 1 a homography, from its derivative in the board's middle two rotations (Collins
and Bartoli, "Infinitesimal plane-based pose estimation", 2014), and each of the two refined. All views at
once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kinect_sync.calibration.solving.stacked_poses import Poses, nearest_rotations
from kinect_sync.calibration.solving.view_table import RigLenses, ViewTable
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

REFINEMENTS = 4
"""Steps of Gauss and Newton; the first guess is within a degree or two."""
SLIGHTEST = 1e-12


class PlanarPoses(NamedTuple):
    """Two poses for each view, the better one first."""

    camera_from_board: Poses
    """Shape (views, 2)."""
    error_px: Numbers
    """Root mean square per axis, shape (views, 2); infinite where there is no such pose."""
    mirrored: Flags
    """Whether the view shows the board from behind, which no print can be seen from; shape (views,)."""


def find_planar_poses(table: ViewTable, rig: RigLenses) -> PlanarPoses:
    """Find both poses of the board in each view."""
    plane, seen, focal_px = straighten_views(table, rig)
    flat, middle = _centred(table.points[..., :2], seen)
    homography = _homographies(flat, plane, seen)
    first, second = _two_rotations(homography)
    rotation = np.stack((first, second), 1)
    weight = np.repeat(seen[:, None], 2, 1).astype(float)
    flat2, plane2 = (np.repeat(part[:, None], 2, 1) for part in (flat, plane))
    poses = Poses(rotation, _translations(rotation, flat2, plane2, weight))
    for _ in range(REFINEMENTS):
        poses = _refined(poses, flat2, plane2, weight)
    error = _errors(poses, flat2, plane2, weight) * focal_px[:, None]
    poses = poses.shifted(_to_middle(middle))
    order = np.argsort(error, axis=1, kind="stable")
    rows = np.arange(len(table))[:, None]
    handed = np.linalg.det(homography[:, :2, :2] - homography[:, :2, 2:] * homography[:, 2:, :2])
    return PlanarPoses(poses.at((rows, order)), error[rows, order], handed < 0)


def straighten_views(table: ViewTable, rig: RigLenses) -> tuple[Numbers, Flags, Numbers]:
    """Return corners on the plane z = 1, which of them there are, and each view's focal length in pixels."""
    plane, seen = np.zeros_like(table.pixels), table.seen.copy()
    focal_px = np.ones(len(table))
    for rows, lens in table.by_lens(rig):
        rays, valid = lens.unproject(table.pixels[rows])
        seen[rows] &= valid
        plane[rows] = np.where(seen[rows][..., None], rays[..., :2], 0.0)
        focal_px[rows] = (lens.fx + lens.fy) / 2
    return plane, seen, focal_px


def _centred(flat: Numbers, seen: Flags) -> tuple[Numbers, Numbers]:
    count = np.maximum(seen.sum(1), 1)[:, None]
    middle = (flat * seen[..., None]).sum(1) / count
    return (flat - middle[:, None]) * seen[..., None], middle


def _to_middle(middle: Numbers) -> Numbers:
    """Return the twists by which a board's own frame is found from its middle's."""
    twists = np.zeros((len(middle), 2, 6))
    twists[..., 3:5] = -middle[:, None]
    return twists


def _homographies(flat: Numbers, plane: Numbers, seen: Flags) -> Numbers:
    """Return homographies from the board to the plane z = 1, with 1 in their last place."""
    spread = np.sqrt((flat**2).sum((1, 2)) / np.maximum(seen.sum(1), 1))
    spread = np.maximum(spread, SLIGHTEST)
    middle = (plane * seen[..., None]).sum(1) / np.maximum(seen.sum(1), 1)[:, None]
    x, y = np.moveaxis(flat / spread[:, None, None], -1, 0)
    u, v = np.moveaxis(plane - middle[:, None], -1, 0)
    one, zero, there = np.ones_like(x), np.zeros_like(x), seen[..., None]
    above = np.stack((x, y, one, zero, zero, zero, -u * x, -u * y, -u), -1) * there
    below = np.stack((zero, zero, zero, x, y, one, -v * x, -v * y, -v), -1) * there
    normal = np.swapaxes(above, 1, 2) @ above + np.swapaxes(below, 1, 2) @ below
    found = np.linalg.eigh(normal)[1][..., 0].reshape(-1, 3, 3)
    found[:, :, :2] /= spread[:, None, None]
    found[:, :2] += middle[..., None] * found[:, 2:]
    last = found[:, 2, 2]
    homographies: Numbers = found / np.where(np.abs(last) > SLIGHTEST, last, SLIGHTEST)[:, None, None]
    return homographies


def _two_rotations(homography: Numbers) -> tuple[Numbers, Numbers]:
    """Return the two rotations that agree with a homography's derivative at the board's origin."""
    at = homography[:, :2, 2]
    slope = homography[:, :2, :2] - at[..., None] * homography[:, 2:, :2]
    turn = _turns_to(at)
    seen_from = turn[:, :2, :2] - at[..., None] * turn[:, 2:, :2]
    inner = np.linalg.solve(seen_from, slope)
    largest = np.maximum(np.linalg.norm(inner, ord=2, axis=(1, 2)), SLIGHTEST)
    upper = inner / largest[:, None, None]
    short = np.sqrt(np.maximum(1 - (upper**2).sum(1), 0))
    sign = np.where(-(upper[:, :, 0] * upper[:, :, 1]).sum(1) < 0, -1.0, 1.0)
    lower = np.stack((short[:, 0], sign * short[:, 1]), -1)
    return turn @ _completed(upper, lower), turn @ _completed(upper, -lower)


def _turns_to(at: Numbers) -> Numbers:
    """Return the rotations that turn the z axis along the rays through (x, y, 1)."""
    ray = np.concatenate((at, np.ones((len(at), 1))), 1)
    x, y, z = np.moveaxis(ray / np.linalg.norm(ray, axis=1)[:, None], -1, 0)
    shrink = 1 / (1 + z)
    rows = (1 - x * x * shrink, -x * y * shrink, x, -x * y * shrink, 1 - y * y * shrink, y, -x, -y, z)
    turns: Numbers = np.stack(rows, -1).reshape(-1, 3, 3)
    return turns


def _completed(upper: Numbers, lower: Numbers) -> Numbers:
    columns = np.concatenate((upper, lower[:, None]), 1)
    third = np.cross(columns[..., 0], columns[..., 1])
    return nearest_rotations(np.concatenate((columns, third[..., None]), -1))


def _translations(rotation: Numbers, flat: Numbers, plane: Numbers, weight: Numbers) -> Numbers:
    """Return the translations that suit rotations best, by linear least squares."""
    turned = flat @ np.swapaxes(rotation[..., :2], -1, -2)
    u, v = plane[..., 0], plane[..., 1]
    normal = np.zeros((*rotation.shape[:2], 3, 3))
    count, sum_u, sum_v = weight.sum(-1), (weight * u).sum(-1), (weight * v).sum(-1)
    normal[..., 0, 0] = normal[..., 1, 1] = count
    normal[..., 0, 2] = normal[..., 2, 0] = -sum_u
    normal[..., 1, 2] = normal[..., 2, 1] = -sum_v
    normal[..., 2, 2] = (weight * (u * u + v * v)).sum(-1)
    off_u, off_v = u * turned[..., 2] - turned[..., 0], v * turned[..., 2] - turned[..., 1]
    right = np.stack((off_u, off_v, -(u * off_u + v * off_v)), -1) * weight[..., None]
    normal += SLIGHTEST * np.eye(3)
    found: Numbers = np.linalg.solve(normal, right.sum(-2)[..., None])[..., 0]
    return found


def _refined(poses: Poses, flat: Numbers, plane: Numbers, weight: Numbers) -> Poses:
    """Take one step of Gauss and Newton towards the least error on the plane z = 1."""
    points = _carried(poses, flat)
    depth = np.maximum(points[..., 2], SLIGHTEST)
    x, y = points[..., 0] / depth, points[..., 1] / depth
    zero, near = np.zeros_like(x), 1 / depth
    by_x = np.stack((-x * y, 1 + x * x, -y, near, zero, -x * near), -1) * weight[..., None]
    by_y = np.stack((-1 - y * y, x * y, x, zero, near, -y * near), -1) * weight[..., None]
    off_x, off_y = (plane[..., 0] - x) * weight, (plane[..., 1] - y) * weight
    normal = np.swapaxes(by_x, -1, -2) @ by_x + np.swapaxes(by_y, -1, -2) @ by_y
    right = np.swapaxes(by_x, -1, -2) @ off_x[..., None] + np.swapaxes(by_y, -1, -2) @ off_y[..., None]
    normal += 1e-9 * np.trace(normal, axis1=-2, axis2=-1)[..., None, None] * np.eye(6) + SLIGHTEST * np.eye(6)
    step = np.linalg.solve(normal, right)[..., 0]
    largest = np.abs(step).max(-1, keepdims=True)
    return poses.moved(step * np.minimum(1, 0.3 / np.maximum(largest, SLIGHTEST)))


def _errors(poses: Poses, flat: Numbers, plane: Numbers, weight: Numbers) -> Numbers:
    points = _carried(poses, flat)
    behind = ((points[..., 2] <= 0) & (weight > 0)).any(-1)
    off = points[..., :2] / np.maximum(points[..., 2:], SLIGHTEST) - plane
    total = (off**2 * weight[..., None]).sum((-1, -2))
    error = np.sqrt(total / np.maximum(2 * weight.sum(-1), 1))
    return np.where(behind | ~np.isfinite(error), np.inf, error)


def _carried(poses: Poses, flat: Numbers) -> Numbers:
    moved: Numbers = flat @ np.swapaxes(poses.rotation[..., :2], -1, -2) + poses.translation[..., None, :]
    return moved
