"""Depth on the board: where its surface is bright and far from every edge, so that depth is what it can be.

On black squares depth is off by millimetres, and at edges it flies. Which pixels are bright, the IR image of
the same exposure tells, whatever the ink does in infrared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind, Ids
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers

BRIGHT = 0.6
"""From this share of the board's white on, a pixel is white; black ink has less than a third, where it has
anything at all in infrared."""
WHITE_PERCENTILE = 90
FEWEST = 60
"""Pixels of a patch; fewer say little."""
MOST = 4000
"""More cost time alone: their errors go together."""


def find_patch(
    depth: NDArray[np.uint16],
    infrared: NDArray[np.uint16],
    lens: Lens,
    board: Board,
    ids: Ids,
    pixels: Numbers,
) -> tuple[Numbers, Numbers] | None:
    """Return pixels on the board, shape (n, 2), and depth there in metres, shape (n,).

    `ids` and `pixels` are the corners that were seen in the IR image. None where too little is left.
    """
    on_board = _box(depth.shape, pixels)
    area = infrared[on_board].astype(np.float64)
    within = _within(on_board, lens, board, ids, pixels)
    if within.sum() < FEWEST:
        return None
    white = np.percentile(area[within], WHITE_PERCENTILE)
    bright = area > BRIGHT * white
    known = depth[on_board] > 0
    for kept in (_eroded(bright, diagonal=True), _eroded(bright, diagonal=False)):
        chosen = kept & within & known
        if chosen.sum() >= FEWEST:
            return _taken(depth[on_board], on_board, chosen)
    return None


Box = tuple[slice, slice]


def _box(shape: tuple[int, ...], pixels: Numbers) -> Box:
    """Return the part of an image that the corners span."""
    low = np.floor(pixels.min(0)).astype(int).clip(0)
    high = np.ceil(pixels.max(0)).astype(int) + 1
    return slice(low[1], min(high[1], shape[0])), slice(low[0], min(high[0], shape[1]))


def _within(box: Box, lens: Lens, board: Board, ids: Ids, pixels: Numbers) -> Flags:
    """Tell which pixels of a box lie on the board, in a square of which every corner was seen.

    Somebody carries the board: a head or a hand before it is as bright as white paper, and no corner is seen
    there.
    """
    rows, columns = box
    down, across = np.mgrid[rows, columns]
    rays, valid = lens.unproject(np.stack((across, down), -1).astype(np.float64))
    seen, sound = lens.unproject(pixels)
    corners = board.corners[ids, :2]
    board_from_plane = _homography(seen[sound, :2], corners[sound])
    flat = rays @ board_from_plane.T
    squares = _seen_squares(board, ids)
    with np.errstate(invalid="ignore", divide="ignore"):
        places = flat[..., :2] / flat[..., 2:] / board.square_m
        inside = valid & ((places >= 0) & (places < squares.shape[::-1])).all(-1)
        if board.kind is BoardKind.APRILGRID and board.marker_m is not None:  # between tags no corner tells
            inside &= (places % 1 <= board.marker_m / board.square_m).all(-1)
    column, row = np.where(inside[..., None], places, 0).astype(int).transpose(2, 0, 1)
    within: Flags = inside & squares[row, column]
    return within


def _seen_squares(board: Board, ids: Ids) -> Flags:
    """Tell of which squares every corner was seen, shape (rows, columns); of an aprilgrid, which tags."""
    seen = np.zeros(len(board.corners), bool)
    seen[ids] = True
    squares = np.zeros((board.rows, board.columns), bool)
    if board.kind is BoardKind.APRILGRID:
        tags: Flags = seen.reshape(board.rows, board.columns, -1).all(-1)
        return tags
    inner = seen.reshape(board.rows - 1, board.columns - 1)
    squares[1:-1, 1:-1] = inner[:-1, :-1] & inner[:-1, 1:] & inner[1:, :-1] & inner[1:, 1:]
    return squares


def _homography(source: Numbers, target: Numbers) -> Numbers:
    """Return what carries points of one plane onto those of another, by linear least squares."""
    middle, spread = source.mean(0), source.std() or 1.0
    x, y = ((source - middle) / spread).T
    u, v = target.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    above = np.stack((x, y, one, zero, zero, zero, -u * x, -u * y, -u), -1)
    below = np.stack((zero, zero, zero, x, y, one, -v * x, -v * y, -v), -1)
    _, _, right = np.linalg.svd(np.concatenate((above, below)), full_matrices=False)
    scaled = np.diag((1 / spread, 1 / spread, 1.0))
    scaled[:2, 2] = -middle / spread
    found: Numbers = right[-1].reshape(3, 3) @ scaled
    return found


def _eroded(bright: Flags, *, diagonal: bool) -> Flags:
    """Tell which pixels are bright with all of their neighbours."""
    padded = np.pad(bright, 1)
    height, width = bright.shape
    kept = bright.copy()
    for down in (0, 1, 2):
        for across in (0, 1, 2):
            if diagonal or 1 in (down, across):
                kept &= padded[down : down + height, across : across + width]
    return kept


def _taken(depth: NDArray[np.uint16], box: Box, chosen: Flags) -> tuple[Numbers, Numbers]:
    down, across = np.nonzero(chosen)
    step = max(1, -(-len(down) // MOST))
    down, across = down[::step], across[::step]
    pixels = np.stack((across + box[1].start, down + box[0].start), -1).astype(np.float64)
    return pixels, depth[down, across].astype(np.float64) / 1000
