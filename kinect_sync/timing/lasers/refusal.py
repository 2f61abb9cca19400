"""What to tell an operator whose lasers do not fit: why, how many would, and the nearest changes that help.

Every change that is suggested has been planned with success first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from kinect_sync.errors import UsageError
from kinect_sync.findings.rig import OFFSETS_DO_NOT_FIT
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import DepthMode, Topology
from kinect_sync.rig.problem import listed
from kinect_sync.timing.lasers.check import LASER_PATTERNS
from kinect_sync.timing.lasers.plan import (
    DoesNotFit,
    OffsetPlan,
    PlanRequest,
    Strategy,
    capacity_of,
    plan_offsets,
)

_SUGGESTIONS = 3


def plan_or_explain(rig: RigFields, request: PlanRequest) -> OffsetPlan:
    """Plan the delays of a rig.

    Raises:
        UsageError: with the cause, the capacity, and changes with which there is a plan.
    """
    try:
        return plan_offsets(rig, request)
    except DoesNotFit as cause:
        what = "; ".join([str(cause), *_capacities(rig, request)])
        remedies = list(islice(_remedies(rig, request), _SUGGESTIONS))
        remedy = listed(remedies) if remedies else None
        raise UsageError(OFFSETS_DO_NOT_FIT.found(what, remedy=remedy)) from cause


def laser_modes(rig: RigFields) -> list[DepthMode]:
    """Return the depth modes of a rig that fire lasers, in the order of the devices."""
    modes = (rig.depth_mode_of(device) for device in rig.devices)
    return list(dict.fromkeys(mode for mode in modes if mode in LASER_PATTERNS))


def _capacities(rig: RigFields, request: PlanRequest) -> Iterator[str]:
    for mode in () if rig.topology is Topology.STANDALONE else laser_modes(rig):
        near, total = capacity_of(rig, mode, request)
        fit = f"{total} in {mode} fit that see the same volume, {near} in one laser train"
        yield f"at {rig.camera.fps} fps {fit}"


def _remedies(rig: RigFields, request: PlanRequest) -> Iterator[str]:
    """Yield the changes that help, the nearest first."""
    if rig.topology is Topology.STANDALONE:
        yield "connect the devices by sync cables and write `topology: daisy_chain`"
        return
    kept = any(d.subordinate_delay_off_master_usec or d.depth_delay_off_color_usec for d in rig.devices)
    if kept and not request.replan and _fits(rig, replace(request, replan=True)):
        yield "plan the delays that the rig fixes too: `--replan`"
    if request.max_delay_us is not None and _fits(rig, replace(request, max_delay_us=None)):
        yield "allow longer delays: leave `--max-delay-us` out"
    gap_us = _largest(request.min_gap_us - 1, lambda gap: _fits(rig, replace(request, min_gap_us=gap)))
    if gap_us is not None:
        yield f"accept smaller gaps: `--min-gap-us {gap_us}`"
    interleaved = replace(request, strategy=Strategy.INTERLEAVE)
    if request.strategy is not Strategy.INTERLEAVE and _fits(rig, interleaved):
        yield "let depth be delayed alone: `--strategy interleave`"
    yield from _changes_of_the_rig(rig, request)


def _changes_of_the_rig(rig: RigFields, request: PlanRequest) -> Iterator[str]:
    if rig.chains and not rig.overlaps and _fits(_scene_for_each_chain(rig), request):
        yield "say in `overlaps:` who sees the same volume: a group for each chain would fit"
    if DepthMode.WFOV_UNBINNED in laser_modes(rig) and _fits(_binned(rig), request):
        yield "use `depth_mode: wfov_2x2binned`, whose exposure is shorter"
    for fps in (15, 5):
        if fps < rig.camera.fps and _fits(_at(rig, fps), request):
            yield f"use `fps: {fps}`"
            break
    count = _largest(len(rig.devices) - 1, lambda number: _fits(_first(rig, number), request))
    if count and count > 1:
        yield f"keep the first {count} of the {len(rig.devices)} devices"


def _fits(rig: RigFields, request: PlanRequest) -> bool:
    try:
        plan_offsets(rig, request)
    except DoesNotFit:
        return False
    return True


def _largest(limit: int, fits: Callable[[int], bool]) -> int | None:
    """Return the largest number from 0 to `limit` that fits, where smaller ones fit too."""
    low, high = -1, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low if low >= 0 else None


def _scene_for_each_chain(rig: RigFields) -> RigFields:
    return rig.model_copy(update={"overlaps": rig.chains})


def _binned(rig: RigFields) -> RigFields:
    mode = DepthMode.WFOV_2X2BINNED
    devices = tuple(
        device.model_copy(update={"depth_mode": mode})
        if rig.depth_mode_of(device) is DepthMode.WFOV_UNBINNED
        else device
        for device in rig.devices
    )
    return rig.model_copy(update={"devices": devices})


def _at(rig: RigFields, fps: int) -> RigFields:
    return rig.model_copy(update={"camera": rig.camera.model_copy(update={"fps": fps})})


def _first(rig: RigFields, count: int) -> RigFields:
    return rig.model_copy(update={"devices": rig.devices[:count]})
