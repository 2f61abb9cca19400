"""How the board is walked: where it is at any time, and since when it has been held still there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.description import WalkFields
from kinect_sync.devices.simulated.room.poses import Matrix, Vector, between, facing, inverse, moved, pose


@dataclass(frozen=True)
class Walk:
    """A board that is held still and moved by turns, by the time since the first pulse."""

    stations: tuple[Matrix, ...]
    """world_from_board where it is held, the origin in the board's frame."""
    begins_s: float
    hold_s: float
    move_s: float

    @property
    def ends_s(self) -> float:
        """From then on it stays where it is."""
        last = len(self.stations) - 1
        return self.begins_s + last * (self.hold_s + self.move_s)

    def world_from_board(self, time_s: float) -> Matrix:
        """Return where the board is."""
        station, part = self._progress(time_s)
        if part == 0:
            return self.stations[station]
        # The jerk is least: so hands move.
        smooth = part**3 * (10 - 15 * part + 6 * part**2)
        return between(self.stations[station], self.stations[station + 1], smooth)

    def held_at(self, time_s: float) -> int | None:
        """Return the number of the station where it is held at that time; None while it is moved."""
        station, part = self._progress(time_s)
        return station if part == 0 else None

    def still_s(self, station: int) -> tuple[float, float]:
        """Return from when until when it is held at a station; the last has no end."""
        period = self.hold_s + self.move_s
        end = self.begins_s + station * period
        begin = end - self.hold_s if station else -math.inf
        return begin, end if station < len(self.stations) - 1 else math.inf

    def _progress(self, time_s: float) -> tuple[int, float]:
        """Return the station that was last left or is held at, and how far the next one is reached."""
        last = len(self.stations) - 1
        since = time_s - self.begins_s
        if since <= 0:
            return 0, 0.0
        station, into = divmod(since, self.hold_s + self.move_s)
        if station >= last:
            return last, 0.0
        if into < self.move_s:
            return int(station), into / self.move_s
        return int(station) + 1, 0.0


def plan_walk(
    fields: WalkFields, board: Board, cameras: list[Matrix], room_m: tuple[float, float, float]
) -> Walk:
    """Plan the walk; `cameras` are the poses of those that are to see the board."""
    if isinstance(fields.stations, int):
        held = _by_chance(fields, board, cameras, room_m)
    else:
        held = [facing(np.array(s.position_m), np.array(s.faces_m), s.roll_deg) for s in fields.stations]
    width, height = board.size_m
    centre_from_board = pose(np.eye(3), np.array([-width / 2, -height / 2, 0.0]))
    return Walk(tuple(at @ centre_from_board for at in held), fields.begins_s, fields.hold_s, fields.move_s)


# --- stations by chance -----------------------------------------------------------------------------------

_FROM_WALL_M = 0.5
_LOWEST_M, _HIGHEST_M = 0.55, 2.0
_ASIDE, _ABOVE = 0.5, 0.34
"""How far from the axis of the device a station is, on the plane z = 1."""
_STEEPEST = 0.62
"""Cosine of the steepest angle at which a device still sees it well: 52 degrees."""
_TRIES = 100


def _by_chance(
    fields: WalkFields, board: Board, cameras: list[Matrix], room_m: tuple[float, float, float]
) -> list[Matrix]:
    """Choose stations before each device by turns, and walk them by the shortest next way."""
    count = fields.stations if isinstance(fields.stations, int) else 0
    chance = np.random.default_rng([fields.seed, count])
    return _in_order([_station(fields, board, cameras, at, chance, room_m) for at in range(count)])


def _station(
    fields: WalkFields,
    board: Board,
    cameras: list[Matrix],
    number: int,
    chance: np.random.Generator,
    room_m: tuple[float, float, float],
) -> Matrix:
    """Choose one that a device and another one see; the last try stands where there is none."""
    first, wanted = number % len(cameras), min(2, len(cameras))
    best, most = np.eye(4), -1
    for _ in range(_TRIES):
        tried = _try_station(fields, cameras, first, chance, room_m)
        seeing = [_sees(camera, tried, board) for camera in cameras]
        if seeing[first] and sum(seeing) > most:
            best, most = tried, sum(seeing)
        if most >= wanted:
            break
    return best if most > 0 else tried


def _try_station(
    fields: WalkFields,
    cameras: list[Matrix],
    first: int,
    chance: np.random.Generator,
    room_m: tuple[float, float, float],
) -> Matrix:
    """Choose a place in the view of one device, and let the board face it and one of those nearby."""
    camera, distance = cameras[first], chance.uniform(fields.near_m, max(fields.near_m, fields.far_m))
    aside, above = chance.uniform(-_ASIDE, _ASIDE), chance.uniform(-_ABOVE, _ABOVE)
    at = camera[:3, :3] @ (np.array([aside, above, 1.0]) * distance) + camera[:3, 3]
    far = np.array(room_m) / 2 - _FROM_WALL_M
    at = np.clip(at, [-far[0], -far[1], _LOWEST_M], [far[0], far[1], _HIGHEST_M])
    other = cameras[_partner(cameras, first, at, chance)]
    towards = _direction(at, camera) * chance.uniform(0.6, 1.4) + _direction(at, other)
    faces = at + towards / np.linalg.norm(towards) + 0.22 * chance.standard_normal(3)
    return facing(at, faces, float(chance.uniform(-25, 25)))


def _sees(camera: Matrix, at: Matrix, board: Board) -> bool:
    """Tell whether a device sees all of the board, and not too steeply; the origin of `at` is its centre."""
    width, height = board.size_m
    corners = np.array([(x * width / 2, y * height / 2, 0.0) for x in (-1, 1) for y in (-1, 1)])
    x, y, z = moved(inverse(camera) @ at, corners).T
    if (z <= 0.1).any() or (np.abs(x) > z * 0.66).any() or (np.abs(y) > z * 0.46).any():
        return False
    return float(-at[:3, 2] @ _direction(at[:3, 3], camera)) > _STEEPEST


def _direction(at: Vector, camera: Matrix) -> Vector:
    away: Vector = camera[:3, 3] - at
    return away / np.linalg.norm(away)


def _partner(cameras: list[Matrix], first: int, at: Vector, chance: np.random.Generator) -> int:
    """Choose who else is to see the board: one of the two whose direction differs least."""
    here = _direction(at, cameras[first])
    nearness = [float(here @ _direction(at, camera)) for camera in cameras]
    nearest = [int(at) for at in np.argsort(nearness)[::-1] if at != first]
    return nearest[int(chance.integers(0, min(2, len(nearest))))] if nearest else first


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
