"""From a camera's depth images to points: what lens and pose imply, computed once for all images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.image_table import tabulate
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers, Pose

Singles = NDArray[np.float32]

_NEAR_M, _FAR_M = 0.25, 8.0
"""Where Azure Kinects measure depth at all, in any mode (hardware specification)."""
_ALL = slice(None)
_NOWHERE = -1e6
"""A pixel outside of every image."""


@dataclass(frozen=True)
class PointTable:
    """Where the pixels of a depth camera are in another frame, by their depth.

    In single precision: at 6 m that is a rounding of 1 µm.
    """

    directions: Singles
    """Shape (3, pixels): how far a point moves per metre of depth; 0 where the lens has no ray."""
    origin_m: Singles
    """Where the camera is, shape (3, 1)."""
    seen: Flags
    """Which pixels the lens has a ray for, shape (pixels,)."""

    @classmethod
    def of(cls, lens: Lens, target_from_camera: Pose) -> PointTable:
        """Compute the table of a lens, for points in the target frame."""
        rotation = np.array(target_from_camera.rotation)
        turned = tabulate(lens, lambda pixels: lens.unproject(pixels)[0] @ rotation.T)
        seen = ~np.isnan(turned[0])
        turned[:, ~seen] = 0
        origin_m = np.array(target_from_camera.translation_m, np.float32)[:, None]
        return cls(np.ascontiguousarray(turned, np.float32), origin_m, seen)

    def points(self, z_m: Singles) -> Singles:
        """Return points in metres, shape (3, pixels), of depths in metres, shape (pixels,)."""
        points: Singles = self.directions * z_m
        points += self.origin_m
        return points


@dataclass(frozen=True)
class SightTable:
    """Where another camera sees the pixels of a depth camera, by their depth.

    Along a ray that pixel moves on a curve that is nearly a line in the inverse depth: a parabola is within
    0.1 pixels of an image 1280 wide from 0.25 to 8 m, and within 0.7 at its corners, so that no lens is bent
    per point.
    """

    parabolas: Singles
    """Shape (2, 3, pixels): of x and of y, the pixel at infinity and what the inverse depth adds."""

    @classmethod
    def of(cls, lens: Lens, other: Lens, other_from_camera: Pose) -> SightTable:
        """Compute the table of two lenses."""
        nodes = _chebyshev_nodes(1 / _FAR_M, 1 / _NEAR_M)
        weights = np.linalg.inv(np.vander(nodes, increasing=True))

        def parabolas_of(pixels: Numbers) -> Numbers:
            rays, _ = lens.unproject(pixels)
            seen = np.stack([other.project(other_from_camera.apply(rays / node))[0] for node in nodes])
            parabolas: Numbers = np.einsum("kn,npc->pck", weights, seen).reshape(-1, 6)
            return parabolas

        parabolas: Numbers = tabulate(lens, parabolas_of).reshape(2, 3, -1)
        unseen = np.isnan(parabolas).any(axis=(0, 1))
        parabolas[:, :, unseen] = 0
        parabolas[:, 0, unseen] = _NOWHERE
        return cls(np.ascontiguousarray(parabolas, np.float32))

    def pixels(self, inverse_m: Singles, part: slice = _ALL) -> tuple[Singles, Singles]:
        """Return x and y of the pixels, or of a part of them, for their inverse depths in 1/m."""
        x, y = (self._along(parabola[:, part], inverse_m) for parabola in self.parabolas)
        return x, y

    @staticmethod
    def _along(parabola: Singles, inverse_m: Singles) -> Singles:
        place: Singles = parabola[2] * inverse_m
        place += parabola[1]
        place *= inverse_m
        place += parabola[0]
        return place


def _chebyshev_nodes(low: float, high: float) -> Numbers:
    """Return three places in a range at which a parabola through them is off least in between."""
    nodes: Numbers = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi / 6 * np.array((1, 3, 5)))
    return nodes
