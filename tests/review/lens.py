"""Where a lens of an exported `calibration.json` puts points, by OpenCV's formula and without the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def project(points: Numbers, lens: Mapping[str, Any]) -> Numbers:
    """Return pixels, shape (n, 2), of points in the camera's frame, shape (n, 3), in any unit."""
    k1, k2, p1, p2, k3, k4, k5, k6 = lens["distortion"]
    x, y = points[:, 0] / points[:, 2], points[:, 1] / points[:, 2]
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    (fx, _, cx), (_, fy, cy), _ = lens["camera_matrix"]
    return np.stack((bent_x * fx + cx, bent_y * fy + cy), -1)


def move(points_m: Numbers, pose: Mapping[str, Any]) -> Numbers:
    """Return points in the frame of the other camera, shape (n, 3), in metres."""
    moved: Numbers = points_m @ np.array(pose["rotation"]).T + np.array(pose["translation_m"])
    return moved
