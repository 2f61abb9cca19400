"""Poses that are kept from the solver, in turn: each is told on by a solution that was made without it.

A fifth at a time, so that all poses tell. Of a small rig only some poses are shared by two given devices, and
a single fifth of them may hold none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.left_out import LeftOut, leave_out
from kinect_sync.calibration.solving.measures import shared_pulses
from kinect_sync.calibration.solving.solution import Fit
from kinect_sync.calibration.solving.solver import SolveOptions, solve
from kinect_sync.calibration.solving.told import Told, place_told
from kinect_sync.calibration.views import BoardView, DepthPatch
from kinect_sync.geometry.calibration import DeviceGeometry

TURNS = 5
"""In each turn one of so many poses is kept from the solver."""
FEWEST_TOLD = 3
"""With fewer poses to tell on, nothing is told."""


@dataclass(frozen=True)
class HeldOut:
    """One turn: poses, as a solution sees them that was made without them."""

    told: Told
    left_out: LeftOut

    @property
    def poses(self) -> int:
        """How many there are."""
        return len(self.told.adjustment.views.pulses)


def hold_out(
    board: Board,
    devices: Mapping[str, DeviceGeometry],
    views: Sequence[BoardView],
    patches: Sequence[DepthPatch],
    fit: Fit,
    options: SolveOptions,
) -> tuple[HeldOut, ...]:
    """Hold out the shared poses of a fit, in turn.

    A turn whose poses alone bind some device to the others is left out: what remains is another rig.
    """
    shared = shared_pulses(fit)
    if len(shared) < FEWEST_TOLD:
        return ()
    known = {name: devices[name] for name in fit.adjustment.rig.names}
    turns = (shared[turn::TURNS] for turn in range(min(TURNS, len(shared))))
    return tuple(each for turn in turns for each in _turn(board, known, views, patches, turn, options))


def _turn(
    board: Board,
    devices: Mapping[str, DeviceGeometry],
    views: Sequence[BoardView],
    patches: Sequence[DepthPatch],
    pulses: Sequence[int],
    options: SolveOptions,
) -> Iterator[HeldOut]:
    back = set(pulses)
    most = solve(
        board,
        devices,
        [view for view in views if view.pulse not in back],
        [patch for patch in patches if patch.pulse not in back],
        options,
    )
    if most.fit is not None and most.fit.adjustment.rig.names == tuple(devices):
        told = place_told(board, most.fit, views, patches, pulses)
        yield HeldOut(told, leave_out(told.adjustment, told.state))
