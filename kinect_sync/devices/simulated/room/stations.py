"""Where a board is held, by chance: spread over the room, seen well, and mostly by two devices at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.description import WalkFields
from kinect_sync.devices.simulated.room.poses import Matrix, Vector, facing, inverse, moved

_FROM_WALL_M = 0.5
_LOWEST_M, _HIGHEST_M = 0.55, 2.0
_ASIDE, _ABOVE = 0.5, 0.34
"""How far from the axis of the device a station is, on the plane z = 1."""
_HALF_WIDTH, _HALF_HEIGHT = 0.66, 0.46
"""What both cameras of a device see, on the plane z = 1."""
_STEEPEST = 0.62
"""Cosine of the steepest angle at which a device still sees it well: 52 degrees."""
_TILT = 0.22
_ROLL_DEG = 25.0
_TRIES = 100


@dataclass
class Chooser:
    """Chooses stations for devices in a room."""

    fields: WalkFields
    board: Board
    cameras: tuple[Matrix, ...]
    """Poses of those that are to see it."""
    room_m: tuple[float, float, float]
    _chance: np.random.Generator = field(init=False)

    def choose(self, count: int) -> list[Matrix]:
        """Choose stations before each device by turns, as poses of the board's centre, the shortest way."""
        self._chance = np.random.default_rng([self.fields.seed, count])
        return _in_order([self._choose_before(at % len(self.cameras)) for at in range(count)])

    def _choose_before(self, first: int) -> Matrix:
        """Choose one that a device sees, and another one too; where no try is seen, the last one stands."""
        tried, best, most = np.eye(4), None, 0
        for _ in range(_TRIES):
            tried = self._try(first)
            seeing = [self._sees(camera, tried) for camera in self.cameras]
            if seeing[first] and sum(seeing) > most:
                best, most = tried, sum(seeing)
            if most >= min(2, len(self.cameras)):
                break
        return tried if best is None else best

    def _try(self, first: int) -> Matrix:
        """Take a place in the view of one device, and let the board face it and one of those nearby."""
        camera, fields, chance = self.cameras[first], self.fields, self._chance
        distance = chance.uniform(fields.near_m, max(fields.near_m, fields.far_m))
        aside, above = chance.uniform(-_ASIDE, _ASIDE), chance.uniform(-_ABOVE, _ABOVE)
        at = camera[:3, :3] @ (np.array([aside, above, 1.0]) * distance) + camera[:3, 3]
        far = np.array(self.room_m) / 2 - _FROM_WALL_M
        at = np.clip(at, [-far[0], -far[1], _LOWEST_M], [far[0], far[1], _HIGHEST_M])
        towards = _direction(at, camera) * chance.uniform(0.6, 1.4)
        towards += _direction(at, self.cameras[self._partner(first, at)])
        faces = at + towards / np.linalg.norm(towards) + _TILT * chance.standard_normal(3)
        return facing(at, faces, float(chance.uniform(-_ROLL_DEG, _ROLL_DEG)))

    def _partner(self, first: int, at: Vector) -> int:
        """Choose who else is to see the board: one of the two whose direction differs least."""
        here = _direction(at, self.cameras[first])
        nearness = [float(here @ _direction(at, camera)) for camera in self.cameras]
        nearest = [int(other) for other in np.argsort(nearness)[::-1] if other != first]
        return nearest[int(self._chance.integers(0, min(2, len(nearest))))] if nearest else first

    def _sees(self, camera: Matrix, at: Matrix) -> bool:
        """Tell whether a device sees all of the board, and not too steeply."""
        width, height = self.board.size_m
        corners = np.array([(x * width / 2, y * height / 2, 0.0) for x in (-1, 1) for y in (-1, 1)])
        x, y, z = moved(inverse(camera) @ at, corners).T
        if (z <= 0.1).any() or (np.abs(x) > z * _HALF_WIDTH).any() or (np.abs(y) > z * _HALF_HEIGHT).any():
            return False
        return float(-at[:3, 2] @ _direction(at[:3, 3], camera)) > _STEEPEST


def _direction(at: Vector, camera: Matrix) -> Vector:
    away: Vector = camera[:3, 3] - at
    return away / np.linalg.norm(away)


def _in_order(stations: list[Matrix]) -> list[Matrix]:
    """Order stations so that each is followed by the nearest that is left; a turn counts as a way."""
    left, ordered = list(stations[1:]), [stations[0]]
    while left:
        nearest = min(range(len(left)), key=lambda i: _way(ordered[-1], left[i]))
        ordered.append(left.pop(nearest))
    return ordered


def _way(first: Matrix, second: Matrix) -> float:
    apart = float(np.linalg.norm(first[:3, 3] - second[:3, 3]))
    return apart + 0.5 * float(np.linalg.norm(first[:3, :3] - second[:3, :3]))
