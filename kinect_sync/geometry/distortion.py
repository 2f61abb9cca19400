"""How a lens bends what a pinhole would see, and the way back.

The model is the SDK's (`intrinsic_transformation.c`): rational radial distortion of six coefficients and
tangential distortion of two, on the plane z = 1. The way back has no formula; Newton's method finds it, with
the first guess, the number of steps and the limits that the SDK has, so that both call the same valid.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.poses import Numbers
from kinect_sync.values import Value

Flags = NDArray[np.bool_]
Plane = tuple[Numbers, Numbers]
"""x / z and y / z of rays, in two arrays of one shape."""
Found = tuple[Numbers, Numbers, Numbers]

PASSES = 20
"""So many steps the SDK takes at most; what converges needs half of them."""
EXACT_PX2 = 1e-22
"""Squared distance in pixels at which a search ends."""
BLOCK = 16384
"""So many rays at a time stay in the processor's cache: three times as fast as a whole image."""


class LensModel(str, Enum):
    """The formula that the coefficients belong to, by its name in the factory calibration."""

    BROWN_CONRADY = "CALIBRATION_LensDistortionModelBrownConrady"
    """OpenCV's rational model; every device that was sold has it."""
    RATIONAL_6KT = "CALIBRATION_LensDistortionModelRational6KT"
    """Of early devices inside Microsoft: tangential terms in x · y count once, not twice."""


class Distortion(Value):
    """The bending of one lens; the same in every mode of its camera."""

    model: LensModel
    """The formula that these are of: OpenCV's rational model, but for devices that were never sold."""
    k1: float
    """Radial, of r², in the numerator."""
    k2: float
    """Radial, of r⁴, in the numerator."""
    k3: float
    """Radial, of r⁶, in the numerator."""
    k4: float
    """Radial, of r², in the denominator."""
    k5: float
    """Radial, of r⁴, in the denominator."""
    k6: float
    """Radial, of r⁶, in the denominator."""
    p1: float
    """Tangential, OpenCV's first."""
    p2: float
    """Tangential, OpenCV's second."""
    codx: float
    """Centre of distortion on the plane z = 1; 0 in `BROWN_CONRADY`."""
    cody: float
    """Centre of distortion on the plane z = 1; 0 in `BROWN_CONRADY`."""
    metric_radius: float
    """How far from the centre, on the plane z = 1, the model holds; the SDK sees nothing beyond."""

    def bend(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, Flags]:
        """Return where rays through (x, y, 1) seem to come from, and whether the model holds for them.

        Sums and products are in the SDK's order, so that in single precision the result is its result.
        """
        x, y = x - self.codx, y - self.cody
        xx, yy, xy = x * x, y * y, self._cross * x * y
        r2 = xx + yy
        ratio = self._above(r2) * (1 / self._below(r2))
        bent_x = x * ratio + ((r2 + 2 * xx) * self.p2 + xy * self.p1)
        bent_y = y * ratio + ((r2 + 2 * yy) * self.p1 + xy * self.p2)
        return bent_x + self.codx, bent_y + self.cody, r2 <= self.metric_radius**2

    def straighten(self, x: Numbers, y: Numbers, focal_px: tuple[float, float]) -> Found:
        """Return x and y of the rays that seem to come through (x, y, 1), and how far off they still are.

        All are one-dimensional. The last is a squared distance in pixels, of which `focal_px` are 1 in x
        and in y; infinite where the search left the metric radius, or met no number.
        """
        found = np.empty_like(x), np.empty_like(x), np.empty_like(x)
        for begin in range(0, len(x), BLOCK):
            part = slice(begin, begin + BLOCK)
            for whole, some in zip(found, self._search(x[part], y[part], focal_px), strict=True):
                whole[part] = some
        return found

    def _search(self, x: Numbers, y: Numbers, focal_px: tuple[float, float]) -> Found:
        """Search by Newton's method until nothing comes nearer."""
        at_x, at_y = self._guess(x, y)
        best_x, best_y, best_px2 = at_x.copy(), at_y.copy(), np.full(x.shape, np.inf)
        todo = np.arange(len(x))
        for _ in range(PASSES):
            bent_x, bent_y, within = self.bend(at_x, at_y)
            off_x, off_y = x[todo] - bent_x, y[todo] - bent_y
            off_px2 = (off_x * focal_px[0]) ** 2 + (off_y * focal_px[1]) ** 2
            best_px2[todo[~within]] = np.inf
            nearer = within & (off_px2 < best_px2[todo])
            kept = todo[nearer]
            best_x[kept], best_y[kept], best_px2[kept] = at_x[nearer], at_y[nearer], off_px2[nearer]
            going = nearer & (off_px2 > EXACT_PX2)
            if not going.any():
                break
            step_x, step_y = self._step(at_x[going], at_y[going], off_x[going], off_y[going])
            todo, at_x, at_y = todo[going], at_x[going] + step_x, at_y[going] + step_y
        return best_x, best_y, best_px2

    def _guess(self, bent_x: Numbers, bent_y: Numbers) -> Plane:
        """Undo the distortion as if it were small."""
        x: Numbers = bent_x - self.codx
        y: Numbers = bent_y - self.cody
        r2 = x * x + y * y
        ratio = self._below(r2) / self._above(r2)
        x, y = x * ratio, y * ratio
        xx, yy, xy = x * x, y * y, 2 * x * y
        straight_x = x - ((yy + 3 * xx) * self.p2 + xy * self.p1)
        straight_y = y - ((xx + 3 * yy) * self.p1 + xy * self.p2)
        return straight_x + self.codx, straight_y + self.cody

    def slopes(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return how what is bent moves with the ray: its x by x, its x by y, its y by x and its y by y."""
        x, y = x - self.codx, y - self.cody
        r2: Numbers = x * x + y * y
        above, below = self._above(r2), self._below(r2)
        rise = _slope(r2, self.k1, self.k2, self.k3) * below - above * _slope(r2, self.k4, self.k5, self.k6)
        ratio, twist = above / below, 2 * rise / below**2
        x_by_x = ratio + twist * x * x + 6 * x * self.p2 + self._cross * y * self.p1
        x_by_y = twist * x * y + 2 * y * self.p2 + self._cross * x * self.p1
        y_by_x = twist * x * y + 2 * x * self.p1 + self._cross * y * self.p2
        y_by_y = ratio + twist * y * y + 6 * y * self.p1 + self._cross * x * self.p2
        return x_by_x, x_by_y, y_by_x, y_by_y

    def _step(self, x: Numbers, y: Numbers, off_x: Numbers, off_y: Numbers) -> Plane:
        """Return Newton's step: how far to move (x, y) so that what is bent moves by `off`."""
        x_by_x, x_by_y, y_by_x, y_by_y = self.slopes(x, y)
        determinant = x_by_x * y_by_y - x_by_y * y_by_x
        step_x = (y_by_y * off_x - x_by_y * off_y) / determinant
        step_y = (x_by_x * off_y - y_by_x * off_x) / determinant
        return step_x, step_y

    def _above(self, r2: Numbers) -> Numbers:
        return _polynomial(r2, self.k1, self.k2, self.k3)

    def _below(self, r2: Numbers) -> Numbers:
        return _polynomial(r2, self.k4, self.k5, self.k6)

    @property
    def _cross(self) -> float:
        return 2.0 if self.model is LensModel.BROWN_CONRADY else 1.0


def _polynomial(r2: Numbers, first: float, second: float, third: float) -> Numbers:
    r4 = r2 * r2
    total: Numbers = 1 + first * r2 + second * r4 + third * (r4 * r2)
    return total


def _slope(r2: Numbers, first: float, second: float, third: float) -> Numbers:
    """By how much the polynomial rises with r2."""
    rise: Numbers = first + 2 * second * r2 + 3 * third * (r2 * r2)
    return rise
