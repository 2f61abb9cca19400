"""What one camera sees of the room without the board: drawn once, and the board is put before it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.lenses import Lens
from kinect_sync.devices.simulated.room.poses import Matrix
from kinect_sync.devices.simulated.room.scenery import Scenery

Floats = NDArray[np.float32]

_REMEMBERED = 4
"""A large one has 130 MB."""
_SIDE = 2
"""Samples of a pixel in a row and in a column."""
_RAYS = 60_000
"""So many rays at a time stay near the processor."""


@dataclass(frozen=True)
class Backdrop:
    """The empty room in one image, before blur and noise."""

    color: NDArray[np.uint8]
    """Mean color of each pixel, (height, width, 3)."""
    z: Floats
    """Depth in metres, (height, width); a pixel that sees two things has what lies between. 0 is no ray."""
    slant: Floats
    """Cosine of the angle at which the surface is seen."""

    def packed(self) -> bytes:
        """Return it as a file."""
        stream = io.BytesIO()
        np.savez(stream, color=self.color, z=self.z, slant=self.slant)
        return stream.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> Backdrop:
        """Return it from a file."""
        with np.load(io.BytesIO(content)) as parts:
            return cls(parts["color"], parts["z"], parts["slant"])


def draw_backdrop(scenery: Scenery, lens: Lens, world_from_camera: Matrix) -> Backdrop:
    """Draw the room as a camera sees it; the last ones are remembered, whatever board is put before them."""
    return _drawn(scenery, lens, tuple(world_from_camera.ravel().tolist()))


@lru_cache(maxsize=_REMEMBERED)
def _drawn(scenery: Scenery, lens: Lens, numbers: tuple[float, ...]) -> Backdrop:
    world_from_camera = np.reshape(numbers, (4, 4))
    shape = lens.height, lens.width
    color, z, slant = (
        np.zeros((*shape, 3), np.uint8),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
    )
    rows = max(1, _RAYS // lens.width)
    for first in range(0, lens.height, rows):
        part = slice(first, min(first + rows, lens.height))
        color[part], z[part], slant[part] = _draw_rows(scenery, lens, world_from_camera, part)
    return Backdrop(color, z, slant)


def _draw_rows(
    scenery: Scenery, lens: Lens, world_from_camera: Matrix, part: slice
) -> tuple[Floats, Floats, Floats]:
    """Draw some rows of the image; a pixel is the mean of its samples."""
    grown = slice(max(part.start - 1, 0), min(part.stop + 1, lens.height))
    within = slice(part.start - grown.start, part.stop - grown.start)
    rays = [each[grown] for each in lens.rays]
    slopes = [[slope[within] for slope in np.gradient(each)] for each in rays]
    x, y = (each[within] for each in rays)
    color, z, slant = np.zeros((*x.shape, 3), np.float32), np.zeros_like(x), np.zeros_like(x)
    offsets = (np.arange(_SIDE) + 0.5) / _SIDE - 0.5
    for down, right in np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2).astype(np.float32):
        ray_x, ray_y = (
            np.nan_to_num(middle + slope[0] * down + slope[1] * right)
            for middle, slope in zip((x, y), slopes, strict=True)
        )
        hits = scenery.cast(
            world_from_camera[:3, 3], _turned(world_from_camera, ray_x.ravel(), ray_y.ravel())
        )
        color += hits.color.reshape(color.shape)
        z += hits.z.reshape(z.shape)
        slant += hits.slant.reshape(z.shape)
    seen = np.isfinite(x) / np.float32(_SIDE**2)
    return color * seen[..., None], z * seen, slant * seen


def _turned(world_from_camera: Matrix, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn rays (x, y, 1) into the world."""
    first, second, third = (
        x * np.float32(row[0]) + y * np.float32(row[1]) + np.float32(row[2])
        for row in world_from_camera[:3, :3]
    )
    return first, second, third
