"""What the four corners of a square tell of the plane that it lies in."""

from __future__ import annotations

import numpy as np

from kinect_sync.geometry.poses import Numbers

UNIT: Numbers = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
"""The corners of a square whose side is 1, clockwise from the upper left as y runs down."""


def plane_of(quads: Numbers) -> Numbers:
    """Return the homographies that carry the unit square to quadrangles; (n, 4, 2) to (n, 3, 3)."""
    first, second, third, fourth = np.moveaxis(np.asarray(quads, np.float64), 1, 0)
    right, low, rest = second - third, fourth - third, first - second + third - fourth
    whole = _cross(right, low)
    g, h = _cross(rest, low) / whole, _cross(right, rest) / whole
    columns = (second - first + g[:, None] * second, fourth - first + h[:, None] * fourth, first)
    planes = np.ones((len(quads), 3, 3))
    planes[:, :2] = np.stack(columns, -1)
    planes[:, 2, 0], planes[:, 2, 1] = g, h
    return planes


def carry(planes: Numbers, points: Numbers) -> Numbers:
    """Return where homographies carry points; (n, 3, 3) and (n, k, 2) to (n, k, 2)."""
    moved = np.concatenate((points, np.ones((*points.shape[:-1], 1))), -1) @ np.swapaxes(planes, 1, 2)
    flat: Numbers = moved[..., :2] / moved[..., 2:]
    return flat


def sides_px(quads: Numbers) -> Numbers:
    """Return the lengths of the four sides; (n, 4, 2) to (n, 4)."""
    lengths: Numbers = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)
    return lengths


def _cross(one: Numbers, other: Numbers) -> Numbers:
    crossed: Numbers = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return crossed
