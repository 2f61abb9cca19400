"""The little scene that simulated cameras see: the corner of a room and a ball that circles in it.

Drawn with the geometry of a pinhole camera, in metres: x to the right, y down, z ahead. The room is drawn
once, and only the ball anew for each position: devices start within a second even nine at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import DepthMode

Floats = NDArray[np.float32]

RANGE_M = {
    DepthMode.NFOV_2X2BINNED: (0.5, 5.46),
    DepthMode.NFOV_UNBINNED: (0.5, 3.86),
    DepthMode.WFOV_2X2BINNED: (0.25, 2.88),
    DepthMode.WFOV_UNBINNED: (0.25, 2.21),
    DepthMode.PASSIVE_IR: (0.25, 2.21),
}
"""Where each mode measures (hardware specification)."""
_WIDE = (DepthMode.WFOV_2X2BINNED, DepthMode.WFOV_UNBINNED, DepthMode.PASSIVE_IR)
_NARROW_FOCAL, _WIDE_FOCAL, _COLOR_FOCAL = 0.79, 0.49, 0.478
"""Focal lengths in image widths."""
_ON_FLOOR, _AHEAD = 0, 1
_SHADES: tuple[float, ...] = (0.55, 0.8, 0.65)
"""How bright the floor, the wall ahead and the wall to the right are."""
_NOISE_M = 0.002
_GRAIN = 4.0
_BALL = (210, 60, 40)


@dataclass(frozen=True)
class _Room:
    """What a camera sees of the empty room: per pixel the ray, the distance along z, and the surface."""

    x: Floats
    y: Floats
    z: Floats
    surface: NDArray[np.int64]


def draw_depth(
    mode: DepthMode, turns: Sequence[float], seed: int
) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.uint16]]]:
    """Draw depth in mm and IR brightness, both (height, width), for positions of the ball from 0 to 1."""
    near, far = RANGE_M[mode]
    room = _build_room(*mode.size, _WIDE_FOCAL if mode in _WIDE else _NARROW_FOCAL, 0.8 * far)
    z = room.z + _noise(seed, room.z.shape, _NOISE_M)
    in_view = (z > near) & (z < far)
    if mode in _WIDE:
        # The wide view is a circle that touches the image's edges.
        in_view &= room.x**2 + room.y**2 < (0.5 / _WIDE_FOCAL) ** 2
    depth = np.where(in_view, z * 1000, 0).astype(np.uint16)
    infrared = _brightness(np.choose(room.surface, _SHADES), z)
    for turn in turns:
        box, on_ball, front = _place_ball(room, turn, 0.5 * far)
        shown, lit = depth.copy(), infrared.copy()
        shown[box][on_ball] = (front[on_ball] * 1000).astype(np.uint16)
        lit[box][on_ball] = _brightness(1.0, front[on_ball])
        yield shown, lit


def draw_color(width: int, height: int, turns: Sequence[float], seed: int) -> Iterator[NDArray[np.uint8]]:
    """Draw the room in color, (height, width, 3) RGB; `seed` tints the walls, as no two rooms are alike."""
    room = _build_room(width, height, _COLOR_FOCAL, 3.0)
    along = np.where(room.surface == _ON_FLOOR, room.z, room.y * room.z)
    across = np.where(room.surface == _AHEAD, room.x, 1) * room.z
    tiles = (np.floor(across * 3) + np.floor(along * 3)) % 2
    light = np.choose(room.surface, _SHADES) * (1 + 0.12 * tiles) * (1.15 - 0.1 * room.z)
    tint = np.random.default_rng(seed).uniform(0.6, 1.0, 3).astype(np.float32) * 230
    picture = light.astype(np.float32)[..., None] * tint
    picture += _noise(seed, light.shape, _GRAIN)[..., None]
    empty = np.clip(picture, 0, 255).astype(np.uint8)
    for turn in turns:
        box, on_ball, _ = _place_ball(room, turn, 1.9)
        shown = empty.copy()
        shown[box][on_ball] = _BALL
        yield shown


def _noise(seed: int, shape: tuple[int, ...], scale: float) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32) * np.float32(scale)


def _brightness(shade: float | NDArray[np.float64], z: Floats) -> NDArray[np.uint16]:
    """Return what the IR camera sees of its own light, which falls off with the square of the distance."""
    return np.clip(shade * 1500 / np.maximum(z, 0.1) ** 2, 10, 65535).astype(np.uint16)


def _build_room(width: int, height: int, focal: float, wall_m: float) -> _Room:
    """Cast a ray through each pixel at a floor, a wall ahead and a wall to the right."""
    column = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / np.float32(focal * width)
    row = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / np.float32(focal * width)
    x, y = np.meshgrid(column.astype(np.float32), row.astype(np.float32))
    floor = 0.35 * wall_m / np.maximum(y, 1e-3)
    side = 0.45 * wall_m / np.maximum(x, 1e-3)
    hits = np.stack([floor, np.full_like(x, wall_m), side])
    return _Room(x, y, hits.min(axis=0), hits.argmin(axis=0))


def _place_ball(
    room: _Room, turn: float, away_m: float
) -> tuple[tuple[slice, slice], NDArray[np.bool_], Floats]:
    """Return a part of the image with the ball in it, which of its pixels show it, and how far it is."""
    angle = 2 * math.pi * turn
    centre = np.array([0.25 * math.cos(angle), 0.12 * math.sin(angle), 1 + 0.15 * math.sin(angle)]) * away_m
    radius = 0.11 * away_m
    box = _box_around(room, centre, radius)
    x, y = room.x[box], room.y[box]
    square = x**2 + y**2 + 1
    along = (x * centre[0] + y * centre[1] + centre[2]) / square
    root = along**2 - (centre @ centre - radius**2) / square
    front = along - np.sqrt(np.maximum(root, 0))
    return box, (root > 0) & (front < room.z[box]), front.astype(np.float32)


def _box_around(room: _Room, centre: NDArray[np.float64], radius: float) -> tuple[slice, slice]:
    """Return the part of the image that a ball can cover at most."""
    reach = 1.5 * radius / (centre[2] - radius)
    columns = np.searchsorted(room.x[0], [centre[0] / centre[2] - reach, centre[0] / centre[2] + reach])
    rows = np.searchsorted(room.y[:, 0], [centre[1] / centre[2] - reach, centre[1] / centre[2] + reach])
    return slice(rows[0], rows[1]), slice(columns[0], columns[1])
