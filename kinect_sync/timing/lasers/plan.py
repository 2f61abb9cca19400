"""The offset plan: delays with which no laser fires into the depth exposure of a device beside it.

The planner proposes and `lasers.check.check_lasers` judges: a plan that the checker does not confirm is never
returned. Why it takes a planner: delays are cut to 90 kHz ticks, pulse patterns differ by depth mode, and
all of it is periodic, so that `160 × index` comes round to itself from the tenth device on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import ColorResolution, DepthMode, Role, Topology, Word
from kinect_sync.timing.lasers.check import (
    LASER_PATTERNS,
    UNITS_PER_US,
    LaserCheck,
    capture_period,
    check_lasers,
    check_rig,
    lasers_of,
    overlapping_pairs,
    units_per_step,
)
from kinect_sync.timing.lasers.placing import (
    FreeLaser,
    Group,
    place_evenly,
    place_in_steps,
    place_near_wishes,
    recommended_positions,
)
from kinect_sync.timing.lasers.search import Grid, Placement, pack

DEFAULT_MIN_GAP_US = 30
"""What 160 µs from start to start leave on the tick grid: 14 ticks, 155.6 µs, less a pulse of 125 µs."""

_NO_DELAYS = {"subordinate_delay_off_master_usec": 0, "depth_delay_off_color_usec": 0}


class Strategy(Word):
    """What is delayed, and to what end."""

    INTERLEAVE = "interleave"
    """Depth alone: all color images stay simultaneous."""
    SHIFT = "shift"
    """Color and depth together."""
    STAGGER = "stagger"
    """Captures spread evenly over the period, so that n devices see the scene n × fps times a second."""


class Spacing(Word):
    """How far lasers are apart."""

    RECOMMENDED = "recommended"
    """160 µs from start to start, in the order of the devices."""
    EVEN = "even"
    """As far apart as the devices allow."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is asked to be."""

    strategy: Strategy = Strategy.INTERLEAVE
    spacing: Spacing = Spacing.RECOMMENDED
    min_gap_us: int = DEFAULT_MIN_GAP_US
    """No two laser pulses of overlapping devices may be closer."""
    max_delay_us: int | None = None
    """No device may be delayed by more; by default, by what the hardware takes."""
    replan: bool = False
    """Also plan the devices that have a delay in the rig, which are otherwise kept as they are."""


@dataclass(frozen=True, slots=True)
class OffsetPlan:
    """A plan that the checker has confirmed."""

    rig: RigFields
    """The rig with the planned delays."""
    request: PlanRequest
    kept: frozenset[str]
    """Devices whose delays are the rig's own."""
    check: LaserCheck
    """Of the delays as the devices keep them."""
    optimal: bool | None
    """Whether no plan of this kind has a larger smallest gap; None where that was not asked for."""


class DoesNotFit(Exception):
    """No plan was found; the text says for which devices and why."""


def plan_offsets(rig: RigFields, request: PlanRequest) -> OffsetPlan:
    """Plan the delays of a rig; the same rig and request always give the same plan.

    Raises:
        DoesNotFit: there is no plan within the limits, or a full search was given up.
    """
    if rig.topology is Topology.STANDALONE:
        raise DoesNotFit("standalone devices follow no pulse, so no delay keeps their lasers apart")
    rig = _freed(rig) if request.replan else rig
    kept = frozenset(device.name for device in rig.devices if _has_delay(device))
    _refuse_kept_conflicts(rig, request, kept)
    _refuse_late_captures(rig, request, kept)
    positions: dict[str, int] = {}
    optimal = True
    for group in _groups(rig, request, kept):
        placement = _place(group, request, len(rig.devices))
        if placement.positions is None:
            raise DoesNotFit(_no_place(group, request, complete=placement.complete))
        optimal = optimal and placement.complete
        positions |= zip((laser.device for laser in group.free), placement.positions, strict=True)
    planned = _with_delays(rig, request, kept, positions)
    check = check_rig(planned)
    _confirm(check, request)
    return OffsetPlan(planned, request, kept, check, optimal if request.spacing is Spacing.EVEN else None)


def capacity_of(rig: RigFields, mode: DepthMode, request: PlanRequest) -> tuple[int, int]:
    """Return how many devices of one depth mode, all seeing the same volume, fit: in one pitch, and in all.

    Counted by placing them one after another, each as early as the gap allows.
    """
    pattern, grid = LASER_PATTERNS[mode], grid_of(rig, request)
    positions = pack(grid, request.min_gap_us * UNITS_PER_US, pattern)
    pitch = pattern.pitch_us * UNITS_PER_US
    return sum(1 for position in positions if position * grid.step < pitch), len(positions)


def grid_of(rig: RigFields, request: PlanRequest) -> Grid:
    """Return the delays that the rig's devices can keep, within the request's limit."""
    step = units_per_step(rig.hardware)
    period = capture_period(rig.camera.fps)
    limit_us = rig.hardware.profile.delays.limit_us(rig.camera.fps)
    if request.max_delay_us is not None:
        limit_us = min(limit_us, request.max_delay_us)
    return Grid(step, min(limit_us * UNITS_PER_US, period - 1) // step, period)


def _freed(rig: RigFields) -> RigFields:
    devices = tuple(device.model_copy(update=_NO_DELAYS) for device in rig.devices)
    return rig.model_copy(update={"devices": devices})


def _has_delay(device: DeviceSpec) -> bool:
    return bool(device.subordinate_delay_off_master_usec or device.depth_delay_off_color_usec)


def _refuse_kept_conflicts(rig: RigFields, request: PlanRequest, kept: frozenset[str]) -> None:
    """Tell when the rig's own delays already bring two lasers too near to each other."""
    lasers = [laser for laser in lasers_of(rig) if laser.device in kept]
    gap = check_lasers(lasers, overlapping_pairs(rig), capture_period(rig.camera.fps)).smallest
    if gap is not None and gap.gap < request.min_gap_us * UNITS_PER_US:
        apart = "overlap by" if gap.gap < 0 else "are apart by"
        raise DoesNotFit(
            f"with the delays that the rig fixes, the lasers of {gap.earlier} and {gap.later} "
            f"{apart} {abs(gap.gap_us):.1f} µs, and must be {request.min_gap_us} µs apart"
        )


def _refuse_late_captures(rig: RigFields, request: PlanRequest, kept: frozenset[str]) -> None:
    """Tell when evenly spread captures need a longer delay than a device takes: a Femto at 15 fps."""
    grid = grid_of(rig, request)
    times = _capture_times(rig, grid) if request.strategy is Strategy.STAGGER else {}
    late = [name for name, position in times.items() if position > grid.last and name not in kept]
    if late:
        needed_us, most_us = (steps * grid.step // UNITS_PER_US for steps in (times[late[-1]], grid.last))
        raise DoesNotFit(
            f"the captures of {', '.join(late)} would come up to {needed_us} µs after the master's, "
            f"and no device can be delayed by more than {most_us} µs"
        )


def _groups(rig: RigFields, request: PlanRequest, kept: frozenset[str]) -> Iterator[Group]:
    """Yield the devices to place, in sets that have no view in common."""
    grid, lasers = grid_of(rig, request), lasers_of(rig)
    free = {laser.device: laser for laser in _free_lasers(rig, request, kept, grid)}
    names = [laser.device for laser in lasers]
    pairs = [pair for pair in overlapping_pairs(rig) if set(pair) <= set(names)]
    for members in _connected(names, pairs):
        if movable := [free[name] for name in names if name in members and name in free]:
            standing = [laser for laser in lasers if laser.device in members & kept]
            inside = [pair for pair in pairs if set(pair) <= members]
            yield Group(grid, request.min_gap_us * UNITS_PER_US, movable, standing, inside)


def _free_lasers(
    rig: RigFields, request: PlanRequest, kept: frozenset[str], grid: Grid
) -> Iterator[FreeLaser]:
    wishes = _capture_times(rig, grid) if request.strategy is Strategy.STAGGER else {}
    for device in rig.devices:
        pattern = LASER_PATTERNS.get(rig.depth_mode_of(device))
        if pattern is not None and device.name not in kept:
            movable = request.strategy is Strategy.INTERLEAVE or device.role is not Role.MASTER
            yield FreeLaser(device.name, pattern, movable, wishes.get(device.name))


def _capture_times(rig: RigFields, grid: Grid) -> dict[str, int]:
    """Return the positions that spread the devices' captures evenly, the master's at 0."""
    devices = sorted(rig.devices, key=lambda device: device.role is not Role.MASTER)
    steps = [grid.period * index // (len(devices) * grid.step) for index in range(len(devices))]
    return dict(zip((device.name for device in devices), steps, strict=True))


def _connected(names: list[str], pairs: list[tuple[str, str]]) -> list[set[str]]:
    groups = [{name} for name in names]
    for pair in pairs:
        joined = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return groups


def _place(group: Group, request: PlanRequest, captures: int) -> Placement:
    even = request.spacing is Spacing.EVEN
    if request.strategy is Strategy.STAGGER:
        # Half the time between two captures: further, and they would change their order.
        return place_near_wishes(group, group.grid.period // (2 * captures * group.grid.step), even=even)
    return place_evenly(group) if even else place_in_steps(group)


def _no_place(group: Group, request: PlanRequest, *, complete: bool) -> str:
    names = ", ".join(laser.device for laser in group.free)
    gap_us = group.gap // UNITS_PER_US
    verdict = "there is no place" if complete else "no place was found"
    where = "near evenly spread captures" if request.strategy is Strategy.STAGGER else "in the period"
    return f"{verdict} {where} for the lasers of {names}, {gap_us} µs apart"


def _with_delays(
    rig: RigFields, request: PlanRequest, kept: frozenset[str], positions: dict[str, int]
) -> RigFields:
    grid = grid_of(rig, request)
    if request.strategy is Strategy.STAGGER:  # devices without a laser give captures too
        positions = _capture_times(rig, grid) | positions
    written = _written_us(grid, positions)
    devices = tuple(
        device
        if device.name in kept
        else device.model_copy(update=_delays(rig, device, request, written.get(device.name, 0)))
        for device in rig.devices
    )
    return rig.model_copy(update={"devices": devices})


def _written_us(grid: Grid, positions: dict[str, int]) -> dict[str, int]:
    """Return the µs to write: multiples of 160 if those lead to all positions, else the smallest that do."""
    steps = recommended_positions(grid)
    if not steps.keys() >= set(positions.values()):
        steps = {position: -(-position * grid.step // UNITS_PER_US) for position in positions.values()}
    return {name: steps[position] for name, position in positions.items()}


def _delays(rig: RigFields, device: DeviceSpec, request: PlanRequest, delay_us: int) -> dict[str, int]:
    """Give a delay to depth alone where that is asked for and the device has a color camera to leave."""
    has_color = rig.color_resolution_of(device) is not ColorResolution.OFF
    depth_alone = request.strategy is Strategy.INTERLEAVE and has_color
    field = "depth_delay_off_color_usec" if depth_alone else "subordinate_delay_off_master_usec"
    return {**_NO_DELAYS, field: delay_us}


def _confirm(check: LaserCheck, request: PlanRequest) -> None:
    """Let no plan out that the checker does not confirm: that would be a defect of the planner."""
    if check.smallest is not None and check.smallest.gap < request.min_gap_us * UNITS_PER_US:
        raise RuntimeError(f"the plan has a gap of {check.smallest.gap_us:.2f} µs: {check.smallest}")
