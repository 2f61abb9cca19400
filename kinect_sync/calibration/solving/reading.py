"""What the solver's unknowns amount to, device by device."""

from __future__ import annotations

import numpy as np

from kinect_sync.calibration.solving.corners import view_corners
from kinect_sync.calibration.solving.solution import (
    STILL,
    Fit,
    Solution,
    SolvedCamera,
    SolvedDevice,
    Unreached,
)
from kinect_sync.calibration.solving.stacked_poses import Poses, crossing
from kinect_sync.calibration.solving.state import PER_DEVICE, Columns
from kinect_sync.calibration.solving.view_table import COLOR, DEPTH
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.poses import Numbers

CAMERAS = ((COLOR, Camera.COLOR), (DEPTH, Camera.DEPTH))


def describe(fit: Fit, unreached: tuple[Unreached, ...]) -> Solution:
    """Return what was found, in the frame of the first device's lead camera."""
    rig, state = fit.adjustment.rig, fit.state
    columns = Columns(len(rig))
    measured = bool(fit.adjustment.free[columns.scale])
    variance = fit.covariance[columns.scale, columns.scale]
    return Solution(
        devices={name: _device(fit, device) for device, name in enumerate(rig.names)},
        unreached=unreached,
        boards={
            int(pulse): state.world_from_board.one(board)
            for board, pulse in enumerate(fit.adjustment.views.pulses)
        },
        board_scale=state.scale,
        board_scale_sigma=float(np.sqrt(variance)) if measured else None,
        noise=fit.adjustment.noise,
        world_from_solved=STILL,
        fit=fit,
    )


def describe_nothing(unreached: tuple[Unreached, ...]) -> Solution:
    """Return what is found where no device saw the board."""
    return Solution({}, unreached, {}, 1.0, None, None, STILL)


def _device(fit: Fit, device: int) -> SolvedDevice:
    rig, state = fit.adjustment.rig, fit.state
    columns = Columns(len(rig))
    offset = columns.offsets.start + device
    measured = bool(fit.adjustment.free[offset])
    twist = state.other_from_lead.twists_from(rig.other_from_lead)[device]
    block = _block(fit, device)[6:, 6:]
    views = fit.adjustment.views
    saw = {int(camera) for camera in views.camera[(views.device == device) & fit.adjustment.kept.any(1)]}
    return SolvedDevice(
        name=rig.names[device],
        cameras={
            name: _camera(fit, device, number) for number, name in CAMERAS if rig.lenses[device][number]
        },
        depth_offset_mm=1000 * float(state.offset_m[device]),
        depth_offset_sigma_mm=1000 * float(np.sqrt(fit.covariance[offset, offset])) if measured else None,
        factory_turn_deg=float(np.degrees(np.linalg.norm(twist[:3]))),
        factory_shift_mm=1000 * float(np.linalg.norm(twist[3:])),
        factory_turn_sigma_deg=float(np.degrees(_per_axis(block[:3, :3]))),
        factory_shift_sigma_mm=1000 * _per_axis(block[3:, 3:]),
        both_saw=len(saw) == 2,
    )


def _block(fit: Fit, device: int) -> Numbers:
    part = slice(PER_DEVICE * device, PER_DEVICE * (device + 1))
    block: Numbers = fit.covariance[part, part]
    return block


def _per_axis(covariance: Numbers) -> float:
    return float(np.sqrt(np.trace(covariance) / len(covariance)))


def _camera(fit: Fit, device: int, number: int) -> SolvedCamera:
    adjustment, state = fit.adjustment, fit.state
    leads = bool(adjustment.rig.lead[device] == number)
    camera = state.camera_from_world(np.array([device]), np.array([leads]))
    covariance = twist_covariance(fit, device, leads=leads)
    holds = device == 0 and leads
    rows = (adjustment.views.device == device) & (adjustment.views.camera == number)
    kept, seen = adjustment.kept[rows], adjustment.views.seen[rows]
    off = view_corners(adjustment.views.rows(rows), adjustment.rig, state).off_px[kept]
    return SolvedCamera(
        world_from_camera=camera.inverse().one(0),
        sigma_mm=None if holds else 1000 * _per_axis(covariance[3:, 3:]),
        sigma_deg=None if holds else float(np.degrees(_per_axis(covariance[:3, :3]))),
        residual_px=float(np.sqrt((off**2).mean())) if len(off) else None,
        views=int(kept.any(1).sum()),
        corners=int(kept.sum()),
        rejected=int(seen.sum() - kept.sum()),
    )


def twist_covariance(fit: Fit, device: int, *, leads: bool) -> Numbers:
    """Return the covariance of a camera's twist in its own frame, shape (6, 6)."""
    slopes = twist_slopes(fit, device, leads=leads)
    covariance: Numbers = slopes @ _block(fit, device) @ slopes.T
    return covariance


def twist_slopes(fit: Fit, device: int, *, leads: bool) -> Numbers:
    """Return how a camera's twist follows from the device's twelve unknowns, shape (6, 12)."""
    if leads:
        return np.hstack((np.eye(6), np.zeros((6, 6))))
    return np.hstack((adjoint(fit.state.other_from_lead.at(device)), np.eye(6)))


def adjoint(pose: Poses) -> Numbers:
    """Return how a twist looks from another frame, shape (..., 6, 6)."""
    matrix = np.zeros((*pose.translation.shape[:-1], 6, 6))
    matrix[..., :3, :3] = matrix[..., 3:, 3:] = pose.rotation
    matrix[..., 3:, :3] = crossing(pose.translation) @ pose.rotation
    return matrix


def relative_sigmas(fit: Fit, first: int, second: int) -> tuple[float, float]:
    """Return how well it is known where one lead camera is to another: metres and radians, per axis."""
    leads = fit.state.lead_from_world
    between = leads.at(first).of(leads.at(second).inverse())
    slopes = np.hstack((np.eye(6), -adjoint(between)))
    columns = np.concatenate([PER_DEVICE * device + np.arange(6) for device in (first, second)])
    covariance = slopes @ fit.covariance[np.ix_(columns, columns)] @ slopes.T
    return _per_axis(covariance[3:, 3:]), _per_axis(covariance[:3, :3])
