"""Where the floor is among the points of a room: the lowest wide plane that is nearly level.

Walls, people and furniture are most of what depth cameras see, the floor often a tenth. So nothing is left to
chance: all directions near up are tried, each with a histogram of heights, in which a floor stands out
however few its points are. What stands out is fitted until it stands, without what rises from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

LEAN_DEG = 15.0
"""So far a floor may lean against what accelerometers call level; they are off by a degree or two."""
FLOOR_M = 0.015
"""Points that are so near are on the floor: depth's own noise on it, at 3 m and at a slant."""
BENEATH_M = 0.06
"""A plane with more than a third as many points further beneath it as are on it is no floor: a table."""
LEAST_PART = 0.02
LEAST_AREA_M2 = 0.5
"""A plane with fewer points, or on less area, is a step, a chair, or a slice of a wall."""
_RISE_M = (2 * FLOOR_M, 0.15)
_CELL_M = 0.2
"""Where a quarter as many points as on the floor are so high over it, a wall or a foot begins."""
_MOST_POINTS = 20_000
_FEW_POINTS = 5_000
_STEP_DEG = 1.5
_BIN_M = 0.03
_GUESSES = 12
_REACHES_M = (0.06, 0.04, 0.025, *(FLOOR_M,) * 20)


@dataclass(frozen=True)
class Floor:
    """A level plane with many points on it, and few beneath."""

    normal: tuple[float, float, float]
    """Up."""
    offset_m: float
    """Points of the floor have normal · point = offset."""
    spread_m: float
    """Root mean square of the distances of its points."""
    part: float
    """Part of all points that are on it."""
    middle: tuple[float, float, float]
    """The mean of its points."""


def find_floor(points: Numbers, up: Numbers, lean_deg: float = LEAN_DEG) -> Floor | None:
    """Return the floor among points of shape (n, 3), in metres; None where none is seen.

    It leans against `up` by no more than `lean_deg`. The same points give the same floor.
    """
    points = np.asarray(points, np.float64)
    points = _thinned(points[np.isfinite(points).all(1)], _MOST_POINTS)
    if len(points) < 100:
        return None
    up = np.asarray(up, np.float64) / np.linalg.norm(up)
    centre = points.mean(0)
    settled = [_settled(points - centre, *guess) for guess in _guesses(points - centre, up, lean_deg)]
    level = np.cos(np.radians(lean_deg))
    planes = [each for each in settled if each is not None and np.array(each.normal) @ up > level]
    if not planes:
        return None
    lowest = max(planes, key=lambda plane: plane.part)
    while beneath := [plane for plane in planes if _is_beneath(plane, lowest)]:
        lowest = max(beneath, key=lambda plane: plane.part)
    return _moved(lowest, centre)


def _thinned(points: Numbers, most: int) -> Numbers:
    return points[:: -(-len(points) // most)] if len(points) else points


def _is_beneath(low: Floor, high: Floor) -> bool:
    over = np.array(low.normal) @ high.middle - low.offset_m
    under = np.array(high.normal) @ low.middle - high.offset_m
    return bool(over > BENEATH_M and under < -BENEATH_M)


def _moved(floor: Floor, by: Numbers) -> Floor:
    normal = np.array(floor.normal)
    offset = floor.offset_m + float(normal @ by)
    return Floor(floor.normal, offset, floor.spread_m, floor.part, _triple(by + floor.middle))


# --- guesses ----------------------------------------------------------------------------------------------


def _guesses(points: Numbers, up: Numbers, lean_deg: float) -> Iterator[tuple[Numbers, float]]:
    """Yield normals and offsets of planes with many points on them and few beneath, the best first."""
    few = _thinned(points, _FEW_POINTS)
    directions = _near(up, lean_deg)
    lowest = -float(np.linalg.norm(few, axis=1).max())
    scores = _scores(few, directions, lowest)
    tops = lowest + _BIN_M * np.arange(1, scores.shape[1] + 1)
    for _ in range(_GUESSES):
        way, place = divmod(int(scores.argmax()), scores.shape[1])
        yield directions[way], tops[place]
        # The same plane from beside is no other guess.
        alike = directions @ directions[way] > np.cos(np.radians(4.0))
        scores[np.ix_(alike, np.abs(tops - tops[place]) < 0.12)] = -len(few)


def _near(up: Numbers, lean_deg: float) -> Numbers:
    """Return unit vectors all over the cone around `up`, shape (n, 3)."""
    across = np.linalg.svd(up[None])[2][1:]
    steps = np.arange(-int(lean_deg / _STEP_DEG), int(lean_deg / _STEP_DEG) + 1) * np.radians(_STEP_DEG)
    lean: Numbers = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    angle = np.linalg.norm(lean, axis=1, keepdims=True)
    kept = angle[:, 0] <= np.radians(lean_deg)
    directions: Numbers = np.sinc(angle / np.pi) * (lean @ across) + np.cos(angle) * up
    near: Numbers = directions[kept]
    return near


def _scores(points: Numbers, directions: Numbers, lowest: float) -> Numbers:
    """Return, by direction and height, how many more points are in two bins than beneath them.

    Shape (directions, bins). A direction that is off by a degree bends a floor by some bins: those do not
    count as beneath.
    """
    bins = int(-2 * lowest / _BIN_M) + 2
    counts = np.empty((len(directions), bins))
    for at, direction in enumerate(directions):
        place = ((points @ direction - lowest) / _BIN_M).astype(np.int64)
        counts[at] = np.bincount(place, minlength=bins)[:bins]
    beneath = np.zeros_like(counts)
    beneath[:, 4:] = np.cumsum(counts, axis=1)[:, :-4]
    counts[:, :-1] += counts[:, 1:]
    scores: Numbers = counts - beneath
    return scores


# --- fitting ----------------------------------------------------------------------------------------------


def _settled(points: Numbers, normal: Numbers, offset: float) -> Floor | None:
    """Fit a plane to the points near it, nearer and nearer, until they are the same; None: no floor."""
    before = None
    for reach in _REACHES_M:
        height = points @ normal - offset
        on = np.abs(height) < reach
        if reach == FLOOR_M:
            on, area_m2 = _bare(points, normal, height, on)
        if on.mean() < LEAST_PART or (reach == FLOOR_M and area_m2 < LEAST_AREA_M2):
            return None
        if before is not None and (on == before).all():
            break
        before = on
        middle = points[on].mean(0)
        axis = np.linalg.eigh(np.cov(points[on].T))[1][:, 0]
        normal = axis * np.sign(axis @ normal)
        offset = float(normal @ middle)
    if (height < -BENEATH_M).sum() > on.sum() / 3:
        return None
    spread = float(np.sqrt((height[on] ** 2).mean()))
    return Floor(_triple(normal), offset, spread, float(on.mean()), _triple(middle))


def _bare(points: Numbers, normal: Numbers, height: Numbers, on: Flags) -> tuple[Flags, float]:
    """Return which of the points on a plane have nothing just over them, and their area in m²."""
    across = np.linalg.svd(normal[None])[2][1:]
    place = np.floor(points @ across.T / _CELL_M).astype(np.int64)
    place -= place.min(0)
    cell = place[:, 0] * (place[:, 1].max() + 1) + place[:, 1]
    over = (height > _RISE_M[0]) & (height < _RISE_M[1])
    floor, rise = np.bincount(cell[on], minlength=cell.max() + 1), np.bincount(cell[over])
    rise = np.pad(rise, (0, len(floor) - len(rise)))
    bare = (floor > 0) & (4 * rise <= floor)
    return on & bare[cell], float(bare.sum() * _CELL_M**2)


def _triple(numbers: Numbers) -> tuple[float, float, float]:
    first, second, third = numbers.tolist()
    return first, second, third
