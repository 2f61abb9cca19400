"""A lens of the room's cameras: OpenCV's rational model, with the exact ray of each pixel by a table.

Written for the simulation, from the formula alone: what is tested has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.modes import ColorResolution, DepthMode

Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]

_STEPS = 30
_CLOSE = 1e-10
"""Distance on the plane z = 1 at which the search for a ray ends: 1e-7 pixels."""
_ASIDE = 1e-6
_NARROW = {DepthMode.NFOV_UNBINNED: 1, DepthMode.NFOV_2X2BINNED: 2}
_WIDE = {DepthMode.WFOV_UNBINNED: 1, DepthMode.PASSIVE_IR: 1, DepthMode.WFOV_2X2BINNED: 2}
_NARROW_FROM = (192, 180)
"""The first column and row of the depth sensor in the narrow modes (`mode_specific_calibration.c`)."""
_SENSOR = 1024


@dataclass(frozen=True)
class Lens:
    """A camera's lens in one mode; the centre of the first pixel is (0, 0)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    radial: tuple[float, float, float, float, float, float]
    """k1 to k6."""
    tangential: tuple[float, float]
    """p1 and p2."""
    reach: float
    """How far from the axis, on the plane z = 1, the formula holds."""

    def bend(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Return where the lens puts a ray (x, y, 1), on the plane z = 1."""
        (k1, k2, k3, k4, k5, k6), (p1, p2) = self.radial, self.tangential
        r2 = x**2 + y**2
        stretch = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
        bent_x = x * stretch + 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
        bent_y = y * stretch + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y
        return bent_x, bent_y

    def pixels(self, points: Numbers) -> Numbers:
        """Return where points (…, 3) of the camera's frame are seen, (…, 2); NaN where they are not."""
        x, y, z = np.moveaxis(np.asarray(points, float), -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = x / z, y / z
        seen = (z > 0) & (np.hypot(x, y) <= self.reach)
        bent_x, bent_y = self.bend(np.where(seen, x, np.nan), np.where(seen, y, np.nan))
        return np.stack((bent_x * self.fx + self.cx, bent_y * self.fy + self.cy), axis=-1)

    @cached_property
    def rays(self) -> tuple[Floats, Floats]:
        """x and y of the ray (x, y, 1) of each pixel, (height, width); NaN where there is none."""
        return _rays(self)


@lru_cache(maxsize=4)
def _rays(lens: Lens) -> tuple[Floats, Floats]:
    """Search the rays row by row, each from the one above: what a processor's cache holds is fast."""
    bent_x = (np.arange(lens.width) - lens.cx) / lens.fx
    x, y = np.empty((lens.height, lens.width), np.float32), np.empty((lens.height, lens.width), np.float32)
    rows = max(1, 16384 // lens.width)
    for first in range(0, lens.height, rows):
        bent_y = (np.arange(first, min(first + rows, lens.height)) - lens.cy) / lens.fy
        x[first : first + rows], y[first : first + rows] = _straighten(lens, *np.meshgrid(bent_x, bent_y))
    return x, y


def _straighten(lens: Lens, bent_x: Numbers, bent_y: Numbers) -> tuple[Numbers, Numbers]:
    """Search by Newton's method, with slopes that are measured and not derived."""
    x, y = bent_x.copy(), bent_y.copy()
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            at_x, at_y = lens.bend(x, y)
            off_x, off_y = bent_x - at_x, bent_y - at_y
            if not np.any((np.hypot(off_x, off_y) > _CLOSE) & (np.hypot(x, y) <= lens.reach)):
                break
            right_x, right_y = lens.bend(x + _ASIDE, y)
            below_x, below_y = lens.bend(x, y + _ASIDE)
            a, b, c, d = (
                (v - w) / _ASIDE
                for v, w in ((right_x, at_x), (below_x, at_x), (right_y, at_y), (below_y, at_y))
            )
            determinant = a * d - b * c
            x = x + np.clip((d * off_x - b * off_y) / determinant, -0.3, 0.3)
            y = y + np.clip((a * off_y - c * off_x) / determinant, -0.3, 0.3)
        again_x, again_y = lens.bend(x, y)
        found = (np.hypot(again_x - bent_x, again_y - bent_y) < 1e-7) & (np.hypot(x, y) <= lens.reach)
    return np.where(found, x, np.nan), np.where(found, y, np.nan)


# --- from a factory calibration --------------------------------------------------------------------------


@dataclass(frozen=True)
class Sensor:
    """One camera on its whole sensor; in widths and heights of it, from the first pixel's corner."""

    cx: float
    cy: float
    fx: float
    fy: float
    radial: tuple[float, float, float, float, float, float]
    tangential: tuple[float, float]
    reach: float

    @classmethod
    def of(cls, camera: dict[str, Any]) -> Sensor:
        """Read one entry of a calibration's `Cameras`."""
        cx, cy, fx, fy, k1, k2, k3, k4, k5, k6, _, _, p2, p1 = camera["Intrinsics"]["ModelParameters"]
        reach = camera["MetricRadius"] or 1.7
        return cls(cx, cy, fx, fy, (k1, k2, k3, k4, k5, k6), (p1, p2), reach)

    def off(self, *, focal: float, across: float, down: float, k1: float) -> Sensor:
        """Return it with its focal length off by a factor, and its centre by parts of the sensor."""
        return replace(
            self,
            fx=self.fx * focal,
            fy=self.fy * focal,
            cx=self.cx + across,
            cy=self.cy + down,
            radial=(self.radial[0] + k1, *self.radial[1:]),
        )

    def color(self, resolution: ColorResolution) -> Lens:
        """Return the lens of a color image: the whole width, and of 16:9 the rows in the middle."""
        width, height = resolution.size
        whole = width * 3 / 4
        return self._shown((width, height), (width, whole), (0.0, (whole - height) / 2))

    def depth(self, mode: DepthMode) -> Lens:
        """Return the lens of a depth image: binned or not, and of the narrow modes a part of the sensor."""
        binned = (_NARROW | _WIDE)[mode]
        left, top = _NARROW_FROM if mode in _NARROW else (0, 0)
        return self._shown(mode.size, (_SENSOR / binned, _SENSOR / binned), (left / binned, top / binned))

    def _shown(self, size: tuple[int, int], whole: tuple[float, float], corner: tuple[float, float]) -> Lens:
        return Lens(
            width=size[0],
            height=size[1],
            fx=self.fx * whole[0],
            fy=self.fy * whole[1],
            cx=self.cx * whole[0] - corner[0] - 0.5,
            cy=self.cy * whole[1] - corner[1] - 0.5,
            radial=self.radial,
            tangential=self.tangential,
            reach=self.reach,
        )
