"""A straight line fitted to points that come one after the other, without keeping them.

A take lasts for hours and device clocks drift by hundreds of ppm, so whatever is measured over a take is
measured against a line. Sums of squares of such long series cancel; centred moments do not.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class RunningLine:
    """Least squares y = a + b x over everything added, in constant memory.

    Keeps the means and the centred second moments and merges blocks of points into them (Chan, Golub,
    LeVeque 1979), so that a billion points lose no precision to cancellation.
    """

    __slots__ = ("_sxx", "_sxy", "_syy", "count", "mean_x", "mean_y")

    def __init__(self) -> None:
        """Begin without points."""
        self.count = 0
        self.mean_x = 0.0
        self.mean_y = 0.0
        self._sxx = 0.0
        self._sxy = 0.0
        self._syy = 0.0

    def add(self, x: float, y: float) -> None:
        """Add one point."""
        self._merge(1, x, y, (0.0, 0.0, 0.0))

    def add_all(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Add points, shapes (n,) each; n may be 0."""
        if not len(x):
            return
        mean_x, mean_y = float(x.mean()), float(y.mean())
        dx, dy = x - mean_x, y - mean_y
        self._merge(len(x), mean_x, mean_y, (float(dx @ dx), float(dx @ dy), float(dy @ dy)))

    def merge(self, other: RunningLine) -> None:
        """Add all points of another line."""
        if other.count:
            self._merge(other.count, other.mean_x, other.mean_y, (other._sxx, other._sxy, other._syy))

    def _merge(self, count: int, mean_x: float, mean_y: float, moments: tuple[float, float, float]) -> None:
        total = self.count + count
        dx, dy = mean_x - self.mean_x, mean_y - self.mean_y
        weight = self.count * count / total
        self._sxx += moments[0] + dx * dx * weight
        self._sxy += moments[1] + dx * dy * weight
        self._syy += moments[2] + dy * dy * weight
        self.mean_x += dx * count / total
        self.mean_y += dy * count / total
        self.count = total

    @property
    def slope(self) -> float:
        """The slope b; 0 while the points do not span any x."""
        return self._sxy / self._sxx if self._sxx > 0 else 0.0

    def at(self, x: float) -> float:
        """Return the line's y at x."""
        return self.mean_y + self.slope * (x - self.mean_x)

    def at_all(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the line's y at each x, shapes (n,)."""
        return self.mean_y + self.slope * (x - self.mean_x)

    @property
    def squares(self) -> float:
        """Sum of the squared distances (in y) of the points from the line."""
        return max(0.0, self._syy - self.slope * self._sxy)

    @property
    def slope_error(self) -> float:
        """Standard error of the slope; infinite with fewer than three points."""
        if self.count < 3 or self._sxx <= 0:
            return math.inf
        return math.sqrt(self.squares / (self.count - 2) / self._sxx)


def median(values: NDArray[np.float64]) -> float:
    """Return the median of numbers, shape (n,), at least one and none of them NaN.

    NumPy's own takes five times as long for the few hundred of a block, and a viewer needs eighty a second.
    """
    ordered = np.sort(values)
    middle = len(ordered) // 2
    return float(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)
