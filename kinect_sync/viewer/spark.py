"""Residuals of the last pulses as a line to look at, without what clocks drift apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.trend import median

PULSES = 120
"""As many as are shown: four seconds at 30 fps."""


def spark_of(residuals_us: NDArray[np.float64], bias_us: float | None) -> tuple[float | None, ...]:
    """Return the residuals around the bias, shape (pulses,), NaN as None.

    Two clocks part by up to 400 ppm, a tolerance in a third of a second, and that is no fault. So the line
    through the residuals is taken away, one through medians that no spike and no step tilts, and the constant
    part that a verdict holds against the tolerance is put back.
    """
    known = np.flatnonzero(~np.isnan(residuals_us))
    values = residuals_us[known]
    apart = len(known) // 4  # of as many pairs only a third spans any one step
    slope, middle = 0.0, 0.0
    if apart:
        slope = median((values[apart:] - values[:-apart]) / (known[apart:] - known[:-apart]))
        middle = median(values - slope * known)
    shown = residuals_us - slope * np.arange(len(residuals_us)) - middle + (bias_us or 0.0)
    return tuple(None if value != value else round(value, 1) for value in shown.tolist())
