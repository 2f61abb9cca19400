"""Images as a camera without distortion would have taken them: all that many programs know of lenses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.distortion import Distortion, Flags, LensModel
from kinect_sync.geometry.image_table import tabulate
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.poses import Numbers

Whole = NDArray[np.int64]
Bytes = NDArray[np.uint8]

STRAIGHT = Distortion(
    model=LensModel.BROWN_CONRADY, k1=0, k2=0, k3=0, k4=0, k5=0, k6=0, p1=0, p2=0, codx=0, cody=0,
    metric_radius=math.inf,
)  # fmt: skip
"""No distortion at all."""
_STRIDE = 8
"""So many pixels lie between those at which the edge of what a lens sees is looked for inside its image."""
_LARGEST = 4096
"""Pixels of an image in a row, at most: a lens of nearly 180 degrees would have no end."""
_AT_ONCE = 1 << 16
"""Pixels that stay in the processor's cache."""


def inscribed(lens: Lens) -> Lens:
    """Return the widest pinhole of the same image size that sees nothing but what the lens sees.

    Its principal point is the middle of the image, and its pixels are square: what splats Gaussians reads
    angles of view alone, and a corner that is black would become a black wall.
    """
    columns, rows = np.arange(lens.width, dtype=float), np.arange(lens.height, dtype=float)
    left, right = (_rays(lens, np.full_like(rows, x), rows)[0] for x in (0.0, lens.width - 1.0))
    top, bottom = (_rays(lens, columns, np.full_like(columns, y))[1] for y in (0.0, lens.height - 1.0))
    across, down = np.nanmin([-left, right]), np.nanmin([-top, bottom])
    focal_px = max((lens.width - 1) / 2 / across, (lens.height - 1) / 2 / down)
    return _pinhole(lens.width, lens.height, float(focal_px))


def circumscribed(lens: Lens) -> Lens:
    """Return the smallest pinhole that sees all that the lens sees, as fine as the lens in its middle."""
    columns, rows = (
        np.append(np.arange(0, size - 1, _STRIDE), size - 1.0) for size in (lens.width, lens.height)
    )
    x, y = _rays(lens, *(each.ravel() for each in np.meshgrid(columns, rows)))
    width, height = (
        min(_LARGEST, 2 * math.ceil(np.nanmax(np.abs(each)) * focal_px) + 1)
        for each, focal_px in ((x, lens.fx), (y, lens.fy))
    )
    return _pinhole(width, height, lens.fx)


@dataclass(frozen=True)
class Undistortion:
    """Where each pixel of a pinhole's image lies in the image of a lens, computed once for all images."""

    size: tuple[int, int]
    """Height and width of the pinhole's images."""
    x: Singles
    """Shape (pixels,); 0 where the lens sees nothing."""
    y: Singles
    """Shape (pixels,)."""
    seen: Flags
    """Which pixels lie inside the image of the lens, shape (pixels,)."""

    @classmethod
    def of(cls, lens: Lens, pinhole: Lens) -> Undistortion:
        """Compute where the rays of a pinhole meet the image of the lens that stands in its place.

        That way the distortion has a formula, and there is nothing to be searched.
        """

        def place(pixels: Numbers) -> Numbers:
            return lens.project(pinhole.unproject(pixels)[0])[0]

        x, y = tabulate(pinhole, place)
        with np.errstate(invalid="ignore"):
            seen = (x > -0.5) & (x < lens.width - 0.5) & (y > -0.5) & (y < lens.height - 0.5)
        at_x, at_y = (np.where(seen, each, 0).astype(np.float32) for each in (x, y))
        return cls((pinhole.height, pinhole.width), at_x, at_y, seen)

    def blend(self, image: Bytes) -> Bytes:
        """Return an image, shape (height, width, channels), each pixel blended of the four around it."""
        straight = np.zeros((len(self.x), image.shape[2]), np.uint8)
        pixels = image.reshape(-1, image.shape[2])
        for part in self._parts():
            straight[part] = self._blend(image.shape, pixels, part)
        return straight.reshape(*self.size, -1)

    def pick(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return an image, shape (height, width), of nearest pixels: depths beside an edge may not mix."""
        places = np.rint(self.y).astype(np.int64) * image.shape[1] + np.rint(self.x).astype(np.int64)
        return np.where(self.seen, image.reshape(-1).take(places), 0).reshape(self.size)

    def _blend(self, shape: tuple[int, ...], pixels: Bytes, part: slice) -> Bytes:
        height, width = shape[:2]
        left, right, across = _neighbours(self.x[part], width)
        top, bottom, down = _neighbours(self.y[part], height)
        above, below = (
            _between(pixels[row * width + left], pixels[row * width + right], across) for row in (top, bottom)
        )
        blended = _between(above, below, down) + np.float32(0.5)
        blended *= self.seen[part, None]
        return blended.astype(np.uint8)

    def _parts(self) -> Iterator[slice]:
        for begin in range(0, len(self.x), _AT_ONCE):
            yield slice(begin, begin + _AT_ONCE)


def _pinhole(width: int, height: int, focal_px: float) -> Lens:
    return Lens(
        width=width,
        height=height,
        fx=focal_px,
        fy=focal_px,
        cx=(width - 1) / 2,
        cy=(height - 1) / 2,
        distortion=STRAIGHT,
    )


def _rays(lens: Lens, columns: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Return x / z and y / z of the rays of pixels; ValueError where the lens has none."""
    rays, seen = lens.unproject(np.stack((columns, rows), -1))
    if not seen.any():
        raise ValueError("the lens has no ray there")
    return rays[:, 0], rays[:, 1]


def _neighbours(places: Singles, size: int) -> tuple[Whole, Whole, Singles]:
    """Return the pixels before and behind each place, and how far it is from the one to the other."""
    first = np.floor(places)
    before, behind = (np.clip(first + step, 0, size - 1).astype(np.int64) for step in (0, 1))
    return before, behind, (places - first)[:, None]


def _between(first: NDArray[Any], second: NDArray[Any], part: Singles) -> Singles:
    blended: Singles = first + part * (second - first.astype(np.float32))
    return blended
