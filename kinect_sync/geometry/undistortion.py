"""Images as a camera without distortion would have taken them: all that many programs know of lenses."""

from __future__ import annotations

import math
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
    x, y = tabulate(lens, lambda pixels: lens.unproject(pixels)[0][:, :2])
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
    width: int
    """Of the images of the lens."""
    first: NDArray[np.int32]
    """The number of the upper left of the four pixels around, shape (pixels,)."""
    across: Singles
    """How far it is from there to the right, in pixels, 0 to 1."""
    down: Singles
    """How far it is from there down."""
    seen: Flags
    """Which pixels lie inside the image of the lens; of the others the rest means nothing."""

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
        (left, across), (top, down) = _corner(x, seen, lens.width), _corner(y, seen, lens.height)
        first = (top * lens.width + left).astype(np.int32)
        return cls((pinhole.height, pinhole.width), lens.width, first, across, down, seen)

    def blend(self, image: Bytes) -> Bytes:
        """Return an image, shape (height, width, 3), each pixel blended of the four around it."""
        packed = np.zeros((*image.shape[:2], 4), np.uint8)  # a pixel is found as one number
        packed[..., :3] = image
        straight = np.empty((len(self.first), 3), np.uint8)
        for begin in range(0, len(self.first), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            straight[part] = self._blend(packed.reshape(-1).view(np.uint32), part)
        straight[~self.seen] = 0
        return straight.reshape(*self.size, 3)

    def pick(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return an image, shape (height, width), of nearest pixels: depths beside an edge may not mix."""
        places = self.first + (self.across > 0.5) + (self.down > 0.5) * np.int32(self.width)
        return np.where(self.seen, image.reshape(-1).take(places), 0).reshape(self.size)

    def _blend(self, pixels: NDArray[np.uint32], part: slice) -> Singles:
        first, across, down = self.first[part], self.across[part, None], self.down[part, None]

        def row(at: NDArray[np.int32]) -> Singles:
            left, right = (pixels.take(at + step).view(np.uint8).reshape(-1, 4)[:, :3] for step in (0, 1))
            return _between(left.astype(np.float32), right.astype(np.float32), across)

        blended = _between(row(first), row(first + np.int32(self.width)), down)
        blended += np.float32(0.5)
        return blended


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


def _corner(places: Numbers, seen: Flags, size: int) -> tuple[Whole, Singles]:
    """Return the pixel before each place, and how far it is from there; at the edge the last one goes on."""
    inside = np.clip(np.where(seen, places, 0.0), 0, size - 1)
    before = np.minimum(np.floor(inside), size - 2).astype(np.int64)
    return before, (inside - before).astype(np.float32)


def _between(first: Singles, second: Singles, part: Singles) -> Singles:
    second -= first
    second *= part
    second += first
    return second
