"""Views of boards as one table of arrays, so that the solver works on all of them at once.

Views have different numbers of corners; the table is as wide as the largest, and says which places are
filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.solving.stacked_poses import Poses
from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers

Index = NDArray[np.int64]

COLOR, DEPTH = 0, 1
"""The numbers of a device's cameras in tables."""
NUMBERS = {Camera.COLOR: COLOR, Camera.DEPTH: DEPTH}
FEWEST_CORNERS = 6
"""A pose has six unknowns, and three corners would do; with fewer than six nothing tells a wrong one."""
FLATTEST = 0.5
"""So far, in squares, corners spread at least across the line along which they spread most."""


@dataclass(frozen=True)
class RigLenses:
    """The devices that are solved: lenses, and how their cameras stand to one another by the factory."""

    names: tuple[str, ...]
    lenses: tuple[tuple[Lens | None, Lens | None], ...]
    """Of each device: color, depth."""
    lead: Index
    """The camera of each device that carries its pose, shape (devices,)."""
    other_from_lead: Poses
    """From the lead camera to the device's other one, as the factory measured it."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


@dataclass(frozen=True)
class ViewTable:
    """Views, each a row."""

    device: Index
    """Number of the device, shape (views,)."""
    camera: Index
    """`COLOR` or `DEPTH`, shape (views,)."""
    board: Index
    """Number of the board's pose, which is that of its pulse in `pulses`, shape (views,)."""
    pulses: Index
    """The pulses, shape (boards,)."""
    ids: Ids
    """Corners, shape (views, places)."""
    points: Numbers
    """The corners in the board's frame as it is meant to be, shape (views, places, 3)."""
    pixels: Numbers
    """Where they were seen, shape (views, places, 2)."""
    seen: Flags
    """The places that are filled, shape (views, places)."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.device)

    def rows(self, chosen: Flags | Index) -> ViewTable:
        """Return some of the views; boards keep their numbers."""
        return replace(
            self,
            device=self.device[chosen],
            camera=self.camera[chosen],
            board=self.board[chosen],
            ids=self.ids[chosen],
            points=self.points[chosen],
            pixels=self.pixels[chosen],
            seen=self.seen[chosen],
        )

    def by_lens(self, rig: RigLenses) -> Iterator[tuple[Index, Lens]]:
        """Yield the rows of each camera with its lens."""
        for device, lenses in enumerate(rig.lenses):
            for camera, lens in enumerate(lenses):
                rows = np.flatnonzero((self.device == device) & (self.camera == camera))
                if lens is not None and len(rows):
                    yield rows, lens


def describe_rig(
    devices: Mapping[str, DeviceGeometry], views: Sequence[BoardView], names: Sequence[str]
) -> RigLenses:
    """Gather what the solver needs of some devices, by their names.

    The color camera leads where it saw the board: it has the sharper images.
    """
    saw = {view.device for view in views if view.camera is Camera.COLOR}
    lead, others = [], []
    for name in names:
        geometry = devices[name]
        color_leads = geometry.depth is None or (geometry.color is not None and name in saw)
        lead.append(COLOR if color_leads else DEPTH)
        others.append(geometry.depth_from_color if color_leads else geometry.color_from_depth)
    lenses = tuple((devices[name].color, devices[name].depth) for name in names)
    return RigLenses(tuple(names), lenses, np.array(lead, np.int64), Poses.stack(others))


def usable_views(
    board: Board, devices: Mapping[str, DeviceGeometry], views: Sequence[BoardView]
) -> list[BoardView]:
    """Return the views that say something of where a camera is: enough corners, not all in one line."""
    return [view for view in views if _is_usable(board, devices.get(view.device), view)]


def _is_usable(board: Board, geometry: DeviceGeometry | None, view: BoardView) -> bool:
    if geometry is None or len(view.ids) < FEWEST_CORNERS:
        return False
    if (geometry.color if view.camera is Camera.COLOR else geometry.depth) is None:
        return False
    flat = board.corners[view.ids, :2]
    spread = np.linalg.svd(flat - flat.mean(0), compute_uv=False) / np.sqrt(len(flat))
    return bool(spread[1] >= FLATTEST * board.square_m)


def tabulate(board: Board, rig: RigLenses, views: Sequence[BoardView], pulses: Sequence[int]) -> ViewTable:
    """Bring views of the rig's devices at some pulses into a table; others are left out."""
    device_of, board_of = _numbered(rig.names), _numbered(pulses)
    chosen = [view for view in views if view.device in device_of and view.pulse in board_of]
    places = max((len(view.ids) for view in chosen), default=0)
    ids = np.zeros((len(chosen), places), np.int64)
    pixels, seen = np.zeros((len(chosen), places, 2)), np.zeros((len(chosen), places), bool)
    for row, view in enumerate(chosen):
        count = len(view.ids)
        ids[row, :count], pixels[row, :count], seen[row, :count] = view.ids, view.pixels, True
    return ViewTable(
        device=np.array([device_of[view.device] for view in chosen], np.int64),
        camera=np.array([NUMBERS[view.camera] for view in chosen], np.int64),
        board=np.array([board_of[view.pulse] for view in chosen], np.int64),
        pulses=np.array(pulses, np.int64),
        ids=ids,
        points=board.corners[ids],
        pixels=pixels,
        seen=seen,
    )


def _numbered(things: Sequence[str] | Sequence[int]) -> dict[object, int]:
    return {thing: number for number, thing in enumerate(things)}
