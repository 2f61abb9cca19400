"""Axes: round numbers to label, and a scale that says where a value stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class Scale:
    """Values between `low` and `high`, which differ, spread over a length."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where a value stands: 0 at `low`, 1 at `high`."""
        return (value - self.low) / (self.high - self.low)

    def ticks(self, about: int = 5) -> list[float]:
        """Return some `about` round numbers within the scale."""
        step = _round_step((self.high - self.low) / max(1, about))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


_TIME_STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600)


def time_ticks(scale: Scale, about: int = 6) -> list[float]:
    """Return some `about` moments in seconds that are round on a clock."""
    rough_s = (scale.high - scale.low) / about
    if rough_s < _TIME_STEPS_S[0]:
        return scale.ticks(about)
    step_s = next((step for step in _TIME_STEPS_S if step >= rough_s * 0.8), 43_200)
    return [float(moment) for moment in range(0, math.floor(scale.high) + 1, step_s)]


def scale_around(*values: float) -> Scale:
    """Return a scale that holds all values with a margin; NaN and infinity are passed over."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    margin = (high - low) * MARGIN or max(1.0, abs(high) * MARGIN)
    return Scale(low - margin, high + margin)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * 0.999)


def label_time(seconds: float, span_s: float) -> str:
    """Write a moment of a take so that neighbours differ: `4 s`, `2:30`, `1:02:00`."""
    if span_s < 120:
        return f"{seconds:g} s"
    total = round(seconds)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if span_s >= 3600 else f"{total // 60}:{rest:02d}"


def label_bytes(count: float, most: float) -> str:
    """Write bytes in the unit that suits `most`: the label of an axis that goes up to there."""
    size, unit = _byte_unit(most)
    return f"{round(count / size, 1):g} {unit}"


def told_bytes(count: float) -> str:
    """Write bytes with the digits that matter: `8.4 MB`, `201 MB`, `75.6 GB`."""
    size, unit = _byte_unit(count)
    value = count / size
    return f"{value:.0f} {unit}" if value >= 99.95 or not value else f"{value:.1f} {unit}"


def _byte_unit(count: float) -> tuple[float, str]:
    return next(((size, unit) for size, unit in ((1e12, "TB"), (1e9, "GB")) if count >= size), (1e6, "MB"))


def label_us(value_us: float, span_us: float) -> str:
    """Write microseconds, in milliseconds where they are many."""
    return f"{value_us / 1000:g} ms" if span_us >= 10_000 else f"{value_us:g} µs"
