"""From a solution to what is told of it: `judge`, and `blame` for what is wrong alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.faults import MOVED_MM, MOVED_STRENGTH, Clues, find_faults
from kinect_sync.calibration.solving.held_out import HeldOut, hold_out
from kinect_sync.calibration.solving.judgement import (
    CameraMeasures,
    DeviceMeasures,
    Fault,
    Judgement,
    Moment,
    PairMeasures,
)
from kinect_sync.calibration.solving.left_out import LeftOut, leave_out
from kinect_sync.calibration.solving.measures import (
    count_shared,
    covered_by,
    factory_error_px,
    left_out_of,
    plane_errors_m,
    robust_px,
    shared_pulses,
)
from kinect_sync.calibration.solving.movement import find_movements
from kinect_sync.calibration.solving.pair_depth import compare_depths
from kinect_sync.calibration.solving.reading import CAMERAS, relative_sigmas
from kinect_sync.calibration.solving.solution import Fit, Solution
from kinect_sync.calibration.solving.solver import DEFAULTS, SolveOptions
from kinect_sync.calibration.solving.suspicions import suspect
from kinect_sync.calibration.solving.view_table import usable_views
from kinect_sync.calibration.views import BoardView, DepthPatch
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.poses import Numbers


@dataclass(frozen=True)
class _Evidence:
    """What measures are taken of."""

    fit: Fit
    left_out: LeftOut
    """Of the views that were solved on, all of them."""
    turns: Sequence[HeldOut]


def judge(
    board: Board,
    devices: Mapping[str, DeviceGeometry],
    views: Sequence[BoardView],
    patches: Sequence[DepthPatch],
    solution: Solution,
    options: SolveOptions = DEFAULTS,
) -> Judgement:
    """Tell how good a solution is, of the same views and patches that it was made of.

    Solved anew without each fifth of the poses: a held-out pose is told on by the solution that did not see
    it. Deterministic.
    """
    fit = solution.fit
    if fit is None:
        return Judgement(0, 0, {}, (), None, None, {}, blame(board, solution))
    usable = usable_views(board, devices, views)
    turns = hold_out(board, devices, usable, patches, fit, options)
    distances = compare_depths(board, [each.told for each in turns], patches)
    evidence = _Evidence(fit, leave_out(fit.adjustment, fit.state), turns)
    pairs = _pairs(fit, distances)
    every = np.concatenate([*distances.values(), np.zeros(0)])
    return Judgement(
        poses=len(shared_pulses(fit)),
        told_on=sum(each.poses for each in turns),
        devices={name: _device(evidence, device) for device, name in enumerate(fit.adjustment.rig.names)},
        pairs=pairs,
        depth_mm=_part_mm(every, 50),
        depth_p90_mm=_part_mm(every, 90),
        moments=_moments(evidence),
        faults=blame(board, solution, pairs),
    )


def judge_in_sample(board: Board, solution: Solution) -> Judgement:
    """Tell of a solution what it says by itself: no pose is held out, which takes a tenth of the time."""
    if solution.fit is None:
        return Judgement(0, 0, {}, (), None, None, {}, blame(board, solution))
    pairs, poses = _pairs(solution.fit, {}), len(shared_pulses(solution.fit))
    return Judgement(poses, 0, {}, pairs, None, None, {}, blame(board, solution, pairs))


def blame(board: Board, solution: Solution, pairs: Sequence[PairMeasures] = ()) -> tuple[Fault, ...]:
    """Name what is wrong, by the solution itself: without held-out poses, which takes a tenth of the time.

    Weak pairs are told of those that are given.
    """
    if solution.fit is None:
        return find_faults(solution, Clues(0))
    movements = find_movements(solution.fit, MOVED_STRENGTH, MOVED_MM / 1000)
    poses = len(shared_pulses(solution.fit))
    return find_faults(solution, Clues(poses, pairs, suspect(board, solution.fit), movements))


def _part_mm(distances_m: Numbers, percent: float) -> float | None:
    return 1000 * float(np.percentile(distances_m, percent)) if len(distances_m) else None


def _device(evidence: _Evidence, device: int) -> DeviceMeasures:
    rig, told = evidence.fit.adjustment.rig, [each.told for each in evidence.turns]
    planes = 1000 * plane_errors_m(told, device)
    return DeviceMeasures(
        cameras={
            name: _camera(evidence, device, number) for number, name in CAMERAS if rig.lenses[device][number]
        },
        plane_mean_mm=float(planes.mean()) if len(planes) else None,
        plane_spread_mm=float(planes.std()) if len(planes) > 1 else None,
        factory_px=factory_error_px(
            [each.with_other_from_lead(each.adjustment.rig.other_from_lead) for each in told], device
        ),
        solved_px=factory_error_px(told, device),
    )


def _camera(evidence: _Evidence, device: int, number: int) -> CameraMeasures:
    adjustment = evidence.fit.adjustment
    rows = np.flatnonzero((adjustment.views.device == device) & (adjustment.views.camera == number))
    sight, _, _ = adjustment.look(evidence.fit.state)
    off = sight.off_px[rows][adjustment.kept[rows]]
    told_px = left_out_of([(each.told, each.left_out) for each in evidence.turns], device, number)
    return CameraMeasures(
        in_sample_px=float(np.sqrt((off**2).mean())) if len(off) else None,
        left_out_px=told_px[0],
        left_out_ratio=told_px[1],
        coverage=float(covered_by(evidence.fit, device, number).mean()),
        views=int(adjustment.kept[rows].any(1).sum()),
    )


def _pairs(fit: Fit, distances: Mapping[tuple[int, int], Numbers]) -> tuple[PairMeasures, ...]:
    """Return what is told of all pairs; `distances` between depths are of pairs by number, in metres."""
    names = fit.adjustment.rig.names
    shared = count_shared(fit)
    pairs = []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            sigma_m, sigma_rad = relative_sigmas(fit, first, second)
            apart = distances.get((first, second), np.zeros(0))
            pair = PairMeasures(
                first=names[first],
                second=names[second],
                shared=int(shared[first, second]),
                sigma_mm=1000 * sigma_m,
                sigma_deg=float(np.degrees(sigma_rad)),
                depth_mm=_part_mm(apart, 50),
                depth_p90_mm=_part_mm(apart, 90),
            )
            pairs.append(pair)
    return tuple(pairs)


def _moments(evidence: _Evidence) -> dict[str, tuple[Moment, ...]]:
    """Return each device's errors over time, where others say where the board is."""
    views = evidence.fit.adjustment.views
    px = robust_px(evidence.left_out.off_px, views.seen)
    moments = {}
    for device, name in enumerate(evidence.fit.adjustment.rig.names):
        rows = np.flatnonzero((views.device == device) & evidence.left_out.told)
        by_pulse = sorted((int(views.pulses[views.board[row]]), float(px[row])) for row in rows)
        worst = dict(by_pulse)
        moments[name] = tuple(Moment(pulse, each) for pulse, each in worst.items())
    return moments
