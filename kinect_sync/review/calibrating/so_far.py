"""How far a walk with the board has come: what `ksync calibrate` would say of it now, and what it lacks.

Solved and judged as a calibration is, of one camera of each device and without depth, which a board that is
still carried about leaves no time for. What is enough here is more there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.choosing import choose_pulses
from kinect_sync.calibration.solving.faults import FEWEST_POSES
from kinect_sync.calibration.solving.judgement import Judgement
from kinect_sync.calibration.solving.judging import judge_in_sample
from kinect_sync.calibration.solving.measures import count_shared, covered_by
from kinect_sync.calibration.solving.solution import Solution, Unreached
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import BoardView
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import BOARD_MIRRORED, CAMERA_BUMPED, CAMERA_CONTRADICTED
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.distortion import Flags
from kinect_sync.review.calibrating.pulses import image_sizes
from kinect_sync.review.calibrating.request import MOST_POSES
from kinect_sync.review.calibrating.told import findings_of

ENOUGH_MM = 0.5
"""By noise alone, to the device that it is tied to best. So much 20 good places leave, and what factories are
off by is more; IR, which is looked at afterwards, halves it."""
LEAST_COVERED = 0.2
"""Part of an image in which the board was seen; sixty places leave 0.3. Lenses err most where it was not."""
LEAST_PLACES = 10
"""Of a device: two to tell by in each fifth that is held out. With five, one wrong view spoils it."""
_SPOILED = (CAMERA_BUMPED, BOARD_MIRRORED, CAMERA_CONTRADICTED)
"""What going on does not mend."""


@dataclass(frozen=True)
class DeviceSoFar:
    """What a device saw of the board, of the places that count: those at which another one saw it too."""

    name: str
    places: int
    covered: Flags
    """The cells of its image in which the board was, shape (cells down, cells across)."""
    shares: Mapping[str, int]
    """How many of its places each other device saw as well; without those that share none."""

    @property
    def coverage(self) -> float:
        """The part of its image in which the board was: 0 to 1."""
        return float(self.covered.mean())


@dataclass(frozen=True)
class Missing:
    """What a walk lacks most, and so what to do next."""

    what: str
    device: str | None = None
    """The device that needs it."""


@dataclass(frozen=True)
class WalkSoFar:
    """A walk as far as it has come."""

    places: int
    """At which the board was held still, and two devices saw it."""
    devices: tuple[DeviceSoFar, ...]
    missing: Missing | None
    """None where a good calibration can be expected."""
    spoiled: tuple[Finding, ...] = ()
    """What is to be mended first: the walk has to be begun anew."""

    @property
    def is_enough(self) -> bool:
        """Whether a good calibration can be expected."""
        return self.missing is None and not self.spoiled

    @property
    def words(self) -> str:
        """How many places count, of how many at least."""
        least = f" of {FEWEST_POSES} at least" if self.places < FEWEST_POSES else ""
        return f"{self.places} places{least}"


def judge_so_far(
    board: Board, geometries: Mapping[str, DeviceGeometry], looked: Sequence[BoardView], fps: int
) -> WalkSoFar:
    """Judge a walk by all that one camera of each device has seen of the board; both of a single one."""
    chosen = set(choose_pulses(looked, image_sizes(geometries), MOST_POSES))
    solution = solve(board, geometries, [view for view in looked if view.pulse in chosen], ())
    judgement = judge_in_sample(board, solution)
    told = findings_of(board, geometries, solution, judgement, lambda pulse: pulse / fps)
    devices = _devices(geometries, solution)
    return WalkSoFar(
        places=judgement.poses,
        devices=devices,
        missing=_missing(board, looked, solution, judgement, devices),
        spoiled=tuple(each for each in told if each.kind in _SPOILED),
    )


def _devices(geometries: Mapping[str, DeviceGeometry], solution: Solution) -> tuple[DeviceSoFar, ...]:
    fit, found = solution.fit, {}
    if fit is not None:
        names, shared = fit.adjustment.rig.names, count_shared(fit).astype(int)
        for row, name in enumerate(names):
            shares = {other: int(shared[row, at]) for at, other in enumerate(names) if at != row}
            covered = covered_by(fit, row, int(fit.adjustment.rig.lead[row]))
            tied = {other: count for other, count in shares.items() if count}
            found[name] = DeviceSoFar(name, int(shared[row, row]), covered, tied)
    return tuple(found.get(name) or DeviceSoFar(name, 0, np.zeros((1, 1), bool), {}) for name in geometries)


# --- what is missing --------------------------------------------------------------------------------------


def _missing(
    board: Board,
    looked: Sequence[BoardView],
    solution: Solution,
    judgement: Judgement,
    devices: Sequence[DeviceSoFar],
) -> Missing | None:
    """Say what is missing most: who sees nothing, who is tied to nobody, who loosely, and what of whom."""
    if not looked:
        return Missing(f"no camera has seen the board yet; hold {board.id} before them, or name another")
    for device in solution.unreached:
        return _untied(device, looked, [*solution.devices] or [each.name for each in devices])
    loosest = _loosest(judgement, devices)
    if loosest is not None:
        return loosest
    narrow = min(devices, key=lambda each: each.coverage)
    if narrow.coverage < LEAST_COVERED:
        where = _emptiest_side(narrow.covered)
        return Missing(f"hold the board still at the {where} of its image", narrow.name)
    if judgement.poses < FEWEST_POSES:
        return Missing("hold the board still at more places")
    return None


def _untied(device: Unreached, looked: Sequence[BoardView], others: Sequence[str]) -> Missing:
    """Say how to tie a device: to the one that sees the board soonest before or after it."""
    mine = np.array([view.pulse for view in looked if view.device == device.name])
    if not len(mine):
        return Missing("carry the board to where it sees it", device.name)
    apart = {
        view.device: int(np.abs(mine - view.pulse).min())
        for view in reversed(looked)
        if view.device in others
    }
    apart.pop(device.name, None)
    if not apart:
        return Missing("hold the board still where it and another one see it", device.name)
    nearest = min(apart, key=lambda name: apart[name])
    carry = "hold the board still where" if apart[nearest] == 0 else "carry the board between"
    see = " see it" if apart[nearest] == 0 else ""
    return Missing(f"{carry} it and {nearest}{see}", device.name)


def _loosest(judgement: Judgement, devices: Sequence[DeviceSoFar]) -> Missing | None:
    """Name the device that noise leaves most open, of those that it does or that prove too little."""
    sigma_mm: dict[str, float] = {}
    for pair in judgement.pairs:
        for name in (pair.first, pair.second):
            sigma_mm[name] = min(pair.sigma_mm, sigma_mm.get(name, np.inf))
    loose = [
        each for each in devices
        if each.name in sigma_mm
        and (sigma_mm[each.name] > ENOUGH_MM or each.places < LEAST_PLACES)
    ]  # fmt: skip
    if not loose:
        return None
    worst = max(loose, key=lambda each: sigma_mm[each.name])
    other = max(worst.shares, key=lambda name: worst.shares[name], default="another one")
    return Missing(f"hold the board still where it and {other} see it", worst.name)


def _emptiest_side(covered: Flags) -> str:
    down, across = (max(1, round(side / 3)) for side in covered.shape)
    sides = {
        "left": covered[:, :across],
        "right": covered[:, -across:],
        "top": covered[:down],
        "bottom": covered[-down:],
    }
    return min(sides, key=lambda side: sides[side].mean())
