"""What a camera sees of the room without the board: casts a ray at walls, balls and boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.description import Box, Room, Sphere
from kinect_sync.devices.simulated.room.poses import Matrix, unit
from kinect_sync.devices.simulated.room.walls import TEXEL_M, paint

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Axes = tuple[Floats, Floats, Floats]
"""x, y and z of vectors, each in an array of its own: a third of the time of one array of triples."""

LIGHT = unit(np.array([0.3, -0.4, 1.0]))
"""Where most of the light comes from."""
_SHADES = np.array([0.92, 0.84, 0.88, 0.96, 0.9, 1.0], np.float32)
"""How bright the light falls on the six walls, in the order of their pictures."""


@dataclass(frozen=True)
class Hits:
    """What rays met."""

    z: Floats
    """How far along the ray, in units of its length: depth, where rays have z = 1 in their camera."""
    color: Floats
    """Its color in the light of the room, (…, 3)."""
    slant: Floats
    """Cosine of the angle between the ray and the normal of the surface, 0 to 1."""


@dataclass(frozen=True)
class Scenery:
    """The room with what stands in it."""

    room: Room
    spheres: tuple[Sphere, ...]
    boxes: tuple[Box, ...]

    def cast(self, origin: NDArray[np.float64], ahead: Axes) -> Hits:
        """Cast rays of the world from one point; one-dimensional."""
        hits = self._cast_walls(origin, ahead)
        for sphere in self.spheres:
            _cast_sphere(sphere, origin, ahead, hits)
        for box in self.boxes:
            _cast_box(box, origin, ahead, hits)
        return hits

    def _cast_walls(self, origin: NDArray[np.float64], ahead: Axes) -> Hits:
        room = self.room
        low = (-room.width_m / 2, -room.length_m / 2, 0.0)
        high = (room.width_m / 2, room.length_m / 2, room.height_m)
        to_axis = [_to_wall(origin[i], ahead[i], low[i], high[i]) for i in range(3)]
        z = np.minimum(np.minimum(to_axis[0], to_axis[1]), to_axis[2])
        length = np.sqrt(ahead[0] ** 2 + ahead[1] ** 2 + ahead[2] ** 2)
        color = np.empty((*z.shape, 3), np.float32)
        slant = np.empty_like(z)
        for side, picture in enumerate(paint(room)):
            along = ahead[side // 2]
            on = (to_axis[side // 2] == z) & ((along > 0) == bool(side % 2))
            right, up = {0: (1, 2), 1: (0, 2), 2: (0, 1)}[side // 2]
            column = (origin[right] + ahead[right][on] * z[on] - low[right]) * (1 / TEXEL_M)
            row = (origin[up] + ahead[up][on] * z[on] - low[up]) * (1 / TEXEL_M)
            rows = np.clip(row, 0, picture.shape[0] - 1).astype(np.int32)
            columns = np.clip(column, 0, picture.shape[1] - 1).astype(np.int32)
            color[on] = picture[rows, columns] * _SHADES[side]
            slant[on] = np.abs(along[on]) / length[on]
        return Hits(z, color, slant)


def _to_wall(origin: float, ahead: Floats, low: float, high: float) -> Floats:
    with np.errstate(divide="ignore"):
        away: Floats = (np.where(ahead > 0, high - origin, low - origin) / ahead).astype(np.float32)
    return np.where(ahead == 0, np.float32(np.inf), away)


def _cast_sphere(sphere: Sphere, origin: NDArray[np.float64], ahead: Axes, hits: Hits) -> None:
    x, y, z = ahead
    to = np.array(sphere.centre_m) - origin
    square = x**2 + y**2 + z**2
    along = (x * to[0] + y * to[1] + z * to[2]) / square
    root = along**2 - (to @ to - sphere.radius_m**2) / square
    front = along - np.sqrt(np.maximum(root, 0))
    on = (root > 0) & (front > 0) & (front < hits.z)
    normal = [(axis[on] * front[on] - to[i]) / sphere.radius_m for i, axis in enumerate(ahead)]
    _put(hits, on, front, (normal[0], normal[1], normal[2]), ahead, sphere.color)


def _cast_box(box: Box, origin: NDArray[np.float64], ahead: Axes, hits: Hits) -> None:
    """Cast in the frame of the box: it is where the ray is between all three pairs of its sides."""
    turn = math.radians(box.turn_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    back: Matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    start = back @ (origin - np.array(box.centre_m))
    inside = [(ahead[0] * row[0] + ahead[1] * row[1] + ahead[2] * row[2]) for row in back]
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = [_slab(start[i], inside[i], box.size_m[i] / 2) for i in range(3)]
    front = np.maximum(np.maximum(pairs[0][0], pairs[1][0]), pairs[2][0])
    leave = np.minimum(np.minimum(pairs[0][1], pairs[1][1]), pairs[2][1])
    on = (front < leave) & (front > 0) & (front < hits.z)
    local = [np.where(pairs[i][0][on] == front[on], -np.sign(inside[i][on]), 0.0) for i in range(3)]
    normal = [sum(back[j, i] * local[j] for j in range(3)) for i in range(3)]
    _put(hits, on, front, (normal[0], normal[1], normal[2]), ahead, box.color)


def _slab(start: float, ahead: Floats, half: float) -> tuple[Floats, Floats]:
    first, second = (-half - start) / ahead, (half - start) / ahead
    return np.minimum(first, second), np.maximum(first, second)


def _put(hits: Hits, on: Flags, front: Floats, normal: Axes, ahead: Axes, color: tuple[int, ...]) -> None:
    """Put what is nearer before what was seen until now, in the light of the room."""
    light = 0.55 + 0.45 * np.maximum(sum(normal[i] * LIGHT[i] for i in range(3)), 0.0)
    length = np.sqrt(ahead[0][on] ** 2 + ahead[1][on] ** 2 + ahead[2][on] ** 2)
    hits.z[on] = front[on]
    hits.slant[on] = np.abs(sum(normal[i] * ahead[i][on] for i in range(3))) / length
    hits.color[on] = light[:, None] * np.array(color, np.float32)
