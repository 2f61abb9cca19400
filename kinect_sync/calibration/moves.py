"""Which devices moved between two calibrations, though each has a world of its own.

What a device sees of the board is compared, and not only where the device is: an error of its lens shifts its
place by millimetres, and what it sees hardly at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.geometry.poses import Numbers, Pose

LEAST_MM = 4.0
"""By less, what a good unit sees may differ between two walks: its lens is off by 0.1 % and half a pixel, and
that is 2.5 mm at 2 m."""
SURE = 4.0
"""Standard deviations that a move must be beyond."""
MOST_MM = 10.0
"""A device whose limit is beyond may have moved by what clouds show, and nobody would see it."""


@dataclass(frozen=True)
class Move:
    """How a device stands to where it was."""

    moved_mm: float
    """Root mean square of how far the points that it sees are from where it had seen them."""
    shift_mm: float
    """How far the device is from where it was."""
    turn_deg: float
    """How far it is turned."""


@dataclass(frozen=True)
class Comparison:
    """Two calibrations, brought into one world by the devices that stand still."""

    before_from_now: Pose
    """From the world of the later one to that of the earlier one."""
    moves: Mapping[str, Move]
    sure: frozenset[str]
    """The devices of which it is told whether they stand still: their limits are narrow, and there are two or
    more of them, as one alone agrees with itself wherever it is."""


def compare(
    before: Mapping[str, Pose],
    now: Mapping[str, Pose],
    points: Mapping[str, Numbers],
    limits: Mapping[str, float],
) -> Comparison | None:
    """Compare world_from_camera of devices; None where the two have no device in common.

    `points` are where each device saw the board, in metres in the later world, shape (n, 3); `limits` say in
    mm from where on a device counts as moved. The largest group that agrees is taken for what stands still;
    devices whose limits are beyond `MOST_MM` are not asked, if others are there.
    """
    names = [name for name in now if name in before and len(points[name])]
    if not names:
        return None
    carried = {name: before[name] @ now[name].inverse() for name in names}
    narrow = [name for name in names if limits[name] <= MOST_MM]
    asked = {name: carried[name] for name in narrow or names}
    still = max((_agreeing(name, asked, points, limits) for name in asked), key=len)
    world = _fitted([(points[name], carried[name].apply(points[name])) for name in names if name in still])
    moves = {
        name: Move(
            moved_mm=_apart_mm(world, carried[name], points[name]),
            shift_mm=1000 * _distance(world @ now[name], before[name]),
            turn_deg=_turn_deg(world @ now[name], before[name]),
        )
        for name in names
    }
    return Comparison(world, moves, frozenset(narrow if len(narrow) > 1 else ()))


def _agreeing(
    name: str, carried: Mapping[str, Pose], points: Mapping[str, Numbers], limits: Mapping[str, float]
) -> frozenset[str]:
    """Return the devices that did not move if this one did not."""
    apart = {other: _apart_mm(carried[name], carried[other], points[other]) for other in carried}
    return frozenset(other for other, mm in apart.items() if mm <= limits[other])


def _apart_mm(one: Pose, other: Pose, points: Numbers) -> float:
    """Return how far two motions carry points apart."""
    apart = one.apply(points) - other.apply(points)
    return 1000 * float(np.sqrt((apart**2).sum(-1).mean()))


def _fitted(pairs: Sequence[tuple[Numbers, Numbers]]) -> Pose:
    """Return the motion that carries points of several devices best, each device counting alike."""
    weights = np.concatenate([np.full(len(now), 1 / len(now)) for now, _ in pairs])
    weights /= weights.sum()
    now, then = (np.concatenate(part) for part in zip(*pairs, strict=True))
    middle_now, middle_then = weights @ now, weights @ then
    spread = ((then - middle_then) * weights[:, None]).T @ (now - middle_now)
    left, _, right = np.linalg.svd(spread)
    hand = np.diag((1.0, 1.0, np.sign(np.linalg.det(left @ right))))
    rotation = left @ hand @ right
    return Pose.of(rotation, middle_then - rotation @ middle_now)


def _distance(one: Pose, other: Pose) -> float:
    return float(np.linalg.norm(np.subtract(one.translation_m, other.translation_m)))


def _turn_deg(one: Pose, other: Pose) -> float:
    turn = np.array(one.rotation) @ np.array(other.rotation).T
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1.0, 1.0))))
