"""Depth against depth: how far apart two devices' clouds put the same points of a board."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.depth_planes import (
    FEWEST_PIXELS,
    fit_plane,
    on_one_plane,
    straighten_patches,
)
from kinect_sync.calibration.solving.told import Told
from kinect_sync.calibration.solving.view_table import DEPTH
from kinect_sync.calibration.views import DepthPatch
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers


def compare_depths(
    board: Board, turns: Iterable[Told], patches: Sequence[DepthPatch]
) -> dict[tuple[int, int], Numbers]:
    """Return the distances in metres for each pair of devices, by their numbers; boards of all turns count.

    A device's point is where its depth on the board, as a plane, meets the ray of a corner: of the corner in
    its own IR image where it was seen there, so that nothing but the device itself says where that is.
    """
    parts: dict[tuple[int, int], list[Numbers]] = defaultdict(list)
    for told in turns:
        points = measure_points(board, told, patches)
        for first, second in itertools.combinations(range(len(points)), 2):
            apart = np.linalg.norm(points[first] - points[second], axis=-1)
            found = apart[np.isfinite(apart)]
            if len(found):
                parts[first, second].append(found)
    return {pair: np.concatenate(found) for pair, found in parts.items()}


def measure_points(board: Board, told: Told, patches: Sequence[DepthPatch]) -> Numbers:
    """Return where each device measured each corner, in the world, shape (devices, boards, corners, 3).

    NaN where it did not.
    """
    rig, pulses = told.adjustment.rig, told.adjustment.views.pulses.tolist()
    number = {name: device for device, name in enumerate(rig.names)}
    at = {pulse: place for place, pulse in enumerate(pulses)}
    points = np.full((len(rig), len(pulses), len(board.corners), 3), np.nan)
    seen = _seen_in_ir(told)
    depth_from_world = told.state.depth_from_world(rig)
    for patch in patches:
        device, place = number.get(patch.device), at.get(patch.pulse)
        lens = None if device is None else rig.lenses[device][DEPTH]
        if device is None or place is None or lens is None:
            continue
        depth_from_board = depth_from_world.at(device).of(told.state.world_from_board.at(place))
        expected, _ = lens.project(depth_from_board.apply(board.corners * told.state.scale))
        pixels, inside = _where_to_look(expected, seen.get((device, place)), patch)
        there = _on_patch(lens, patch, pixels, float(told.state.offset_m[device]))
        world = depth_from_world.at(device).inverse().apply(there)
        points[device, place] = np.where(inside[:, None], world, np.nan)
    return points


def _seen_in_ir(told: Told) -> Mapping[tuple[int, int], tuple[Numbers, Numbers]]:
    """Return ids and pixels of the corners that each device saw in IR at each board."""
    views, kept = told.adjustment.views, told.adjustment.kept
    rows = np.flatnonzero(views.camera == DEPTH)
    return {
        (int(views.device[row]), int(views.board[row])): (
            views.ids[row][kept[row]],
            views.pixels[row][kept[row]],
        )
        for row in rows
    }


def _where_to_look(
    expected: Numbers, seen: tuple[Numbers, Numbers] | None, patch: DepthPatch
) -> tuple[Numbers, Flags]:
    """Return the pixel of each corner, and whether depth of the board was measured around it."""
    pixels = expected.copy()
    known = np.isfinite(expected).all(1)
    if seen is not None and len(seen[0]):
        ids, found = seen
        pixels[ids] = found
        known = np.isin(np.arange(len(expected)), ids)
    low, high = patch.pixels.min(0), patch.pixels.max(0)
    with np.errstate(invalid="ignore"):
        inside = known & (pixels >= low).all(1) & (pixels <= high).all(1)
    return pixels, inside


def _on_patch(lens: Lens, patch: DepthPatch, pixels: Numbers, offset_m: float) -> Numbers:
    """Return the points where pixels' rays meet the plane that the patch measured."""
    ((rays, z_m),) = straighten_patches(lens, [patch])
    if len(z_m) < FEWEST_PIXELS:
        return np.full((len(pixels), 3), np.nan)
    kept = on_one_plane(rays, z_m + offset_m)
    plane = fit_plane(rays[kept], z_m[kept] + offset_m)
    wanted, _ = lens.unproject(pixels)
    points: Numbers = wanted / (wanted @ plane)[:, None]
    return points
