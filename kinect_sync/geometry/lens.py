"""One camera's lens in one mode: from points to pixels and back, whole images at a time.

In double precision, where the SDK has single: they differ by its rounding, some 1e-4 pixels.
"""

from __future__ import annotations

import numpy as np

from kinect_sync.geometry.distortion import Distortion, Flags
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.values import Value

CLOSE_PX2 = 1e-6
"""Squared distance from its pixel up to which the SDK calls a ray valid."""


class Lens(Value):
    """A camera's lens in one mode, in OpenCV's convention: x right, y down, z forward.

    Pixels are counted from the centre of the first one, so that an image begins at -0.5.
    """

    width: int
    """Of the image, in pixels."""
    height: int
    """Of the image, in pixels."""
    fx: float
    """Focal length in pixels."""
    fy: float
    """Focal length in pixels."""
    cx: float
    """Principal point in pixels."""
    cy: float
    """Principal point in pixels."""
    distortion: Distortion

    @property
    def camera_matrix(self) -> Numbers:
        """OpenCV's, shape (3, 3)."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def coefficients(self) -> Numbers:
        """OpenCV's, shape (8,): k1, k2, p1, p2, k3, k4, k5, k6. Of `BROWN_CONRADY` they say all."""
        of = self.distortion
        return np.array([of.k1, of.k2, of.p1, of.p2, of.k3, of.k4, of.k5, of.k6])

    def project(self, points: Numbers) -> tuple[Numbers, Flags]:
        """Return the pixels at which the camera sees points of its own frame, and whether it does.

        `points` have the shape (..., 3), in any unit; pixels have (..., 2) and may lie outside the image.
        What is behind the camera or beyond the metric radius is not valid, and NaN.
        """
        x, y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            bent_x, bent_y, within = self.distortion.bend(x / z, y / z)
        valid = (z > 0) & within
        pixels = np.stack((bent_x * self.fx + self.cx, bent_y * self.fy + self.cy), -1)
        pixels[~valid] = np.nan
        return pixels, valid

    def slopes(self, points: Numbers) -> Numbers:
        """Return by how many pixels the image of points moves with them, shape (..., 2, 3), per their unit.

        NaN or without meaning where `project` calls a point not valid.
        """
        x, y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        x, y = x / z, y / z
        x_by_x, x_by_y, y_by_x, y_by_y = self.distortion.slopes(x, y)
        by_point = np.empty((*x.shape, 2, 3))
        for row, by_x, by_y, focal_px in ((0, x_by_x, x_by_y, self.fx), (1, y_by_x, y_by_y, self.fy)):
            per_unit = focal_px / z
            by_point[..., row, 0], by_point[..., row, 1] = by_x * per_unit, by_y * per_unit
            by_point[..., row, 2] = -(by_x * x + by_y * y) * per_unit
        return by_point

    def unproject(self, pixels: Numbers) -> tuple[Numbers, Flags]:
        """Return the rays along which the camera sees pixels, and whether there are any.

        `pixels` have the shape (..., 2); rays have (..., 3) and z = 1, so that a ray times depth is a point.
        Valid is what the SDK calls so: within the metric radius and 1e-3 pixels. The rest is NaN.
        """
        u, v = np.moveaxis(np.asarray(pixels, np.float64), -1, 0)
        bent_x, bent_y = ((u - self.cx) / self.fx).ravel(), ((v - self.cy) / self.fy).ravel()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            x, y, error_px2 = self.distortion.straighten(bent_x, bent_y, (self.fx, self.fy))
        valid = error_px2 <= CLOSE_PX2
        rays = np.stack((x, y, np.ones_like(x)), -1)
        rays[~valid] = np.nan
        return rays.reshape(*u.shape, 3), valid.reshape(u.shape)


def transfer_pixels(
    pixels: Numbers, z_m: Numbers, source: Lens, target: Lens, target_from_source: Pose
) -> tuple[Numbers, Flags]:
    """Return the pixels at which one camera sees what another sees at its pixels, and whether both do.

    `pixels` of `source` have the shape (..., 2), `z_m` has (...): depth along the source's z in metres, 0
    where it is unknown. Pixels of `target` have (..., 2), and are NaN where not valid.
    """
    depth_m = np.asarray(z_m, np.float64)
    rays, seen = source.unproject(pixels)
    there, valid = target.project(target_from_source.apply(rays * depth_m[..., None]))
    valid &= seen & (depth_m != 0)
    there[~valid] = np.nan
    return there, valid
