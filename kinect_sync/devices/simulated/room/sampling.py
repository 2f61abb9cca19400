"""Where the board covers an image, and what of it each pixel sees: exact by rays, sixteen to a pixel.

Edges of the board's squares are where everything is measured from, so a pixel on one gets samples that no
row or column of edges can fall between: each of the sixteen has a column, a row and a moment of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.lenses import Lens
from kinect_sync.devices.simulated.room.poses import Matrix, inverse, moved

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Window = tuple[slice, slice]

SAMPLES = 16
_DOWN = (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15)
"""The row of the sample in each column: van der Corput's order."""
_WHEN = (5, 14, 1, 10, 7, 12, 3, 8, 13, 6, 9, 2, 15, 4, 11, 0)
"""The moment of the sample in each column."""
_AROUND_PX = 8
"""So much of the room is taken along with the board: its edges are blurred into it."""
_SIDES = 9
"""So many points of each side tell where the board is in an image: a lens bends its edges."""
_BEND_STEPS = 4


@dataclass(frozen=True)
class Shutter:
    """When each row of an image is exposed, against the centre of its exposure."""

    exposure_s: float = 0.0
    readout_s: float = 0.0
    """From the first row to the last."""

    @property
    def half_s(self) -> float:
        """From the centre to the first moment that anything is exposed."""
        return (self.exposure_s + self.readout_s) / 2

    def row_s(self, row: Floats, height: int) -> Floats:
        """Return when the middle of the exposure of rows is."""
        return (row - np.float32((height - 1) / 2)) * np.float32(self.readout_s / height)


@dataclass(frozen=True)
class Sighting:
    """The board in one image."""

    window: Window
    """The part of the image that it is in."""
    cover: Floats
    """Which part of each pixel it covers."""
    white: Floats
    """Which part of each pixel is white of it."""
    z: Floats
    """How far it is along the camera's z, also where its plane goes on beyond it."""
    front: bool
    """Whether its print is seen."""
    slant: float
    """Cosine of the angle at which it is seen."""


CameraFromBoard = Callable[[float], Matrix]
"""The pose camera_from_board at a time in seconds, against the centre of the exposure."""


def see_board(lens: Lens, board: Board, pose_at: CameraFromBoard, shutter: Shutter) -> Sighting | None:
    """Return what a camera sees of the board; None where it is out of view."""
    still = shutter.half_s == 0
    times = (0.0,) if still else (-shutter.half_s, 0.0, shutter.half_s)
    poses = [pose_at(time_s) for time_s in times]
    window = _window(lens, board, poses)
    if window is None:
        return None
    planes = [_Plane.of(board, each) for each in poses]
    x, y = (rays[window] for rays in lens.rays)
    on = np.any([plane.near(x, y, lens) for plane in planes], axis=0)
    if not on.any():
        return None
    middle = planes[len(planes) // 2]
    cover, white = np.zeros(x.shape, np.float32), np.zeros(x.shape, np.float32)
    rows = np.broadcast_to(np.arange(*window[0].indices(lens.height), dtype=np.float32)[:, None], x.shape)
    offset_s = None if still else (shutter.row_s(rows[on], lens.height), shutter)
    cover[on], white[on] = _sample(planes, (x, y), on, offset_s)
    z = np.zeros(x.shape, np.float32)
    z[on] = middle.place(x[on], y[on])[2]
    return Sighting(window, cover, white, z, middle.front, middle.slant)


@dataclass(frozen=True)
class _Plane:
    """The board's plane as one camera has it: from a ray to a place on the board."""

    board: Board
    from_ray: Floats
    """(3, 3): a ray (x, y, 1) becomes (X, Y, 1) / depth."""
    eye: Floats
    """The camera in the board's frame."""
    slant: float

    @classmethod
    def of(cls, board: Board, camera_from_board: Matrix) -> _Plane:
        eye = inverse(camera_from_board)[:3, 3]
        from_ray = np.linalg.inv(camera_from_board[:3, [0, 1, 3]])
        width, height = board.size_m
        middle = np.array([width / 2, height / 2, 0.0]) - eye
        slant = float(abs(middle[2]) / np.linalg.norm(middle))
        return cls(board, from_ray.astype(np.float32), eye.astype(np.float32), slant)

    @property
    def front(self) -> bool:
        return bool(self.eye[2] < 0)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Return x and y on the board, and the depth, of rays (x, y, 1); negative depth is behind."""
        return self._bent(*_divided(self.from_ray, x, y))

    def _bent(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Go along the rays from the plane to the bent board."""
        if self.board.made.bend_m == 0:
            return x, y, z
        at_x, part = x, np.zeros_like(x)
        for _ in range(_BEND_STEPS):
            part = (self.board.bend(at_x) / self.eye[2]).astype(np.float32)
            at_x = x + part * (self.eye[0] - x)
        return at_x, y + part * (self.eye[1] - y), z * (1 - part)

    def near(self, x: Floats, y: Floats, lens: Lens) -> Flags:
        """Tell which rays meet the board, or its plane within two pixels of it."""
        with np.errstate(all="ignore"):
            at_x, at_y, z = self.place(x, y)
            (width, height), beyond = self.board.size_m, self.board.margin_m
            far = beyond + 2.5 * z / (min(lens.fx, lens.fy) * max(self.slant, 0.05))
            on: Flags = (z > 0) & (at_x > -far) & (at_x < width + far) & (at_y > -far) & (at_y < height + far)
        return on


def _divided(from_ray: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    (a, b, c), (d, e, f), (g, h, i) = from_ray
    z = 1 / (x * g + y * h + i)
    return (x * a + y * b + c) * z, (x * d + y * e + f) * z, z


def _window(lens: Lens, board: Board, poses: list[Matrix]) -> Window | None:
    """Return the part of the image that the board can be in."""
    (width, height), margin = board.size_m, board.margin_m
    across, down = np.meshgrid(
        np.linspace(-margin, width + margin, _SIDES), np.linspace(-margin, height + margin, _SIDES)
    )
    points = np.stack((across, down, board.bend(across)), axis=-1).reshape(-1, 3)
    seen = np.concatenate([moved(each, points) for each in poses])
    if not (seen[:, 2] > 0).any():
        return None
    pixels = lens.pixels(seen)
    if np.isnan(pixels).any():  # partly behind the camera or beyond the lens: look everywhere
        if np.isnan(pixels).all():
            return None
        return slice(0, lens.height), slice(0, lens.width)
    low = np.maximum(np.floor(pixels.min(axis=0)).astype(int) - _AROUND_PX, 0)
    high = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + _AROUND_PX + 1, (lens.width, lens.height))
    if (high - low <= 0).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _sample(
    planes: list[_Plane], rays: tuple[Floats, Floats], on: Flags, offset_s: tuple[Floats, Shutter] | None
) -> tuple[Floats, Floats]:
    """Return which part of each pixel in `on` the board covers, and which is white of it."""
    x, y = (each[on] for each in rays)
    (x_down, x_right), (y_down, y_right) = (
        [np.nan_to_num(slope[on]) for slope in np.gradient(each)] for each in rays
    )
    cover, white = np.zeros_like(x), np.zeros_like(x)
    board, front = planes[0].board, planes[len(planes) // 2].front
    for at in range(SAMPLES):
        right, down = ((place + 0.5) / SAMPLES - 0.5 for place in (at, _DOWN[at]))
        ray = (
            x + x_right * np.float32(right) + x_down * np.float32(down),
            y + y_right * np.float32(right) + y_down * np.float32(down),
        )
        with np.errstate(all="ignore"):  # a ray beside a board that is seen from its edge meets nothing
            place = _place_at(planes, ray, offset_s, (_WHEN[at] + 0.5) / SAMPLES - 0.5)
        on_it = np.flatnonzero(board.holds(place[0], place[1]) & (place[2] > 0))
        cover[on_it] += 1
        if front:
            white[on_it] += board.whiteness(place[0][on_it], place[1][on_it])
    return cover * np.float32(1 / SAMPLES), white * np.float32(1 / SAMPLES)


def _place_at(
    planes: list[_Plane], ray: tuple[Floats, Floats], offset_s: tuple[Floats, Shutter] | None, when: float
) -> tuple[Floats, Floats, Floats]:
    """Return where rays meet the board, each at the moment that its row is exposed.

    Over the fraction of a second that an image takes, the way from a ray to the board changes as a parabola.
    """
    if offset_s is None:
        return planes[0].place(*ray)
    row_s, shutter = offset_s
    part = (row_s + np.float32(when * shutter.exposure_s)) * np.float32(1 / shutter.half_s)
    before, after = part * (part - 1) / 2, part * (part + 1) / 2
    shares: tuple[Floats, ...] = (before, 1 - before - after, after)
    forms = [_mixed([plane.from_ray[row] for plane in planes], shares, ray) for row in range(3)]
    z = 1 / forms[2]
    return planes[1]._bent(forms[0] * z, forms[1] * z, z)


def _mixed(rows: list[Floats], shares: tuple[Floats, ...], ray: tuple[Floats, Floats]) -> Floats:
    total = np.zeros_like(ray[0])
    for (a, b, c), share in zip(rows, shares, strict=True):
        total += share * (ray[0] * a + ray[1] * b + c)
    return total
