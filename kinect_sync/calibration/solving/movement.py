"""Whether a camera was moved during the walk: a step in where the others say that it is.

At each pulse the others place the board, and the board places the camera. Noise, and lenses that are not
quite the factory's, scatter that place; a bump moves its mean from one pulse to the next, and for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kinect_sync.calibration.solving.adjustment import Adjustment, minimise
from kinect_sync.calibration.solving.corners import look
from kinect_sync.calibration.solving.left_out import LeftOut, leave_out
from kinect_sync.calibration.solving.planar_pose import find_planar_poses
from kinect_sync.calibration.solving.reading import adjoint
from kinect_sync.calibration.solving.solution import Fit
from kinect_sync.calibration.solving.stacked_poses import Twists
from kinect_sync.calibration.solving.view_table import Index
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

FEWEST = 3
"""Before and after a step there are at least so many pulses."""
WINDOW = 7
"""A sight that is far from the middle of so many neighbours is wrong as a whole, and no bump."""
STRAY_PX = 12.0
STEPS = 4
"""Steps by which a camera's place at one pulse is found; wrong corners weigh less from step to step."""
BEND = 2.5
MOST_ASTRAY = 0.25
"""Of the pulses on either side of a step; noise alone leaves a tenth of a small bump's."""
ENOUGH = 1e-5
"""A step that lessens the whole by a smaller part moves nothing by as much as a bump does."""
ALIKE = 0.3
"""Two steps of which one has more than this part of the other's strength may be one and the same bump."""


@dataclass(frozen=True)
class Movement:
    """The step that explains most of a device's places over time."""

    device: int
    pulse: int
    """The first pulse after it."""
    turn_rad: float
    shift_m: float
    board_m: float
    """How far apart the places before and after put a board where this device saw it."""
    other: int | None
    """A device that may have moved instead: where two share their boards with few others, nothing tells which
    of them it was."""
    strength: float
    """How much more likely a step is than none: the square of its size over its standard deviation, which is
    told by the scatter that is left; per unknown."""


@dataclass(frozen=True)
class Places:
    """Where the others say that a device is, at each pulse that tells: against where the solution has it."""

    pulses: Index
    """In order, shape (n,)."""
    twists: Twists
    """Of the lead camera, shape (n, 6)."""
    information: Numbers
    """Inverse of their covariances, shape (n, 6, 6)."""
    board: Numbers
    """Middle of the board in the lead camera's frame, shape (n, 3)."""


def find_movements(fit: Fit, strong: float, far_m: float) -> list[Movement]:
    """Return the devices that were moved, the surest first.

    A device that moved makes others seem to move, as it places their boards. It is the one without which the
    others stand still. Sights that the solver left out have a say again: of a small rig it leaves out those
    of whoever agrees with fewer others, which is as often a neighbour as the one that was moved.
    """
    found: list[Movement] = []
    fit = _settled(fit, fit.adjustment.views.seen & _agreeing_views(fit)[:, None])
    fit = _settled(fit, fit.adjustment.kept & _steady_views(fit)[:, None])
    for _ in range(len(fit.adjustment.rig)):
        steps = _strong_steps(fit, strong, far_m)
        steps = [step for step in steps if step.device not in {movement.device for movement in found}]
        if not steps or any(movement.other in {step.device for step in steps} for movement in found):
            break
        without = {step.device: _without(fit, step.device) for step in steps}
        left = {
            device: _strength(_strong_steps(each, strong, far_m), device) for device, each in without.items()
        }
        found.append(_surest(steps, left, len(fit.adjustment.rig)))
        fit = without[found[-1].device]
    return found


def _settled(fit: Fit, kept: Flags) -> Fit:
    """Return the fit by other corners, none of which is left out as wrong."""
    adjustment = replace(fit.adjustment, kept=kept)
    return replace(fit, adjustment=adjustment, state=minimise(adjustment, fit.state, ENOUGH))


def _without(fit: Fit, device: int) -> Fit:
    """Return the fit in which a device places no boards."""
    return _settled(fit, fit.adjustment.kept & (fit.adjustment.views.device != device)[:, None])


def _strong_steps(fit: Fit, strong: float, far_m: float) -> list[Movement]:
    left_out = leave_out(fit.adjustment, fit.state)
    steps = (find_step(fit, fit.adjustment, left_out, device) for device in range(len(fit.adjustment.rig)))
    return [step for step in steps if step and step.strength > strong and step.board_m > far_m]


def _strength(steps: list[Movement], device: int) -> float:
    """Return the strength of the steps that all but one device make."""
    return sum(step.strength for step in steps if step.device != device)


def _surest(steps: list[Movement], left: Mapping[int, float], devices: int) -> Movement:
    """Return the step that explains most, and whose it may be as well."""
    first, *rest = sorted(steps, key=lambda step: (left[step.device], -step.strength))
    if devices == 2:
        return replace(first, other=1 - first.device)
    alike = [step for step in rest if left[step.device] == left[first.device]]
    alike = [step for step in alike if step.strength > ALIKE * first.strength]
    return replace(first, other=alike[0].device if alike else None)


def find_step(fit: Fit, adjustment: Adjustment, left_out: LeftOut, device: int) -> Movement | None:
    """Return the likeliest step of a device; None where too few pulses tell."""
    places = locate(fit, adjustment, left_out, device)
    if len(places.pulses) < 2 * FEWEST:
        return None
    weighted = (places.information @ places.twists[..., None])[..., 0]
    before, before_sum = places.information.cumsum(0), weighted.cumsum(0)
    after, after_sum = before[-1] - before, before_sum[-1] - before_sum
    splits = np.arange(FEWEST - 1, len(places.pulses) - FEWEST)
    first, second = (_means(a[splits], b[splits]) for a, b in ((before, before_sum), (after, after_sum)))
    apart = second - first
    together = np.linalg.inv(np.linalg.inv(before[splits]) + np.linalg.inv(after[splits]))
    gain = np.einsum("ni,nij,nj->n", apart, together, apart)
    gain = np.where(_astray(places, splits, (first, second)) < MOST_ASTRAY, gain, 0.0)
    best = int(np.argmax(gain))
    split = int(splits[best]) + 1
    means = np.where((np.arange(len(places.pulses)) < split)[:, None], first[best], second[best])
    left = places.twists - means
    scatter = np.einsum("ni,nij,nj->n", left, places.information, left)
    middle = max(float(np.median(scatter)) / 5.35, 1.0)
    board = places.board.mean(0)
    return Movement(
        device=device,
        pulse=int(places.pulses[split]),
        turn_rad=float(np.linalg.norm(apart[best, :3])),
        shift_m=float(np.linalg.norm(apart[best, 3:])),
        board_m=float(np.linalg.norm(np.cross(apart[best, :3], board) + apart[best, 3:])),
        other=None,
        strength=float(gain[best]) / (6 * middle),
    )


def _astray(places: Places, splits: Index, means: tuple[Twists, Twists]) -> Numbers:
    """Return which part of the pulses is nearer to the other side's mean, on the worse side of each step.

    Each counts by what it could tell of that step. One wrong sight moves the mean of a few pulses far, and
    is no step: the others stay where they were.
    """
    apart, middle = means[1] - means[0], (means[0] + means[1]) / 2
    slopes = np.einsum("si,nij->snj", apart, places.information)
    weight = np.einsum("snj,sj->sn", slopes, apart)
    beyond = np.einsum("snj,nj->sn", slopes, places.twists) - np.einsum("snj,sj->sn", slopes, middle)
    after = np.arange(len(places.pulses)) > splits[:, None]
    wrong = weight * ((beyond > 0) != after)
    parts = [(wrong * side).sum(1) / ((weight * side).sum(1) + 1e-300) for side in (~after, after)]
    worse: Numbers = np.maximum(*parts)
    return worse


def _means(information: Numbers, weighted: Numbers) -> Numbers:
    means: Numbers = np.linalg.solve(information, weighted[..., None])[..., 0]
    return means


def locate(fit: Fit, adjustment: Adjustment, left_out: LeftOut, device: int) -> Places:
    """Find a device at each pulse at which others saw the board with it."""
    views = adjustment.views
    rows = np.flatnonzero((views.device == device) & left_out.told)
    rows = rows[_are_steady(left_out, views.seen, views.board, rows)]
    boards, group = np.unique(views.board[rows], return_inverse=True)
    twists, own = _twists(adjustment, left_out, rows, group, len(boards))
    lead = fit.state.lead_from_world.at(np.full(len(boards), device))
    lead_from_board = lead.of(fit.state.world_from_board.at(boards))
    covariance = np.zeros((len(boards), 6, 6))
    covariance[group] = left_out.covariance[rows]
    carry = adjoint(lead_from_board)
    placed = carry @ covariance @ np.swapaxes(carry, 1, 2)
    known = np.linalg.eigvalsh(own)[:, 0] > 0
    information = np.linalg.inv(np.linalg.inv(own[known]) + placed[known])
    return Places(views.pulses[boards][known], twists[known], information, lead_from_board.translation[known])


def _agreeing_views(fit: Fit) -> Flags:
    """Return which views may stay: all but those that the other camera of their device contradicts.

    A bump moves both cameras. Corners that are shifted by a square are so in one image.
    """
    views, rig = fit.adjustment.views, fit.adjustment.rig
    leads = views.camera == rig.lead[views.device]
    lead_row = {(views.device[row], views.board[row]): row for row in np.flatnonzero(leads)}
    others = [row for row in np.flatnonzero(~leads) if (views.device[row], views.board[row]) in lead_row]
    agreeing = np.ones(len(views), bool)
    if not others:
        return agreeing
    theirs = np.array([lead_row[views.device[row], views.board[row]] for row in others])
    mine = views.rows(np.array(others))
    lead_from_board = find_planar_poses(views, rig).camera_from_board.at((theirs, 0))
    there = fit.state.other_from_lead.at(mine.device).of(lead_from_board).apply(mine.points)
    off = np.where(mine.seen, np.linalg.norm(look(mine, rig, there) - mine.pixels, axis=-1), np.nan)
    astray = np.nanmedian(off, axis=1) > STRAY_PX
    agreeing[np.concatenate((theirs[astray], np.array(others)[astray]))] = False
    return agreeing


def _steady_views(fit: Fit) -> Flags:
    """Return which views may stay: all but those that are far from their neighbours in time."""
    views, left_out = fit.adjustment.views, leave_out(fit.adjustment, fit.state)
    steady = np.ones(len(views), bool)
    for device in range(len(fit.adjustment.rig)):
        rows = np.flatnonzero((views.device == device) & left_out.told)
        steady[rows] = _are_steady(left_out, views.seen, views.board, rows)
    return steady


def _are_steady(left_out: LeftOut, seen: Flags, board: Index, rows: Index) -> Flags:
    """Return which sights are near their neighbours in time: others are of shifted corners."""
    order = np.argsort(board[rows], kind="stable")
    off = np.where(seen[rows][..., None], left_out.off_px[rows], np.nan)
    middle = np.nanmedian(off, axis=1)[order] if len(rows) else np.zeros((0, 2))
    padded = (
        np.pad(middle, ((WINDOW // 2, WINDOW // 2), (0, 0)), mode="reflect") if len(rows) > WINDOW else middle
    )
    steady = np.ones(len(rows), bool)
    if len(rows) > WINDOW:
        around = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0)
        steady[order] = np.linalg.norm(middle - np.median(around, axis=-1), axis=1) < STRAY_PX
    return steady


def _twists(
    adjustment: Adjustment, left_out: LeftOut, rows: Index, group: Index, count: int
) -> tuple[Twists, Numbers]:
    """Return the twist of the lead camera that explains each group's errors, and its information."""
    views = adjustment.views
    noise_px = adjustment.noise.of_views(views)[rows]
    slopes, off = left_out.by_lead_px[rows], left_out.off_px[rows].reshape(len(rows), 2 * views.seen.shape[1])
    twists, normal = np.zeros((count, 6)), np.zeros((count, 6, 6))
    for _ in range(STEPS):
        left = off + (slopes @ twists[group][..., None])[..., 0]
        errors = np.linalg.norm(left.reshape(*views.seen[rows].shape, 2), axis=-1) / noise_px[:, None]
        weight = views.seen[rows] * np.minimum(1, BEND / np.maximum(errors, BEND)) / noise_px[:, None] ** 2
        weighted = slopes * np.repeat(weight, 2, 1)[..., None]
        normal, right = np.zeros((count, 6, 6)), np.zeros((count, 6))
        np.add.at(normal, group, np.swapaxes(weighted, 1, 2) @ slopes)
        np.add.at(right, group, -(np.swapaxes(weighted, 1, 2) @ off[..., None])[..., 0])
        least = 1e-12 * np.trace(normal, axis1=1, axis2=2)[:, None, None] + 1e-12
        twists = np.linalg.solve(normal + least * np.eye(6), right[..., None])[..., 0]
    return twists, normal
