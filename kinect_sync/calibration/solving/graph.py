"""Which devices are bound to which by boards that both saw, and where they are to one another, roughly.

For a pair, each board gives up to four answers, as either view has two; what most boards agree on is right.
The strongest pairs make a tree, along which every device is reached from the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.solving.planar_pose import PlanarPoses
from kinect_sync.calibration.solving.stacked_poses import Poses, nearest_rotations
from kinect_sync.calibration.solving.view_table import Index, RigLenses, ViewTable
from kinect_sync.geometry.poses import Numbers

MOST_BOARDS = 80
"""So many of a pair's boards, spread evenly, decide where its devices are."""
NEAR_RAD, NEAR_PART = np.radians(3.0), 0.04
"""Answers agree up to this turn, and up to this part of the distance to the board."""
WORSE_PX = 3.0
"""A second answer that is worse than the first by so many times, and as many tenths of a pixel, is none."""


@dataclass(frozen=True)
class Sightings:
    """Which board each device saw how: one view of a device for each board."""

    device: Index
    """Shape (n,)."""
    board: Index
    """Shape (n,)."""
    lead_from_board: Poses
    """Both answers, shape (n, 2)."""
    error_px: Numbers
    """Of each answer, infinite where there is none; shape (n, 2)."""

    def of(self, device: int) -> dict[int, int]:
        """Return the row of each board that a device saw."""
        return {int(self.board[row]): int(row) for row in np.flatnonzero(self.device == device)}


class Bond(NamedTuple):
    """What two devices' shared boards say of them."""

    first: int
    second: int
    boards: int
    """How many boards agree."""
    first_from_second: Poses


def gather_sightings(table: ViewTable, rig: RigLenses, planar: PlanarPoses) -> Sightings:
    """Choose a view of each device for each board: its lead camera's, if there is one."""
    leads = table.camera == rig.lead[table.device]
    order = np.lexsort((~leads, table.board, table.device))
    both = np.stack((table.device[order], table.board[order]), -1)
    begins = np.ones(len(order), bool)
    begins[1:] = (both[1:] != both[:-1]).any(1)
    rows = order[begins]
    poses, back = planar.camera_from_board.at(rows), rig.other_from_lead.at(table.device[rows]).inverse()
    carried = Poses(back.rotation[:, None], back.translation[:, None]).of(poses)
    kept = leads[rows][:, None]
    lead_from_board = Poses(
        np.where(kept[..., None, None], poses.rotation, carried.rotation),
        np.where(kept[..., None], poses.translation, carried.translation),
    )
    error = planar.error_px[rows].copy()
    worse = (error[:, 1] > WORSE_PX * error[:, 0]) & (error[:, 1] > error[:, 0] + WORSE_PX / 10)
    error[worse, 1] = np.inf
    return Sightings(table.device[rows], table.board[rows], lead_from_board, error)


def find_bonds(sightings: Sightings, devices: int) -> list[Bond]:
    """Return the bond of each pair of devices that shares a board."""
    seen = [sightings.of(device) for device in range(devices)]
    bonds = []
    for first in range(devices):
        for second in range(first + 1, devices):
            shared = sorted(seen[first].keys() & seen[second].keys())
            if shared:
                rows = np.array([(seen[first][board], seen[second][board]) for board in shared])
                bonds.append(_agree(sightings, rows[_spread(len(rows))], first, second, len(shared)))
    return [bond for bond in bonds if bond.boards]


def _spread(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_BOARDS)).round().astype(np.int64))


def _agree(sightings: Sightings, rows: Index, first: int, second: int, shared: int) -> Bond:
    """Find the answer that most boards give, and average those that agree with it."""
    mine, theirs = sightings.lead_from_board.at(rows[:, 0]), sightings.lead_from_board.at(rows[:, 1])
    answers = Poses(mine.rotation[:, :, None], mine.translation[:, :, None]).of(
        Poses(theirs.rotation[:, None], theirs.translation[:, None]).inverse()
    )
    errors = sightings.error_px[rows]
    total = (errors[:, 0, :, None] + errors[:, 1, None, :]).reshape(-1)
    rotation, translation = answers.rotation.reshape(-1, 3, 3), answers.translation.reshape(-1, 3)
    away = np.linalg.norm(mine.translation, axis=-1) + np.linalg.norm(theirs.translation, axis=-1)
    reach = np.repeat(away.mean(-1) * NEAR_PART, 4)
    near = _nearness(rotation, translation, reach)
    near[~np.isfinite(total)] = 0.0
    near[:, ~np.isfinite(total)] = 0.0
    votes = near.reshape(len(total), -1, 4).max(-1)
    best = int(np.argmax(votes.sum(1) - 1e-6 * np.where(np.isfinite(total), total, 0.0)))
    weight = near[best] * (near[best] > 0.2)
    mean = nearest_rotations((rotation * weight[:, None, None]).sum(0))
    middle = (translation * weight[:, None]).sum(0) / max(weight.sum(), 1e-12)
    agreeing = float((votes[best] > 0.2).mean())
    return Bond(first, second, int(np.ceil(agreeing * shared)), Poses(mean, middle))


def _nearness(rotation: Numbers, translation: Numbers, reach: Numbers) -> Numbers:
    """Return from 0 to 1 how near each answer is to each other one, shape (answers, answers)."""
    flat = rotation.reshape(len(rotation), 9)
    cosine = np.clip((flat @ flat.T - 1) / 2, -1, 1)
    turn = np.arccos(cosine) / NEAR_RAD
    apart = np.linalg.norm(translation[:, None] - translation[None], axis=-1) / (reach[:, None] + reach[None])
    nearness: Numbers = np.maximum(1 - turn**2 - (2 * apart) ** 2, 0.0)
    return nearness


# --- the tree ---------------------------------------------------------------------------------------------


def connected_groups(bonds: Sequence[Bond], devices: int) -> list[list[int]]:
    """Return the devices in groups that boards connect, the largest first and then in order."""
    group = list(range(devices))
    for bond in bonds:
        old, new = group[bond.second], group[bond.first]
        group = [new if each == old else each for each in group]
    members = [
        [device for device in range(devices) if group[device] == each] for each in dict.fromkeys(group)
    ]
    return sorted(members, key=lambda each: (-len(each), each[0]))


def place_devices(bonds: Sequence[Bond], devices: int) -> Poses:
    """Return lead_from_world of connected devices, where the world is the first one's lead camera.

    Devices are reached by the strongest bonds first: a maximum spanning tree (Prim).
    """
    poses = Poses.still(devices)
    reached = {0}
    for bond in _strongest(bonds, reached):
        if bond.first in reached:
            poses_at, step, new = poses.at(bond.first), bond.first_from_second.inverse(), bond.second
        else:
            poses_at, step, new = poses.at(bond.second), bond.first_from_second, bond.first
        there = step.of(poses_at)
        poses.rotation[new], poses.translation[new] = there.rotation, there.translation
        reached.add(new)
    return poses


def _strongest(bonds: Sequence[Bond], reached: set[int]) -> Iterator[Bond]:
    """Yield the strongest bond that reaches a new device, until there is none."""
    while True:
        new = [bond for bond in bonds if (bond.first in reached) != (bond.second in reached)]
        if not new:
            return
        yield max(new, key=lambda bond: bond.boards)
