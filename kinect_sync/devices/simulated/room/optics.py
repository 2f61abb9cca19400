"""What a lens and a sensor do to a picture: blur and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Window = tuple[slice, slice]

PSF_PX = 0.7
"""Standard deviation of the blur: with it, corners scatter in rendered images as they do in real ones."""
REACH_PX = 3
_TAPS = np.exp(-(np.arange(-REACH_PX, REACH_PX + 1) ** 2) / (2 * PSF_PX**2))
_WEIGHTS = tuple(float(tap) for tap in _TAPS / _TAPS.sum())


def blurred(picture: Floats) -> Floats:
    """Return a picture (height, width, …) as it is behind a lens; edges are continued."""
    return _blurred_along(_blurred_along(picture, 0), 1)


def _blurred_along(picture: Floats, axis: int) -> Floats:
    pad = [(REACH_PX, REACH_PX) if at == axis else (0, 0) for at in range(picture.ndim)]
    wide, length = np.pad(picture, pad, mode="edge"), picture.shape[axis]
    total = np.zeros_like(picture)
    for at, weight in enumerate(_WEIGHTS):
        part = [slice(None)] * picture.ndim
        part[axis] = slice(at, at + length)
        total += wide[tuple(part)] * np.float32(weight)
    return total


def inner(window: Window, shape: tuple[int, ...]) -> tuple[Window, Window]:
    """Return the part of a window whose blur knows all around it: in the image, and in the window."""
    outer, within = [], []
    for part, length in zip(window, shape, strict=False):
        first = 0 if part.start == 0 else REACH_PX
        last = 0 if part.stop == length else REACH_PX
        outer.append(slice(part.start + first, part.stop - last))
        within.append(slice(first, part.stop - part.start - last))
    return (outer[0], outer[1]), (within[0], within[1])
