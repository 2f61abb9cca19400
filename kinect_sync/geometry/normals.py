"""Which way the surface looks at each pixel of a depth image."""

from __future__ import annotations

import numpy as np

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.point_table import Singles

REACH = 2
"""Pixels on each side: steady pixels of two surfaces are three apart, so that none is mistaken."""


def find_normals(points_m: Singles, steady: Flags) -> tuple[Singles, Flags]:
    """Return the unit vector away from the surface at each pixel, towards the camera, and where there is one.

    `points_m` have the shape (3, height, width), in any frame; `steady` (height, width) says which count. A
    normal is across from the middle of the points on the left to those on the right, and from those above to
    those below, in 5 × 5 pixels: it has a fifth of the noise of single neighbours. Without points on each of
    these sides there is none.
    """
    weights = steady.astype(np.float32)
    weighed = points_m * weights
    right, down = _slope(weighed, weights, 2), _slope(weighed, weights, 1)
    normals = np.stack(
        [
            down[second] * right[third] - down[third] * right[second]
            for second, third in ((1, 2), (2, 0), (0, 1))
        ]
    )
    length = np.sqrt(np.einsum("chw,chw->hw", normals, normals))
    there: Flags = steady & (length > 0)  # NaN is not
    normals /= np.where(there, length, np.float32(1))
    return normals, there


def seen_from(normals: Singles, points_m: Singles, origin_m: Singles) -> Singles:
    """Return the cosine of the angle between normals and the way to the camera, shape (points,)."""
    way = origin_m - points_m
    cosine: Singles = np.einsum("cn,cn->n", normals, way) / np.sqrt(np.einsum("cn,cn->n", way, way))
    return cosine


def _slope(weighed: Singles, weights: Singles, axis: int) -> Singles:
    """Return from the middle of the points before a pixel to that of the points after it; NaN without any."""
    total, count = _sum_across(weighed, 3 - axis), _sum_across(weights[None], 3 - axis)
    (before, after), (count_before, count_after) = _sides(total, axis), _sides(count, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        after /= count_after
        before /= count_before
    after -= before
    return after


def _sides(values: Singles, axis: int) -> tuple[Singles, Singles]:
    """Return the sums of the `REACH` values before and after each along an axis."""
    before, after = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, REACH + 1):
        low, high = _shifted(values.ndim, axis, step)
        before[high] += values[low]
        after[low] += values[high]
    return before, after


def _sum_across(values: Singles, axis: int) -> Singles:
    """Return the sums over each and `REACH` values on both sides of it along an axis."""
    before, after = _sides(values, axis)
    before += after
    before += values
    return before


def _shifted(dimensions: int, axis: int, step: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    low, high = [slice(None)] * dimensions, [slice(None)] * dimensions
    low[axis], high[axis] = slice(None, -step), slice(step, None)
    return tuple(low), tuple(high)
