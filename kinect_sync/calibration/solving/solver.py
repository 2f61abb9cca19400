"""From views of a board to where the cameras of a rig are: `solve`.

A pose from each view, devices along the graph of shared boards, and one adjustment of everything: poses of
devices and boards, the pose between each device's cameras, depth offsets and the board's scale. Intrinsics
stay the factory's: refining them gains nothing in clouds and costs color.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.adjustment import Adjustment, Noise, PriorWidths
from kinect_sync.calibration.solving.depth_planes import PatchTable, tabulate_patches
from kinect_sync.calibration.solving.graph import (
    Sightings,
    connected_groups,
    find_bonds,
    gather_sightings,
    place_devices,
)
from kinect_sync.calibration.solving.normal_equations import covariances
from kinect_sync.calibration.solving.planar_pose import find_planar_poses
from kinect_sync.calibration.solving.reading import describe, describe_nothing
from kinect_sync.calibration.solving.rejection import adjust
from kinect_sync.calibration.solving.solution import Fit, Solution, Unreached
from kinect_sync.calibration.solving.start import place_boards
from kinect_sync.calibration.solving.state import PER_DEVICE, Columns, State
from kinect_sync.calibration.solving.view_table import (
    RigLenses,
    ViewTable,
    describe_rig,
    tabulate,
    usable_views,
)
from kinect_sync.calibration.views import BoardView, DepthPatch
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.distortion import Flags


@dataclass(frozen=True)
class SolveOptions:
    """What the solver takes for known before it looks."""

    factory_turn_deg: float = 0.5
    """Standard deviation of the factory's pose between color and depth; typical units are within 0.1 degrees,
    and one of 0.6 has to be free to be found."""
    factory_shift_mm: float = 5.0
    """Standard deviation of the same pose's translation."""
    depth_offset_mm: float = 10.0
    """Standard deviation of depth's offset; the data sheet allows 11 mm."""
    corner_px: float = 0.1
    """First guess of the corners' noise; what is found in the measurements replaces it."""
    plane_mm: float = 3.0
    """First guess of the noise of depth's means; what is found in the measurements replaces it."""


DEFAULTS: Final = SolveOptions()


def solve(
    board: Board,
    devices: Mapping[str, DeviceGeometry],
    views: Sequence[BoardView],
    patches: Sequence[DepthPatch] = (),
    options: SolveOptions = DEFAULTS,
) -> Solution:
    """Find where the cameras are. All views that are given count: choose still ones by `choose_pulses`.

    `devices` are in the rig's order; views and patches of others are left out, and so are views with fewer
    than six corners. Deterministic. Devices that share no board with the largest group are told as unreached.
    """
    usable = usable_views(board, devices, views)
    unreached, start = find_start(board, devices, usable)
    if start is None:
        return describe_nothing(unreached)
    rig, table, state = start
    depths = tabulate_patches(rig, patches, table.pulses.tolist())
    adjustment, state = adjust(_adjustment(rig, table, depths, options), state)
    equations = adjustment.equations(state)
    fit = Fit(adjustment, state, covariances(equations, adjustment.free))
    return describe(fit, unreached)


def find_start(
    board: Board, devices: Mapping[str, DeviceGeometry], views: Sequence[BoardView]
) -> tuple[tuple[Unreached, ...], tuple[RigLenses, ViewTable, State] | None]:
    """Find who is connected and roughly where they are: who is not, and where the solver starts."""
    names = list(devices)
    sightings, rig, table = _see(board, devices, views, names)
    bonds = find_bonds(sightings, len(names))
    seeing = set(sightings.device.tolist())
    groups = [group for group in connected_groups(bonds, len(names)) if seeing & set(group)]
    reached = [names[device] for device in groups[0]] if groups else []
    unreached = _unreached(names, reached, groups, sightings)
    if not reached:
        return unreached, None
    if len(reached) < len(names):
        mine = [view for view in views if view.device in reached]
        sightings, rig, table = _see(board, devices, mine, reached)
        bonds = find_bonds(sightings, len(reached))
    state = place_boards(table, rig, sightings, place_devices(bonds, len(reached)))
    return unreached, (rig, table, state)


def _see(
    board: Board, devices: Mapping[str, DeviceGeometry], views: Sequence[BoardView], names: Sequence[str]
) -> tuple[Sightings, RigLenses, ViewTable]:
    rig = describe_rig(devices, views, names)
    table = tabulate(board, rig, views, sorted({view.pulse for view in views}))
    return gather_sightings(table, rig, find_planar_poses(table, rig)), rig, table


def _unreached(
    names: Sequence[str], reached: Sequence[str], groups: Sequence[Sequence[int]], sightings: Sightings
) -> tuple[Unreached, ...]:
    mates = {device: group for group in groups for device in group}
    return tuple(
        Unreached(
            name=name,
            pulses=len(sightings.of(device)),
            shares_with=tuple(names[mate] for mate in mates.get(device, ()) if mate != device),
        )
        for device, name in enumerate(names)
        if name not in reached
    )


def _adjustment(rig: RigLenses, table: ViewTable, depths: PatchTable, options: SolveOptions) -> Adjustment:
    return Adjustment(
        rig=rig,
        views=table,
        patches=depths,
        noise=Noise(options.corner_px, options.corner_px, options.plane_mm / 1000),
        widths=PriorWidths(
            turn_rad=float(np.radians(options.factory_turn_deg)),
            shift_m=options.factory_shift_mm / 1000,
            offset_m=options.depth_offset_mm / 1000,
        ),
        free=_free(rig, depths),
        kept=table.seen,
        kept_cells=np.ones(depths.ray.shape[:2], bool),
    )


def _free(rig: RigLenses, depths: PatchTable) -> Flags:
    """Return what may move: not the first device, which is the world, nor what no depth speaks of."""
    columns = Columns(len(rig))
    free = np.ones(columns.count, bool)
    free[: PER_DEVICE // 2] = False
    free[columns.scale] = len(depths) > 0
    free[columns.offsets] = np.isin(np.arange(len(rig)), depths.device)
    for device, (color, depth) in enumerate(rig.lenses):
        if color is None or depth is None:
            free[columns.of_devices(np.array([device]))[0, 6:]] = False
    return free
