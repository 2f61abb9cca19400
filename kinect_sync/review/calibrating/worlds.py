"""The world that a calibration is told in: what its axes come from, and what the take has for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kinect_sync.calibration.floor import LEAN_DEG, find_floor
from kinect_sync.calibration.rig_calibration import RigCalibration, World
from kinect_sync.calibration.solving.choosing import first_still
from kinect_sync.calibration.solving.measures import kept_pulses
from kinect_sync.calibration.solving.solution import STILL, Solution, SolvedCamera
from kinect_sync.calibration.views import Camera
from kinect_sync.calibration.world_frame import (
    Up,
    board_world,
    device_world,
    floor_world,
    gravity_world,
)
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import RIG_CALIBRATIONS_APART, WORLD_NOT_FOUND
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.review.calibrating.comparing import FEWEST_POSES, Compared
from kinect_sync.review.calibrating.floor_points import floor_points
from kinect_sync.review.calibrating.gravity import astray, felt_in, up_in
from kinect_sync.review.calibrating.request import CalibrationRequest
from kinect_sync.review.calibrating.walk import Walk
from kinect_sync.takes.opened_take import OpenedTake

CAMERAS_LEAN_DEG = 45.0
"""So far a floor may lean against what is up by the cameras' mounting: rigs on one side all look down."""


@dataclass(frozen=True)
class InWorld:
    """A solution in its world."""

    solution: Solution
    world: World
    from_earlier: Pose | None
    """From the earlier calibration's world to this; None without an earlier one."""
    pulse: int | None = None
    """At which the board lay that the world is of."""
    findings: tuple[Finding, ...] = ()
    tilts_deg: Mapping[str, float] = field(default_factory=dict)
    """By device, how far its accelerometer's vertical is from that of all."""


def bring_into_world(
    request: CalibrationRequest,
    take: OpenedTake,
    walk: Walk,
    earlier: RigCalibration | None,
    compared: Compared | None,
    solution: Solution,
) -> InWorld:
    """Bring a solution into the world that was asked for, or else the best that the take has.

    Of an earlier calibration that is refined the world stays, so that what was made with it stays right. A
    world that turns out not to be in the take is told, and another one taken: the solution is right in any.
    Raises UsageError where nothing ties the solution to the earlier calibration.
    """
    back = _tie(earlier, compared)
    up = up_in(solution, felt_in(take))
    told = tuple(astray(up)) if up is not None else ()
    tilts = up.off_deg if up is not None else {}
    world = request.world or (earlier.world if earlier is not None else None)
    if earlier is None or world != earlier.world:
        world = world or ("gravity" if up is not None else "device")
        found = _world_from_here(world, take, walk, solution, up)
        if found is not None:
            there, pulse = found
            from_earlier = None if back is None else there @ back.inverse()
            return InWorld(solution.in_world(there), world, from_earlier, pulse, told, tilts)
        told = (*told, _not_found(world, earlier, up))
    if earlier is not None and back is not None:
        return InWorld(solution.in_world(back), earlier.world, STILL, None, told, tilts)
    return InWorld(solution.in_world(device_world(_first(solution))), "device", None, None, told, tilts)


def _tie(earlier: RigCalibration | None, compared: Compared | None) -> Pose | None:
    """Return the way from the solution's world to that of an earlier calibration, if there is one."""
    if earlier is None or compared is None:
        return None
    if compared.earlier_from_now is None:
        what = (
            f"of the devices that the calibration made of {earlier.take} knows, none saw the board with "
            f"others at {FEWEST_POSES} poses: nothing ties the two"
        )
        remedy = "carry the board through where one of them and another see it, or leave out `--refine`"
        raise UsageError(RIG_CALIBRATIONS_APART.found(what, remedy=remedy))
    return compared.earlier_from_now


def _not_found(world: World, earlier: RigCalibration | None, up: Up | None) -> Finding:
    why = "no device that was reached felt what is up"
    if world == "floor":
        by = "the accelerometers" if up is not None else "how the cameras are mounted"
        why = (
            "no floor is seen: among the lowest depth there is no plane, wide and level to "
            f"{_lean_deg(up):.0f}° by {by}"
        )
    taken = "the first device" if earlier is None else "the earlier calibration"
    choose = (
        "choose another --world" if up is not None else "record with `imu: true`, or choose another --world"
    )
    return WORLD_NOT_FOUND.found(f"{why}; the world is that of {taken}", remedy=choose)


def _world_from_here(
    world: World, take: OpenedTake, walk: Walk, solution: Solution, up: Up | None
) -> tuple[Pose, int | None] | None:
    """Return the way to a world, and the pulse that it is of if it is a board's; None where nothing tells."""
    first = _first(solution)
    if world == "device":
        return device_world(first), None
    if world == "board":
        pulse = _laid_down(walk, solution)
        return board_world(solution.boards[pulse]), pulse
    if world == "gravity":
        return None if up is None else (gravity_world(np.array(up.direction), first), None)
    direction = np.array(up.direction) if up is not None else _up_of_cameras(solution)
    floor = find_floor(floor_points(take, solution), direction, _lean_deg(up))
    return None if floor is None else (floor_world(floor, first), None)


def _lean_deg(up: Up | None) -> float:
    """Return how far a floor may lean against what is up by the accelerometers, or by the cameras alone."""
    return CAMERAS_LEAN_DEG if up is None else LEAN_DEG


def _laid_down(walk: Walk, solution: Solution) -> int:
    """Return the first pulse at which the board lay still and something of what was seen counts."""
    still = first_still(walk.looked)
    counting = kept_pulses(solution.fit) if solution.fit is not None else []
    pulses = [pulse for pulse in counting or solution.boards if still is None or pulse >= still]
    return min(pulses or solution.boards)


def _first(solution: Solution) -> Pose:
    """Return where the first device is."""
    return _lead(next(iter(solution.devices.values())).cameras)


def _lead(cameras: Mapping[Camera, SolvedCamera]) -> Pose:
    """Return where a device's color camera is, or its depth camera without color."""
    return (cameras.get(Camera.COLOR) or cameras[Camera.DEPTH]).world_from_camera


def _up_of_cameras(solution: Solution) -> Numbers:
    """Return what is up if cameras are mounted upright: around a room their tilts cancel."""
    downs = [np.array(_lead(each.cameras).rotation)[:, 1] for each in solution.devices.values()]
    up: Numbers = -np.mean(downs, axis=0)
    return up / np.linalg.norm(up)
