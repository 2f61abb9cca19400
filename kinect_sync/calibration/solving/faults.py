"""What is wrong with a rig, a board or a walk: each a number beyond its limit.

Limits lie well beyond what good units and good prints are known to have, and well beyond noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kinect_sync.calibration.solving.judgement import Fault, FaultKind
from kinect_sync.calibration.solving.planar_pose import find_planar_poses
from kinect_sync.calibration.solving.solution import Fit, Solution

FEWEST_POSES = 20
"""Fewer poses leave a millimetre to noise alone: 20 do 0.5 mm, 60 do 0.2."""
MIRRORED_PART = 0.5
SURE = 4.0
"""A fault is told where its value is beyond its limit, and beyond zero by so many standard deviations."""
SCALE_PERCENT = 0.2
"""A printer that scales is off by more; one that does not, by less."""
DEVICE_SCALE_PERCENT = 0.16
"""Standard deviation of the scale as a single device takes it: its depth grows by 0.1 % too fast, its focal
lengths are 0.1 % and 0.07 % off."""
FACTORY_TURN_DEG = 0.35
"""Good units are within 0.1 degrees per axis."""
FACTORY_SHIFT_MM = 6.0
"""Good units are within 1 mm per axis."""
DEPTH_OFFSET_MM = 13.0
"""The data sheet allows 11 mm and 0.1 % of the distance, which is 2 mm at 2 m."""
WEAK_MM = 3.0
"""A pair that is known no better, by noise alone, is weak."""


def find_faults(solution: Solution, poses: int) -> tuple[Fault, ...]:
    """Return all that is wrong, in the order in which it should be mended."""
    faults = [*_of_the_walk(solution, poses)]
    if solution.fit is not None:
        faults += [*_mirrored(solution.fit), *_scale(solution), *_of_devices(solution)]
    return tuple(faults)


def _of_the_walk(solution: Solution, poses: int) -> Iterator[Fault]:
    for device in solution.unreached:
        yield Fault(FaultKind.UNCONNECTED, device.pulses, 1, "poses", device=device.name)
    if poses < FEWEST_POSES:
        yield Fault(FaultKind.TOO_FEW_POSES, poses, FEWEST_POSES, "poses")


def _mirrored(fit: Fit) -> Iterator[Fault]:
    part = float(find_planar_poses(fit.adjustment.views, fit.adjustment.rig).mirrored.mean())
    if part > MIRRORED_PART:
        yield Fault(FaultKind.BOARD_MIRRORED, part, MIRRORED_PART, "of the views")


def _scale(solution: Solution) -> Iterator[Fault]:
    if solution.board_scale_sigma is None:
        return
    percent, noise = 100 * (solution.board_scale - 1), 100 * solution.board_scale_sigma
    measured = sum(device.depth_offset_sigma_mm is not None for device in solution.devices.values())
    sigma = float(np.hypot(noise, DEVICE_SCALE_PERCENT / np.sqrt(max(measured, 1))))
    limit = max(SCALE_PERCENT, SURE * sigma)
    if abs(percent) > limit:
        yield Fault(FaultKind.BOARD_SCALE, percent, limit, "%", sigma)


def _of_devices(solution: Solution) -> Iterator[Fault]:
    for device in solution.devices.values():
        if device.both_saw:
            turn, sigma = device.factory_turn_deg, device.factory_turn_sigma_deg
            if turn > max(FACTORY_TURN_DEG, SURE * sigma):
                yield Fault(
                    FaultKind.FACTORY_POSE, turn, FACTORY_TURN_DEG, "degrees", sigma, device=device.name
                )
            shift, sigma = device.factory_shift_mm, device.factory_shift_sigma_mm
            if shift > max(FACTORY_SHIFT_MM, SURE * sigma):
                yield Fault(FaultKind.FACTORY_POSE, shift, FACTORY_SHIFT_MM, "mm", sigma, device=device.name)
        if device.depth_offset_sigma_mm is not None:
            offset, sigma = device.depth_offset_mm, device.depth_offset_sigma_mm
            if abs(offset) > max(DEPTH_OFFSET_MM, SURE * sigma):
                yield Fault(FaultKind.DEPTH_OFFSET, -offset, DEPTH_OFFSET_MM, "mm", sigma, device=device.name)
