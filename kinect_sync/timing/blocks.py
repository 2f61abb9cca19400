"""Stretches of residuals, each with a straight trend of its own: spikes, and changes that stay.

A clock that is set every minute, as a Femto's, gives residuals that change at once; between two settings they
are as steady as any.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.trend import RunningLine, median

MIN_BLOCK = 16
"""Fewer residuals than this are no block of their own."""
SPIKE_SIGMAS = 4.0
"""A residual is a spike when it is out of tolerance and farther than this from its block's trend."""

MOST_SETTINGS = 2
"""Clocks are set once a minute, and a stretch of some seconds compares two; more changes are jitter."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FittedBlock:
    """A stretch of residuals with its own straight trend; times in s, residuals in µs."""

    line: RunningLine
    start_s: float
    end_s: float
    outliers: int
    steady: bool

    @classmethod
    def of(cls, times: Floats, residuals: Floats, tolerance_us: float) -> FittedBlock:
        """Fit a stretch: a line through medians first, so that spikes do not tilt it, then least squares."""
        distance = residuals - _line_through_medians(times, residuals)
        for _ in range(2):
            sigma = 1.4826 * median(np.abs(distance))
            kept = np.abs(distance) <= max(tolerance_us, SPIKE_SIGMAS * sigma)
            line = RunningLine()
            line.add_all(times[kept], residuals[kept])
            distance = residuals - line.at_all(times)
        outliers = int(np.count_nonzero(np.abs(distance) > tolerance_us))
        steady = len(times) >= MIN_BLOCK and outliers * 20 <= len(times)
        return cls(line, float(times[0]), float(times[-1]), outliers, steady)


def _fit_steady(times: Floats, residuals: Floats, tolerance_us: float) -> tuple[FittedBlock, ...]:
    """Fit a stretch as one block, or as two where a sudden change that stays explains it better."""
    whole = FittedBlock.of(times, residuals, tolerance_us)
    if whole.outliers < 2:
        return (whole,)
    cut = int(np.argmax(np.abs(np.diff(residuals - whole.line.slope * times)))) + 1
    if min(cut, len(times) - cut) < MIN_BLOCK:
        return (whole,)
    parts = [
        FittedBlock.of(times[part], residuals[part], tolerance_us) for part in (slice(cut), slice(cut, None))
    ]
    better = sum(part.outliers for part in parts) * 2 <= whole.outliers
    return tuple(parts) if better else (whole,)


def fit_blocks(
    times: Floats, residuals: Floats, tolerance_us: float, settings_us: float
) -> tuple[FittedBlock, ...]:
    """Fit a stretch within which clocks may have been set by up to `settings_us`, where that is not 0."""
    parts = np.split(np.arange(len(times)), _settings(residuals, tolerance_us, settings_us))
    least = min(MIN_BLOCK, max(len(part) for part in parts))
    long = [part for part in parts if len(part) >= least]
    blocks = [block for part in long for block in _fit_steady(times[part], residuals[part], tolerance_us)]
    slope = blocks[0].line.slope
    rests = [residuals[part] - slope * times[part] for part in parts if len(part) < least]
    off = sum(int(np.count_nonzero(np.abs(rest - median(rest)) > tolerance_us)) for rest in rests)
    return replace(blocks[0], outliers=blocks[0].outliers + off), *blocks[1:]


def _settings(residuals: Floats, tolerance_us: float, settings_us: float) -> list[int]:
    """Return before which residuals a clock was set: a sudden change that stays, and is not too large."""
    if not settings_us:
        return []
    found = [
        at
        for at in (np.flatnonzero(np.abs(np.diff(residuals)) > tolerance_us) + 1).tolist()
        if tolerance_us
        < abs(median(residuals[at : at + 3]) - median(residuals[max(0, at - 3) : at]))
        <= settings_us
    ]
    return found if len(found) <= MOST_SETTINGS else []


def less_settings(distance: Floats, tolerance_us: float, settings_us: float) -> Floats:
    """Take away from residuals, less their trend, what a clock was set by, before them or among them."""
    parts = np.split(distance, _settings(distance, tolerance_us, settings_us))
    levels = [median(part) for part in parts]
    explained = [level if abs(level) <= settings_us else 0.0 for level in levels]
    return np.concatenate([part - level for part, level in zip(parts, explained, strict=True)])


def _line_through_medians(times: Floats, residuals: Floats) -> Floats:
    """Return Tukey's resistant line at each time: through the medians of the first and the last third."""
    third = max(1, len(times) // 3)
    span_s = median(times[-third:]) - median(times[:third])
    rise_us = median(residuals[-third:]) - median(residuals[:third])
    slope = rise_us / span_s if span_s > 0 else 0.0
    level: Floats = slope * times
    return level + median(residuals - level)
