"""What depth on a board says: how far measured points are from its plane, which tells the board's true size.

Depth is off by some millimetres, by another amount on each device. Corners alone can't tell: a board that is
printed too large only seems nearer. So each device gets an offset, near zero by a prior, and the board a
scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.normal_equations import Rows
from kinect_sync.calibration.solving.state import Columns, State
from kinect_sync.calibration.solving.view_table import DEPTH, Index, RigLenses
from kinect_sync.calibration.views import DepthPatch
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers

CELLS = 2
"""A patch is told by the means of so many times so many cells: its distance and its tilt. Neighbouring pixels
are wrong together, so that more cells would only claim to know more."""
FEWEST_PIXELS = 24
"""A patch needs so many: six in a cell."""
STRAY = 4.0
"""Pixels off the patch's own plane by more than so many times the spread are left out: they fly."""


@dataclass(frozen=True)
class PatchTable:
    """Depth patches, each a row."""

    device: Index
    """Shape (patches,)."""
    board: Index
    """Number of the board's pose, shape (patches,)."""
    ray: Numbers
    """Mean ray (z = 1) of each cell in the depth camera's frame, shape (patches, cells, 3)."""
    point: Numbers
    """Mean of the points, as measured, in metres, shape (patches, cells, 3)."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.device)

    def rows(self, chosen: Flags) -> PatchTable:
        """Return some of the patches."""
        return PatchTable(self.device[chosen], self.board[chosen], self.ray[chosen], self.point[chosen])


def tabulate_patches(rig: RigLenses, patches: Sequence[DepthPatch], pulses: Sequence[int]) -> PatchTable:
    """Bring patches of the rig's devices at some pulses into a table, but for those that say too little."""
    board_of = {pulse: number for number, pulse in enumerate(pulses)}
    rows = []
    for device, name in enumerate(rig.names):
        lens = rig.lenses[device][DEPTH]
        mine = [patch for patch in patches if patch.device == name and patch.pulse in board_of]
        if lens is not None and mine:
            for patch, (rays, z_m) in zip(mine, straighten_patches(lens, mine), strict=True):
                cells = cut_patch(rays, z_m)
                if cells is not None:
                    rows.append((device, board_of[patch.pulse], *cells))
    devices, boards, cell_rays, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    shape = (len(rows), CELLS * CELLS, 3)
    return PatchTable(
        device=np.array(devices, np.int64),
        board=np.array(boards, np.int64),
        ray=np.array(cell_rays).reshape(shape),
        point=np.array(points).reshape(shape),
    )


def straighten_patches(lens: Lens, patches: Sequence[DepthPatch]) -> list[tuple[Numbers, Numbers]]:
    """Return the rays and depths of each patch's pixels that have both, all unprojected at once."""
    rays, valid = lens.unproject(np.concatenate([patch.pixels for patch in patches]))
    ends = np.cumsum([len(patch.pixels) for patch in patches])
    straight = []
    for patch, mine, seen in zip(patches, np.split(rays, ends[:-1]), np.split(valid, ends[:-1]), strict=True):
        measured = seen & (patch.z_m > 0)
        straight.append((mine[measured], patch.z_m[measured]))
    return straight


def cut_patch(rays: Numbers, z_m: Numbers) -> tuple[Numbers, Numbers] | None:
    """Return the mean rays and the mean points of a patch's cells; None where it says too little."""
    if len(z_m) < FEWEST_PIXELS:
        return None
    kept = on_one_plane(rays, z_m)
    rays, z_m = rays[kept], z_m[kept]
    if len(z_m) < FEWEST_PIXELS:
        return None
    parts = np.array_split(np.argsort(rays[:, 0], kind="stable"), CELLS)
    cells = [
        cell
        for part in parts
        for cell in np.array_split(part[np.argsort(rays[part, 1], kind="stable")], CELLS)
    ]
    begins = np.cumsum([0, *(len(cell) for cell in cells[:-1])])
    both = np.concatenate((rays, rays * z_m[:, None]), 1)[np.concatenate(cells)]
    means = np.add.reduceat(both, begins) / np.array([[len(cell)] for cell in cells])
    return means[:, :3], means[:, 3:]


def on_one_plane(rays: Numbers, z_m: Numbers) -> Flags:
    """Return which pixels are on the plane that most are on."""
    kept = np.ones(len(z_m), bool)
    for _ in range(3):
        off = z_m - 1 / (rays @ fit_plane(rays[kept], z_m[kept]))
        spread = 1.4826 * np.median(np.abs(off[kept])) + 1e-6
        kept = np.abs(off) < STRAY * spread
    return kept


def fit_plane(rays: Numbers, z_m: Numbers) -> Numbers:
    """Return the plane through points by least squares: rays (z = 1) times it are 1 / z."""
    fitted: Numbers = np.linalg.solve(rays.T @ rays + 1e-12 * np.eye(3), rays.T @ (1 / z_m))
    return fitted


def plane_distances(patches: PatchTable, rig: RigLenses, state: State) -> Numbers:
    """Return how far behind the board's plane each cell is measured, in metres, shape (patches, cells)."""
    points = corrected(patches, state)
    board = state.depth_from_world(rig).at(patches.device).of(state.world_from_board.at(patches.board))
    distances: Numbers = board.inverse().apply(points)[..., 2]
    return distances


def median_offsets_m(patches: PatchTable, rig: RigLenses, state: State) -> Numbers:
    """Return which offsets would bring the middle of each device's cells onto the boards' planes, in metres.

    Shape (devices,); 0 where a device has no patch.
    """
    board = state.depth_from_world(rig).at(patches.device).of(state.world_from_board.at(patches.board))
    along = (patches.ray * board.rotation[:, None, :, 2]).sum(-1)
    lacking = state.offset_m[patches.device, None] - plane_distances(patches, rig, state) / along
    mine = [lacking[patches.device == device] for device in range(len(rig))]
    return np.array([np.median(each) if each.size else 0.0 for each in mine])


def corrected(patches: PatchTable, state: State) -> Numbers:
    """Return the cells' points with the devices' offsets added along z."""
    points: Numbers = patches.point + patches.ray * state.offset_m[patches.device, None, None]
    return points


def plane_rows(patches: PatchTable, rig: RigLenses, state: State, weight: Numbers) -> Rows:
    """Return the residuals of cells; `weight` is 1 / m for each, shape (patches, cells)."""
    device, leads = patches.device, (rig.lead == DEPTH)[patches.device]
    points = corrected(patches, state)
    board = state.depth_from_world(rig).at(device).of(state.world_from_board.at(patches.board))
    in_board, normal = board.inverse().apply(points), board.rotation[:, :, 2]
    inner = state.other_from_lead.at(device)
    to_lead = np.where(leads[:, None, None], np.eye(3), inner.rotation)
    lead_points = (points - np.where(leads[:, None], 0.0, inner.translation)[:, None]) @ to_lead
    lead_normal = (np.swapaxes(to_lead, 1, 2) @ normal[..., None])[..., 0]
    by_lead = _by_motion(lead_normal[:, None], lead_points)
    by_other = _by_motion(normal[:, None], points) * ~leads[:, None, None]
    by_board = _by_motion(np.array([0.0, 0.0, 1.0]), in_board)
    by_offset = (patches.ray * normal[:, None]).sum(-1)
    columns = Columns(len(rig))
    offset = columns.offsets.start + device
    by_common = np.concatenate((by_lead, by_other, by_offset[..., None]), -1)
    return Rows(
        residual=in_board[..., 2] * weight,
        by_board=by_board * weight[..., None],
        board=patches.board,
        by_common=by_common * weight[..., None],
        columns=np.concatenate((columns.of_devices(device), offset[:, None]), 1),
    )


def _by_motion(normal: Numbers, points: Numbers) -> Numbers:
    """Return how the distance of points from a plane changes as the plane is moved by a twist."""
    turned = np.cross(np.broadcast_to(normal, points.shape), points)
    return np.concatenate((turned, -np.broadcast_to(normal, points.shape)), -1)
