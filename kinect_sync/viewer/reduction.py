"""A color image that is not compressed, made smaller before anything is computed of its pixels."""

from __future__ import annotations

import numpy as np

from kinect_sync.rig.modes import ColorFormat


def reduce_color(
    data: bytes, pixels: ColorFormat, size: tuple[int, int], step: int
) -> tuple[bytes, tuple[int, int]]:
    """Return each so many-th pixel of an image in its own format, and its size; `step` is even.

    For NV12, YUY2 and BGRA32. Raises ValueError where the bytes are no whole image of this size.
    """
    width, height = size
    flat = np.frombuffer(data, np.uint8)
    if pixels is ColorFormat.BGRA32:
        return flat.reshape(height, width, 4)[::step, ::step].tobytes(), _reduced(size, step)
    if pixels is ColorFormat.YUY2:  # pairs of pixels, which have one color
        return flat.reshape(height, width // 2, 4)[::step, ::step].tobytes(), _reduced(size, step)
    planes = flat.reshape(height + height // 2, width)
    chroma = planes[height:].reshape(height // 2, width // 2, 2)
    return planes[:height:step, ::step].tobytes() + chroma[::step, ::step].tobytes(), _reduced(size, step)


def _reduced(size: tuple[int, int], step: int) -> tuple[int, int]:
    return size[0] // step, size[1] // step
