"""Which color image and which depth image of a recording were one capture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.table import MISSING, Numbers


def pair_images(
    color_us: Numbers, depth_us: Numbers, *, depth_delay_us: float, period_us: float
) -> tuple[Numbers, Numbers]:
    """Return color and depth timestamps per capture, shape (captures,) each, `MISSING` where one lacks.

    A recording keeps color and depth in tracks of their own; what belongs together lies half a period
    apart at most, once the depth delay is taken off. Both inputs are in the order of time, and so is the
    result: captures by their color, a depth image without color at the moment its color would have had.
    """
    moments = depth_us - depth_delay_us
    nearest = np.searchsorted(moments, color_us - period_us / 2, side="left")
    found = nearest < len(moments)
    found[found] = moments[nearest[found]] < color_us[found] + period_us / 2
    depths = np.where(found, _pick(depth_us, nearest), MISSING)
    alone = np.ones(len(depth_us), dtype=np.bool_)
    alone[nearest[found]] = False
    colors = np.concatenate([color_us, np.full(int(alone.sum()), MISSING)])
    depths = np.concatenate([depths, depth_us[alone]])
    order = np.argsort(np.concatenate([color_us, moments[alone]]), kind="stable")
    return colors[order].astype(np.int64), depths[order].astype(np.int64)


def _pick(values: Numbers, at: NDArray[np.intp]) -> Numbers:
    """Take `values[at]` where there is such a value."""
    padded: Numbers = np.append(values, MISSING)
    picked: Numbers = padded[np.minimum(at, len(values))]
    return picked
