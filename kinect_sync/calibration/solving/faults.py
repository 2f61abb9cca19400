"""What is wrong with a rig, a board or a walk: each a number beyond its limit.

Limits lie well beyond what good units and good prints are known to have, and well beyond noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.judgement import Fault, FaultKind, PairMeasures
from kinect_sync.calibration.solving.movement import Movement
from kinect_sync.calibration.solving.planar_pose import find_planar_poses
from kinect_sync.calibration.solving.reading import CAMERAS
from kinect_sync.calibration.solving.solution import Fit, Solution, SolvedDevice
from kinect_sync.calibration.solving.suspicions import Suspicions, length_of

FEWEST_POSES = 20
"""Fewer poses leave half a millimetre and more to noise alone; 60 leave 0.2."""
MIRRORED_PART = 0.5
SURE = 4.0
"""A fault is told where its value is beyond its limit and so many standard deviations together: good units
are off a little, and noise comes on top of that."""
SCALE_PERCENT = 0.2
"""A printer that scales is off by more; one that does not, by less."""
SCALE_SURE = 3.0
"""Of the scale's own standard deviations: what devices mistake it by is among them."""
DEVICE_SCALE_PERCENT = 0.16
"""Standard deviation of the scale as a single device takes it: its depth grows by 0.1 % too fast, its focal
lengths are 0.1 % and 0.07 % off."""
FACTORY_TURN_DEG = 0.45
"""Good units are within 0.1 degrees per axis: one of 6000 is beyond 0.45."""
FACTORY_SHIFT_MM = 6.0
"""Good units are within 1 mm per axis."""
DEPTH_OFFSET_MM = 16.0
"""The data sheet allows 11 mm and 0.1 % of the distance, 2 to 3 mm; lenses pass for as much again."""
FOCAL_PERCENT = 0.4
"""Good units are within 0.1 %."""
CENTRE_PX = 2.5
"""Good units are within half a pixel per axis."""
BOW_MM = 1.0
"""Over the board's corners. A board that is bent by so much costs a tenth of that."""
MOVED_MM = 1.5
"""Less is lost in what lenses are off by."""
MOVED_STRENGTH = 50.0
"""Steps that are told by chance, and by lenses, are below 10; by corners that are wrong as a whole, below 40.
A bump of 0.18 degrees and 4 mm has 65 in a sparse ring of four, and hundreds where more is shared."""
WEAK_MM = 3.0
"""A pair that is known no better, by noise alone, is weak."""


@dataclass(frozen=True)
class Clues:
    """What faults are told by, beside the solution itself."""

    poses: int
    """Poses of the board that two devices saw."""
    pairs: Sequence[PairMeasures] = ()
    suspicions: Suspicions | None = None
    movements: Sequence[Movement] = ()


def find_faults(solution: Solution, clues: Clues) -> tuple[Fault, ...]:
    """Return all that is wrong, in the order in which it should be mended."""
    faults = [*_of_the_walk(solution, clues)]
    if solution.fit is not None and clues.suspicions is not None:
        faults += [*_mirrored(solution.fit), *_seen_by_all(solution, clues, clues.suspicions)]
    return tuple(faults)


def _seen_by_all(solution: Solution, clues: Clues, suspicions: Suspicions) -> Iterator[Fault]:
    """Tell what takes views of several devices, or depth, to tell.

    A walk in which a device was moved tells of nothing else: lenses, poses and scale take on what it does to
    all. Where a lens is not the factory's, scale and offset are looked at as they are with lenses free.
    """
    names = list(solution.devices)
    yield from _movements(names, clues.movements)
    yield from _bow(suspicions)
    if clues.movements:
        return
    lenses = list(_lenses(names, suspicions))
    blurred = {fault.device for fault in lenses}
    yield from _scale(solution, suspicions if blurred else None)
    yield from lenses
    for number, name in enumerate(names):
        device = solution.devices[name]
        yield from _factory_pose(device, suspicions, number)
        offset_mm = 1000 * float(suspicions.offsets_m[number]) if name in blurred else device.depth_offset_mm
        yield from _depth_offset(device, offset_mm, suspicions)


# --- of the walk and the board ----------------------------------------------------------------------------


def _of_the_walk(solution: Solution, clues: Clues) -> Iterator[Fault]:
    for device in solution.unreached:
        yield Fault(FaultKind.UNCONNECTED, device.pulses, 1, "poses", device=device.name)
    if clues.poses < FEWEST_POSES:
        yield Fault(FaultKind.TOO_FEW_POSES, clues.poses, FEWEST_POSES, "poses")
    for pair in clues.pairs:
        if pair.sigma_mm > WEAK_MM:
            sigma = pair.sigma_mm
            yield Fault(FaultKind.WEAK_PAIR, sigma, WEAK_MM, "mm", device=pair.first, other=pair.second)


def _mirrored(fit: Fit) -> Iterator[Fault]:
    part = float(find_planar_poses(fit.adjustment.views, fit.adjustment.rig).mirrored.mean())
    if part > MIRRORED_PART:
        yield Fault(FaultKind.BOARD_MIRRORED, part, MIRRORED_PART, "of the views")


def _bow(suspicions: Suspicions) -> Iterator[Fault]:
    bow, sigma = 1000 * suspicions.bow_m, 1000 * suspicions.bow_sigma_m
    if bow > _most(BOW_MM, sigma):
        yield Fault(FaultKind.BOARD_BENT, bow, BOW_MM, "mm", sigma)


def _scale(solution: Solution, freed: Suspicions | None) -> Iterator[Fault]:
    if solution.board_scale_sigma is None:
        return
    percent, noise = 100 * (solution.board_scale - 1), 100 * solution.board_scale_sigma
    if freed is not None:
        percent, noise = 100 * (freed.scale - 1), 100 * freed.scale_sigma
    measured = sum(device.depth_offset_sigma_mm is not None for device in solution.devices.values())
    sigma = float(np.hypot(noise, DEVICE_SCALE_PERCENT / np.sqrt(max(measured, 1))))
    limit = max(SCALE_PERCENT, SCALE_SURE * sigma)
    if abs(percent) > limit:
        yield Fault(FaultKind.BOARD_SCALE, percent, limit, "%", sigma)


# --- of devices -------------------------------------------------------------------------------------------


def _movements(names: Sequence[str], movements: Sequence[Movement]) -> Iterator[Fault]:
    for movement in movements:
        far_mm, name, pulse = 1000 * movement.board_m, names[movement.device], movement.pulse
        other = None if movement.other is None else names[movement.other]
        yield Fault(FaultKind.CAMERA_MOVED, far_mm, MOVED_MM, "mm", device=name, other=other, pulse=pulse)


def _lenses(names: Sequence[str], suspicions: Suspicions) -> Iterator[Fault]:
    for (device, number), lens in suspicions.lenses.items():
        name, camera = names[device], dict(CAMERAS)[number]
        focal, sigma = 100 * lens.focal, 100 * lens.focal_sigma
        centre, centre_sigma = lens.centre_px, lens.centre_sigma_px
        if abs(focal) > _most(FOCAL_PERCENT, sigma):
            yield Fault(FaultKind.FACTORY_LENS, focal, FOCAL_PERCENT, "%", sigma, device=name, camera=camera)
        elif centre > _most(CENTRE_PX, centre_sigma):
            limit = CENTRE_PX
            yield Fault(FaultKind.FACTORY_LENS, centre, limit, "px", centre_sigma, device=name, camera=camera)


def _factory_pose(device: SolvedDevice, suspicions: Suspicions, number: int) -> Iterator[Fault]:
    """Look at the pose between a device's cameras, with their lenses free.

    Or else a focal length that is 0.2 % off passes for a shift of 6 mm at 3 m.
    """
    if not device.both_saw:
        return
    twist, covariance = suspicions.factory_twists[number], suspicions.factory_covariances[number]
    for part, factor, limit, unit in _PARTS:
        value, sigma = (factor * each for each in length_of(twist[part], covariance[part, part]))
        if value > _most(limit, sigma):
            yield Fault(FaultKind.FACTORY_POSE, value, limit, unit, sigma, device=device.name)


_PARTS = (
    (slice(0, 3), float(np.degrees(1)), FACTORY_TURN_DEG, "degrees"),
    (slice(3, 6), 1000.0, FACTORY_SHIFT_MM, "mm"),
)
"""Of a twist: what of it, in which unit, and what good units stay below."""


def _depth_offset(device: SolvedDevice, offset: float, suspicions: Suspicions) -> Iterator[Fault]:
    """Look at a depth offset; a bent board is not where its corners' plane is, by up to twice its bow."""
    if device.depth_offset_sigma_mm is None:
        return
    sigma = device.depth_offset_sigma_mm
    limit = _most(DEPTH_OFFSET_MM + 2000 * suspicions.bow_m, sigma)
    if abs(offset) > limit:
        yield Fault(FaultKind.DEPTH_OFFSET, -offset, limit, "mm", sigma, device=device.name)


def _most(limit: float, sigma: float) -> float:
    """Return what good units and noise together explain, of a value with that standard deviation."""
    return float(np.hypot(limit, SURE * sigma))
