"""Images of a board through a lens, of which every corner's true pixel is known.

The paint is a function of places on the board, so that an image has no resolution but its own; a pixel is the
mean over its area. OpenCV gives a marker's bits and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.geometry.distortion import Distortion, LensModel
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers, Pose

WHITE, BLACK, AROUND = 200.0, 30.0, 105.0
MARGIN = 0.3
"""White around the pattern, in squares."""


def make_lens(width: int = 1280, height: int = 720, f: float = 611.8) -> Lens:
    """A lens with the bend of a color camera, whose middle is off by some pixels."""
    bend = Distortion(
        model=LensModel.BROWN_CONRADY, k1=0.079, k2=-0.1, k3=0.04, k4=0.0, k5=0.0, k6=0.0,
        codx=0.0, cody=0.0, p1=3e-4, p2=-2e-4, metric_radius=1.7,
    )  # fmt: skip
    return Lens(
        width=width,
        height=height,
        fx=f,
        fy=f * 1.001,
        cx=width / 2 + 3.3,
        cy=height / 2 - 2.7,
        distortion=bend,
    )


def facing(
    board: Board, distance_m: float, *, tilt_deg: float = 0.0, turn_deg: float = 0.0, roll_deg: float = 0.0
) -> Pose:
    """camera_from_board of a board whose middle is straight ahead."""
    about_y, about_x, about_z = np.radians((turn_deg, tilt_deg, roll_deg))
    rotation = _rotation(0, about_x) @ _rotation(1, about_y) @ _rotation(2, about_z)
    middle = np.array((*np.array(board.size_m) / 2, 0.0))
    return Pose.of(rotation, np.array((0.0, 0.0, distance_m)) - rotation @ middle)


def _rotation(axis: int, angle: float) -> Numbers:
    first, second = [each for each in range(3) if each != axis]
    rotation = np.eye(3)
    rotation[[first, second], [first, second]] = np.cos(angle)
    rotation[first, second], rotation[second, first] = -np.sin(angle), np.sin(angle)
    return rotation


@dataclass
class Scene:
    """A board before a camera, and what befalls the image."""

    board: Board
    pose: Pose
    lens: Lens = field(default_factory=make_lens)
    noise: float = 2.5
    psf_px: float = 0.7
    jpeg: int | None = 90
    seed: int = 0
    paint: Callable[[Numbers, Numbers], Numbers] | None = None
    """Brightness 0 to 1 at places of the board in metres, where it is not the board's own pattern."""

    @property
    def truth(self) -> Numbers:
        """Where each corner is in the image, shape (corners, 2); NaN outside of it."""
        pixels, _ = self.lens.project(self.pose.apply(self.board.corners))
        outside = (pixels < 0) | (pixels > (self.lens.width - 1, self.lens.height - 1))
        pixels[outside.any(1)] = np.nan
        return pixels

    def render(self) -> np.ndarray:
        """Return the image, shape (height, width), uint8."""
        random = np.random.default_rng(self.seed)
        exact = cv2.GaussianBlur(self._exact(), (0, 0), self.psf_px)
        noisy = exact + random.normal(0, self.noise, exact.shape) if self.noise else exact
        image = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
        if self.jpeg is None:
            return image
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))

    def _exact(self) -> np.ndarray:
        image = np.full((self.lens.height, self.lens.width), AROUND)
        rows, columns = self._box()
        if rows.stop > rows.start and columns.stop > columns.start:
            across, down = np.meshgrid(*(np.arange(each.start, each.stop) for each in (columns, rows)))
            image[rows, columns] = self._mean(*self._on_board(np.stack((across, down), -1).astype(float)))
        return image

    def _box(self) -> tuple[slice, slice]:
        """Return rows and columns of the part of the image that the paper is in."""
        width, height = self.board.size_m
        reach = (MARGIN + 0.5) * self.board.square_m
        x, y = np.linspace(-reach, width + reach, 20), np.linspace(-reach, height + reach, 20)
        edge = [(a, b, 0.0) for a in x for b in (y[0], y[-1])] + [
            (a, b, 0.0) for b in y for a in (x[0], x[-1])
        ]
        pixels, _ = self.lens.project(self.pose.apply(np.array(edge)))
        low = np.clip(np.nanmin(pixels, 0) - 3, 0, None).astype(int)
        high = np.clip(np.nanmax(pixels, 0) + 3, 0, (self.lens.width, self.lens.height)).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def _mean(self, x: Numbers, y: Numbers, parts: int = 5) -> Numbers:
        """Average over each pixel's area, across which places on the board change evenly."""
        steps = [(np.gradient(each, axis=1), np.gradient(each, axis=0)) for each in (x, y)]
        offsets = (np.arange(parts) + 0.5) / parts - 0.5
        total = np.zeros(x.shape)
        for right in offsets:
            for low in offsets:
                total += self._brightness(*(
                    each + right * step[0] + low * step[1] for each, step in zip((x, y), steps, strict=True)
                ))  # fmt: skip
        return total / parts**2

    def _on_board(self, pixels: Numbers) -> tuple[Numbers, Numbers]:
        """Return where the rays of pixels meet the board's plane, in metres."""
        rays, _ = self.lens.unproject(pixels)
        back = self.pose.inverse()
        rotation, origin = np.array(back.rotation), np.array(back.translation_m)
        turned = rays @ rotation.T
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead = -origin[2] / turned[..., 2]
        ahead[~(ahead > 0)] = np.nan
        return origin[0] + ahead * turned[..., 0], origin[1] + ahead * turned[..., 1]

    def _brightness(self, x: Numbers, y: Numbers) -> Numbers:
        width, height = self.board.size_m
        reach = MARGIN * self.board.square_m
        paper = (x > -reach) & (x < width + reach) & (y > -reach) & (y < height + reach)
        white = (self.paint or pattern(self.board))(x, y)
        return np.where(paper, BLACK + (WHITE - BLACK) * white, AROUND)


def pattern(board: Board, shift: int = 0) -> Callable[[Numbers, Numbers], Numbers]:
    """Return the board's paint: 1 is white; the number of each marker is raised by `shift`."""
    paints = {
        BoardKind.CHARUCO: _charuco, BoardKind.CHESSBOARD: _chessboard, BoardKind.APRILGRID: _aprilgrid,
    }  # fmt: skip
    return lambda x, y: paints[board.kind](board, x, y, shift)


def _cells(board: Board, x: Numbers, y: Numbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.errstate(invalid="ignore"):
        column = np.floor(np.nan_to_num(x, nan=-1e3) / board.square_m).astype(int)
        row = np.floor(np.nan_to_num(y, nan=-1e3) / board.square_m).astype(int)
    inside = (column >= 0) & (column < board.columns) & (row >= 0) & (row < board.rows)
    return column, row, inside


def _chessboard(board: Board, x: Numbers, y: Numbers, shift: int) -> Numbers:
    column, row, inside = _cells(board, x, y)
    return np.where(inside & ((column + row) % 2 == 0), 0.0, 1.0)


def _charuco(board: Board, x: Numbers, y: Numbers, shift: int) -> Numbers:
    """Markers in the white squares, numbered along rows; before OpenCV 4.6 even rows began with one."""
    column, row, inside = _cells(board, x, y)
    swap = int(board.legacy and board.rows % 2 == 0)
    black = (column + row + swap) % 2 == 0
    white = np.where(inside & black, 0.0, 1.0)
    whites = [(r, c) for r in range(board.rows) for c in range(board.columns) if (r + c + swap) % 2]
    number = np.full((board.rows, board.columns), -1)
    number[tuple(np.array(whites).T)] = np.arange(len(whites)) + shift
    edge = (board.square_m - board.marker_m) / 2
    at_x, at_y = x - column * board.square_m - edge, y - row * board.square_m - edge
    in_marker = inside & ~black & (np.minimum(at_x, at_y) >= 0) & (np.maximum(at_x, at_y) < board.marker_m)
    _paint_markers(board, white, in_marker, number, (row, column), (at_x, at_y), border=1)
    return white


def _aprilgrid(board: Board, x: Numbers, y: Numbers, shift: int) -> Numbers:
    """Kalibr's: tag 0 at the lower left, two bits of border, black squares where the gaps cross.

    Its tags are those of the AprilTag library, which stand upside down in OpenCV.
    """
    width, height = board.size_m
    gap = board.square_m - board.marker_m
    column, row, inside = _cells(board, x, y)
    at_x, at_y = x - column * board.square_m, y - row * board.square_m
    in_tag = inside & (at_x < board.marker_m) & (at_y < board.marker_m)
    cross_x = (x + gap) % board.square_m < gap
    cross_y = (y + gap) % board.square_m < gap
    within = (x > -gap) & (x < width) & (y > -gap) & (y < height)
    white = np.where(within & cross_x & cross_y, 0.0, 1.0)
    number = np.arange(board.rows * board.columns).reshape(board.rows, -1)[::-1] + shift
    _paint_markers(board, white, in_tag, number, (row, column), (at_x, at_y), border=2, turns=2)
    return white


def _paint_markers(
    board: Board,
    white: Numbers,
    where: np.ndarray,
    number: np.ndarray,
    cell,
    at,
    *,
    border: int,
    turns: int = 0,
) -> None:
    bits = _bits(board.dictionary, int(number.max()) + 1, border, turns)
    row, column = cell
    side = bits.shape[1]
    part = [np.clip((each[where] / board.marker_m * side).astype(int), 0, side - 1) for each in at]
    white[where] = bits[number[row[where], column[where]], part[1], part[0]]


@cache
def _bits(name: str, count: int, border: int, turns: int) -> np.ndarray:
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
    side = dictionary.markerSize + 2 * border
    images = [dictionary.generateImageMarker(each, side, borderBits=border) for each in range(count)]
    return np.stack([np.rot90(image > 127, turns) for image in images])
