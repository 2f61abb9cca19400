"""The world that a calibration is told in: what its axes come from, and what the take has for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from kinect_sync.calibration.floor import LEAN_DEG, find_floor
from kinect_sync.calibration.rig_calibration import RigCalibration, World
from kinect_sync.calibration.solving.solution import Solution, SolvedCamera
from kinect_sync.calibration.views import Camera
from kinect_sync.calibration.world_frame import (
    Up,
    board_world,
    device_world,
    find_up,
    floor_world,
    gravity_world,
    point_up,
)
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import ACCELEROMETER_ASTRAY, WORLD_UNKNOWN
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.review.calibrating.comparing import Compared
from kinect_sync.review.calibrating.floor_points import floor_points
from kinect_sync.review.calibrating.request import CalibrationRequest
from kinect_sync.takes.acceleration import mean_acceleration
from kinect_sync.takes.geometry import read_factory_calibration
from kinect_sync.takes.opened_take import OpenedTake

CAMERAS_LEAN_DEG = 45.0
"""So far a floor may lean against what is up by the cameras' mounting: rigs on one side all look down."""


@dataclass(frozen=True)
class InWorld:
    """A solution in its world."""

    solution: Solution
    world: World
    findings: tuple[Finding, ...] = ()
    tilts_deg: Mapping[str, float] = field(default_factory=dict)
    """By device, how far its accelerometer's vertical is from that of all."""


def bring_into_world(
    request: CalibrationRequest,
    take: OpenedTake,
    earlier: RigCalibration | None,
    compared: Compared | None,
    solution: Solution,
) -> InWorld:
    """Bring a solution into the world that was asked for, or else the best that the take has.

    Of an earlier calibration that is refined the world stays, so that what was made with it stays right.
    Raises UsageError where the take has nothing of what was asked for.
    """
    up = _find_up(take, solution)
    told = tuple(_astray(up)) if up is not None else ()
    tilts = up.off_deg if up is not None else {}
    back = compared.earlier_from_now if compared is not None else None
    if earlier is not None and back is not None and request.world in (None, earlier.world):
        return InWorld(solution.in_world(back), earlier.world, told, tilts)
    world = request.world or ("gravity" if up is not None else "device")
    there = _world_from_here(world, take, solution, up)
    return InWorld(solution.in_world(there), world, told, tilts)


def _world_from_here(world: World, take: OpenedTake, solution: Solution, up: Up | None) -> Pose:
    first = _lead(next(iter(solution.devices.values())).cameras)
    if world == "device":
        return device_world(first)
    if world == "board":
        return board_world(solution.boards[min(solution.boards)])
    if world == "gravity":
        if up is None:
            what = "no IMU was recorded with a calibration that says how it stands: nothing tells what is up"
            remedy = "record with `imu: true`, or choose another --world"
            raise UsageError(WORLD_UNKNOWN.found(what, remedy=remedy))
        return gravity_world(np.array(up.direction), first)
    return _floor(take, solution, up, first)


def _floor(take: OpenedTake, solution: Solution, up: Up | None, first: Pose) -> Pose:
    if up is not None:
        direction, lean_deg = np.array(up.direction), LEAN_DEG
    else:
        direction, lean_deg = _up_of_cameras(solution), CAMERAS_LEAN_DEG
    floor = find_floor(floor_points(take, solution), direction, lean_deg)
    if floor is None:
        what = (
            "no floor is seen: among the lowest depth there is no plane, wide and level to "
            f"{lean_deg:.0f}° by {'the accelerometers' if up is not None else 'how the cameras are mounted'}"
        )
        other = (
            "choose another --world"
            if up is not None
            else "record with `imu: true`, or choose another --world"
        )
        raise UsageError(WORLD_UNKNOWN.found(what, remedy=other))
    return floor_world(floor, first)


def _lead(cameras: Mapping[Camera, SolvedCamera]) -> Pose:
    """Return where a device's color camera is, or its depth camera without color."""
    return (cameras.get(Camera.COLOR) or cameras[Camera.DEPTH]).world_from_camera


def _up_of_cameras(solution: Solution) -> Numbers:
    """Return what is up if cameras are mounted upright: around a room their tilts cancel."""
    downs = [np.array(_lead(each.cameras).rotation)[:, 1] for each in solution.devices.values()]
    up: Numbers = -np.mean(downs, axis=0)
    return up / np.linalg.norm(up)


# --- gravity ----------------------------------------------------------------------------------------------


def _find_up(take: OpenedTake, solution: Solution) -> Up | None:
    """Return what the accelerometers say is up; None where none was recorded."""
    ups = {}
    for device in take.manifest.devices:
        name = device.settings.name
        solved = solution.devices.get(name)
        if not device.settings.imu or solved is None or Camera.DEPTH not in solved.cameras:
            continue
        path = take.recording(device)
        factory = parse_calibration(read_factory_calibration(path, name), name)
        felt = mean_acceleration(path)
        if felt is not None and factory.accelerometer_from_device is not None and np.linalg.norm(felt) > 1:
            pose = solved.cameras[Camera.DEPTH].world_from_camera
            ups[name] = point_up(felt, factory.accelerometer_from_device, pose)
    return find_up(ups) if ups else None


def _astray(up: Up) -> Iterator[Finding]:
    for name in up.astray:
        what = (
            f"its accelerometer's vertical is {up.off_deg[name]:.1f}° off that of the others: it was left out"
        )
        yield ACCELEROMETER_ASTRAY.found(what, device=name)
