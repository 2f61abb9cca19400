"""Color images: the board before the room, behind a lens, with noise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.backdrop import Backdrop
from kinect_sync.devices.simulated.room.optics import blurred, inner
from kinect_sync.devices.simulated.room.poses import Matrix
from kinect_sync.devices.simulated.room.sampling import Sighting
from kinect_sync.devices.simulated.room.scenery import LIGHT

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]

_WHITE = np.array((214, 213, 208), np.float32)
_BLACK = np.array((33, 33, 34), np.float32)
_BACK = np.array((150, 132, 108), np.float32)
"""The back of the board: plywood."""
_GRAIN_ASIDE = 512
"""So many parts of the noise, in both directions, an image can get."""
_ROWS = 16
"""So many rows at a time stay near the processor."""
_AMBIENT = 0.74
"""Light that falls on the board from everywhere."""


def develop_backdrop(backdrop: Backdrop) -> Picture:
    """Return the empty room as the lens shows it."""
    return np.rint(blurred(backdrop.color.astype(np.float32))).astype(np.uint8)


def draw_color(
    backdrop: Backdrop, developed: Picture, sighting: Sighting | None, world_from_board: Matrix
) -> Picture:
    """Draw the room with the board in it, (height, width, 3) RGB, without noise."""
    if sighting is None:
        return developed
    window = sighting.window
    room = backdrop.color[window].astype(np.float32)
    hidden = (sighting.z > backdrop.z[window]) & (backdrop.z[window] > 0)
    cover, white = (
        np.where(hidden, np.float32(0), each)[..., None] for each in (sighting.cover, sighting.white)
    )
    outward = -world_from_board[:3, 2] if sighting.front else world_from_board[:3, 2]
    light = np.float32(_AMBIENT + (1 - _AMBIENT) * max(0.0, float(outward @ LIGHT)))
    if sighting.front:
        shown = room * (1 - cover) + light * (_BLACK * cover + (_WHITE - _BLACK) * white)
    else:
        shown = room * (1 - cover) + light * _BACK * cover
    picture = developed.copy()
    outer, within = inner(window, picture.shape)
    picture[outer] = np.rint(blurred(shown)).astype(np.uint8)[within]
    return picture


def add_noise(picture: Picture, spread: float, seed: list[int]) -> Picture:
    """Return a picture with noise of this standard deviation, alike in red, green and blue."""
    if spread == 0:
        return picture
    height, width = picture.shape[:2]
    top, left = np.random.default_rng(seed).integers(0, _GRAIN_ASIDE, 2)
    grain = _grain(height + _GRAIN_ASIDE, width + _GRAIN_ASIDE, spread)[top:, left:][:height, :width]
    noisy = np.empty_like(picture)
    for first in range(0, height, _ROWS):
        part = slice(first, first + _ROWS)
        sum_of_both = picture[part].astype(np.int16)
        sum_of_both += grain[part]
        np.minimum(np.maximum(sum_of_both, 0, out=sum_of_both), 255, out=sum_of_both)
        noisy[part] = sum_of_both
    return noisy


@lru_cache(maxsize=2)
def _grain(height: int, width: int, spread: float) -> NDArray[np.int8]:
    """Draw noise once, of which each image takes another part: drawing it takes longer than all the rest."""
    noise = np.random.default_rng([height, width]).standard_normal((height, width), np.float32)
    grain = np.clip(np.rint(noise * np.float32(spread)), -127, 127).astype(np.int8)
    return np.repeat(grain[..., None], 3, axis=2)
