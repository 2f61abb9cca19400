"""An earlier calibration against what a take shows: which devices moved, and the world that both share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.moves import LEAST_MM, MOST_MM, SURE, Comparison, compare
from kinect_sync.calibration.rig_calibration import CalibratedDevice, RigCalibration
from kinect_sync.calibration.solving.solution import Solution, SolvedCamera, SolvedDevice
from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import CAMERA_MOVED, CAMERA_UNKNOWN, CAMERAS_UNCHECKED
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.review.calibrating.request import MovedDevice
from kinect_sync.rig.model import DeviceSettings

FEWEST_POSES = 3
"""With fewer, a device's place is not worth a comparison."""


@dataclass(frozen=True)
class Compared:
    """What came of a comparison."""

    devices: tuple[MovedDevice, ...]
    """Those of the take, in its order."""
    findings: tuple[Finding, ...]
    earlier_from_now: Pose | None
    """From the world of the solution to the earlier one; None where they share no device."""


@dataclass(frozen=True)
class _Common:
    """A camera of which both calibrations have a place."""

    before: Pose
    now: SolvedCamera


def compare_with(
    earlier: RigCalibration,
    solution: Solution,
    settings: Mapping[str, DeviceSettings],
    board: Board,
    views: list[BoardView],
) -> Compared:
    """Compare a solution with an earlier calibration; devices are known by their serial numbers."""
    known = {name: earlier.by_serial[each.serial] for name, each in settings.items()
             if each.serial in earlier.by_serial}  # fmt: skip
    sights = {name: _sights(name, solution, board, views) for name in solution.devices}
    common = {
        name: found
        for name in solution.devices
        if name in known
        and len(sights[name]) >= FEWEST_POSES
        and (found := _common(solution.devices[name], known[name])) is not None
    }
    limits = {name: _limit_mm(each.now, sights[name]) for name, each in common.items()}
    comparison = compare(
        {name: each.before for name, each in common.items()},
        {name: each.now.world_from_camera for name, each in common.items()},
        {name: np.concatenate(sights[name]) for name in common},
        limits,
    )
    devices = tuple(_moved(name, comparison, limits, len(sights.get(name, ()))) for name in settings)
    world = comparison.before_from_now if comparison is not None else None
    unknown = [_unknown(each, earlier) for name, each in settings.items() if name not in known]
    told = _findings([each for each in devices if each.name in known], earlier)
    return Compared(devices, (*unknown, *told), world)


def _unknown(device: DeviceSettings, earlier: RigCalibration) -> Finding:
    others = ", ".join(f"{each.name} ({each.serial})" for each in earlier.devices)
    what = f"the calibration made of {earlier.take} does not know {device.serial}: it is of {others}"
    return CAMERA_UNKNOWN.found(what, device=device.name)


def _sights(name: str, solution: Solution, board: Board, views: list[BoardView]) -> list[Numbers]:
    """Return where a device saw the board when another did too, in the solution's world, for each pose."""
    corners = board.corners * solution.board_scale
    others = {view.pulse for view in views if view.device != name and view.device in solution.devices}
    seen: dict[int, Numbers] = {}
    for view in views:
        if view.device == name and view.pulse in others and view.pulse in solution.boards:
            seen[view.pulse] = solution.boards[view.pulse].apply(corners[view.ids])
    return list(seen.values())


def _common(device: SolvedDevice, known: CalibratedDevice) -> _Common | None:
    """Return the camera that both calibrations have a place of; None where another one runs now."""
    for camera, place in ((Camera.COLOR, known.color), (Camera.DEPTH, known.depth)):
        if place is not None and camera in device.cameras:
            return _Common(place.world_from_camera, device.cameras[camera])
    return None


def _limit_mm(found: SolvedCamera, sights: list[Numbers]) -> float:
    """Return from where on a device counts as moved: what noise does where it sees the board, or lenses."""
    middle = np.concatenate(sights).mean(0)
    distance_mm = 1000 * float(np.linalg.norm(middle - np.array(found.world_from_camera.translation_m)))
    swing_mm = np.radians(found.sigma_deg or 0.0) * distance_mm
    return max(LEAST_MM, SURE * float(np.hypot(found.sigma_mm or 0.0, swing_mm)))


def _moved(name: str, comparison: Comparison | None, limits: Mapping[str, float], poses: int) -> MovedDevice:
    """Tell of a device how it moved; where too little was seen to say so, only a move that is plain."""
    move = comparison.moves.get(name) if comparison is not None else None
    limit_mm = limits.get(name, LEAST_MM)
    sure = comparison is not None and name in comparison.sure
    if move is None or not (sure or move.moved_mm > limit_mm):
        return MovedDevice(name=name, poses=poses, moved_mm=None, limit_mm=round(limit_mm, 3), shift_mm=None,
                           turn_deg=None, moved=False)  # fmt: skip
    return MovedDevice(
        name=name,
        poses=poses,
        moved_mm=round(move.moved_mm, 3),
        limit_mm=round(limit_mm, 3),
        shift_mm=round(move.shift_mm, 3),
        turn_deg=round(move.turn_deg, 4),
        moved=move.moved_mm > limit_mm,
    )


def _findings(devices: list[MovedDevice], earlier: RigCalibration) -> Iterator[Finding]:
    seen = sum(each.poses >= FEWEST_POSES for each in devices)
    for device in devices:
        if device.moved:
            what = (
                f"since {earlier.take} it was moved by {device.shift_mm:.1f} mm and turned by "
                f"{device.turn_deg:.2f}°: what it sees of the board is {device.moved_mm:.1f} mm off"
            )
            if seen == 2:
                what += "; of two devices nobody can tell which one it was"
            yield CAMERA_MOVED.found(what, device=device.name)
        elif device.moved_mm is None:
            yield CAMERAS_UNCHECKED.found(_unchecked(device, seen), device=device.name)


def _unchecked(device: MovedDevice, seen: int) -> str:
    poses = f"it saw the board with others at {device.poses} poses"
    if device.poses < FEWEST_POSES:
        return f"{poses}: nobody can tell whether it moved"
    if device.limit_mm > MOST_MM:
        return f"{poses}, which leaves {device.limit_mm:.0f} mm to noise: nobody can tell whether it moved"
    if seen == 1:
        return f"{poses}, and no other device did that the calibration knows: alone it may stand anywhere"
    return f"{poses}, and no other device tells well enough where it is: nobody can tell whether it moved"
