"""What hangs on the walls and lies on the floor: pictures by chance, as plain as rooms are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.description import Room

Picture = NDArray[np.uint8]

TEXEL_M = 0.008
"""A picture has a point for each 8 mm of its wall."""
_PAINT = ((196, 190, 178), (178, 190, 196), (200, 184, 170), (182, 192, 176))
_PER_M2 = 1.6


@lru_cache(maxsize=4)
def paint(room: Room) -> tuple[Picture, ...]:
    """Return six pictures (rows, columns, 3): at x low and high, at y low and high, floor and ceiling."""
    chance = np.random.default_rng([room.seed, 11])
    width, length, height = room.width_m, room.length_m, room.height_m
    walls = [_wall(chance, along, height, at) for at, along in enumerate((length, length, width, width))]
    return (*walls, _floor(chance, width, length), _ceiling(width, length))


def _blank(down_m: float, along_m: float, color: tuple[int, ...]) -> NDArray[np.float32]:
    shape = int(np.ceil(down_m / TEXEL_M)) + 1, int(np.ceil(along_m / TEXEL_M)) + 1, 3
    return np.broadcast_to(np.array(color, np.float32), shape).copy()


def _wall(chance: np.random.Generator, along_m: float, height_m: float, at: int) -> Picture:
    """Hang posters, shelves and frames; the first row is at the floor."""
    wall = _blank(height_m, along_m, _PAINT[at])
    wall += _clouds(chance, wall.shape[:2], 60)[..., None] * 10
    wall[: round(0.08 / TEXEL_M)] = (120, 108, 98)
    for _ in range(round(_PER_M2 * along_m * height_m)):
        _hang(chance, wall)
    return _finished(wall + _clouds(chance, wall.shape[:2], 2)[..., None] * 4)


def _hang(chance: np.random.Generator, wall: NDArray[np.float32]) -> None:
    """Hang one thing: a frame with something in it."""
    rows, columns = wall.shape[:2]
    high, wide = (int(chance.uniform(0.12, 0.7) / TEXEL_M) for _ in range(2))
    top, left = int(chance.uniform(20, rows - high)), int(chance.uniform(0, columns - wide))
    part = wall[top : top + high, left : left + wide]
    part[:] = chance.uniform(30, 235, 3)
    edge = max(1, int(chance.uniform(0.005, 0.03) / TEXEL_M))
    inner = part[edge:-edge, edge:-edge]
    inner[:] = chance.uniform(40, 230, 3)
    kind = chance.integers(0, 3)
    if kind == 0:
        inner += _clouds(chance, inner.shape[:2], 12)[..., None] * chance.uniform(10, 50, 3)
    elif kind == 1:
        for begin in range(0, inner.shape[1], 5):  # books in a shelf
            inner[:, begin : begin + 4] = chance.uniform(30, 220, 3)
    else:
        down, along = np.mgrid[: inner.shape[0], : inner.shape[1]]
        middle = np.array(inner.shape[:2]) * chance.uniform(0.3, 0.7, 2)
        spot = np.hypot(down - middle[0], along - middle[1]) < min(inner.shape[:2]) * 0.3
        inner[spot] = chance.uniform(40, 230, 3)


def _floor(chance: np.random.Generator, width_m: float, length_m: float) -> Picture:
    """Lay boards of wood along y."""
    floor = _blank(length_m, width_m, (150, 118, 86))
    plank = round(0.14 / TEXEL_M)
    for left in range(0, floor.shape[1], plank):
        end = 0
        while end < floor.shape[0]:
            begin, end = end, end + int(chance.uniform(0.6, 1.8) / TEXEL_M)
            floor[begin:end, left : left + plank] *= chance.uniform(0.8, 1.15)
            floor[begin : begin + 1, left : left + plank] *= 0.6
        floor[:, left] *= 0.6
    grain = _clouds(chance, (floor.shape[0] // 16 + 1, floor.shape[1]), 1)
    floor += np.repeat(grain, 16, axis=0)[: floor.shape[0], :, None] * 8
    return _finished(floor)


def _ceiling(width_m: float, length_m: float) -> Picture:
    """Hang lamps in two rows."""
    ceiling = _blank(length_m, width_m, (205, 205, 200))
    rows, columns = ceiling.shape[:2]
    for part in (0.3, 0.7):
        left = int(columns * part)
        ceiling[rows // 6 : -rows // 6, left - 10 : left + 10] = 250
    return _finished(ceiling)


def _clouds(chance: np.random.Generator, shape: tuple[int, ...], size: int) -> NDArray[np.float32]:
    """Return smooth noise, about -1 to 1, whose clouds are so many points large."""
    rows, columns = shape[0] // size + 2, shape[1] // size + 2
    coarse = chance.uniform(-1, 1, (rows, columns)).astype(np.float32)
    down, along = np.arange(shape[0]) / size, np.arange(shape[1]) / size
    r, c = down.astype(int), along.astype(int)
    p, q = (down - r)[:, None], (along - c)[None, :]
    upper = coarse[r][:, c] * (1 - q) + coarse[r][:, c + 1] * q
    lower = coarse[r + 1][:, c] * (1 - q) + coarse[r + 1][:, c + 1] * q
    clouds: NDArray[np.float32] = (upper * (1 - p) + lower * p).astype(np.float32)
    return clouds


def _finished(picture: NDArray[np.float32]) -> Picture:
    return np.clip(picture, 5, 250).astype(np.uint8)
