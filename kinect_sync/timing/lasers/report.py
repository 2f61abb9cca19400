"""The offset plan as a closed value: printed as JSON, and what tables and figures are drawn from."""

from __future__ import annotations

from typing import Annotated, Literal

from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import DepthMode, Role
from kinect_sync.timing.lasers.check import (
    LASER_PATTERNS,
    UNITS_PER_US,
    Laser,
    LaserPattern,
    capture_period,
    check_lasers,
    depth_centre,
    overlapping_pairs,
)
from kinect_sync.timing.lasers.plan import OffsetPlan, Spacing, Strategy, capacity_of
from kinect_sync.timing.lasers.refusal import laser_modes
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class Delays(Value):
    """A device's delays, and when its laser train begins and ends in µs after the pulse."""

    subordinate_delay_off_master_usec: float
    """Color after the master's pulse."""
    depth_delay_off_color_usec: float
    """Depth after color; negative is before it."""
    laser_start_us: float | None
    """Start of the first laser pulse; null for a device without a laser."""
    laser_end_us: float | None
    """End of the last one."""


class PlannedDevice(Value):
    """One device of a plan; the delays are as they stand in the rig file."""

    name: str
    """The rig's name for it."""
    serial: str
    """Its serial number."""
    role: Role
    """Its role."""
    depth_mode: DepthMode
    """Its depth mode, which says when its lasers fire."""
    subordinate_delay_off_master_usec: int
    """Color after the master's pulse."""
    depth_delay_off_color_usec: int
    """Depth after color; negative is before it."""
    laser_start_us: float | None
    """Start of the first laser pulse, after the pulse; null for a device without a laser."""
    laser_end_us: float | None
    """End of the last one."""
    kept: bool
    """Whether the delays are the rig's own."""
    quantised: Delays
    """What the device makes of them: whole 90 kHz ticks; on a Femto, a later color for an earlier depth."""


class SmallestGap(Value):
    """The two neighbouring laser pulses that come nearest to each other."""

    gap_us: float
    """From the end of the earlier pulse to the start of the later one; negative is overlap."""
    earlier: str
    """The device whose laser pulse ends."""
    later: str
    """The device whose laser pulse begins."""
    at_us: float
    """When it begins, in µs after the pulse on the sync wire, within one period."""


class Capacity(Value):
    """How many devices of one depth mode fit that all see the same volume, with the gap asked for."""

    depth_mode: DepthMode
    """The mode that all of them are in."""
    one_train: int
    """With depth delays within one pitch of the laser pulses."""
    devices: int
    """In the whole period."""


class PlanReport(Report):
    """A plan that the checker has confirmed: what `ksync plan-offsets --json` prints."""

    report: Literal["plan"] = "plan"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.PLANNED, *UNANSWERED)]
    """`refused`: there is no plan, or no rig to plan for."""
    rig: str = ""
    """Name of the rig; empty where there is no plan."""
    strategy: Strategy | None = None
    """What was delayed."""
    spacing: Spacing | None = None
    """How far lasers were put from each other."""
    fps: int = 0
    """Pulses per second."""
    period_us: float = 0.0
    """From one pulse to the next."""
    required_gap_us: int = 0
    """The gap that was asked for."""
    min_gap_us: float | None = None
    """The smallest gap of two devices that see the same volume, as they keep delays; null where none do."""
    min_gap: SmallestGap | None = None
    """Where that is."""
    unquantised_min_gap_us: float | None = None
    """What it would be if devices kept the delays as they are written."""
    optimal: bool | None = None
    """Of `even`: whether no larger smallest gap exists (true), or none was found (false)."""
    capacity: tuple[Capacity, ...] = ()
    """How many devices would fit, by depth mode."""
    devices: tuple[PlannedDevice, ...] = ()
    """The rig's devices with their delays, in its order."""
    text: str | None = None
    """The rig file with the planned delays, comments and order kept."""


def report_plan(plan: OffsetPlan) -> PlanReport:
    """Describe a plan."""
    rig, smallest = plan.rig, plan.check.smallest
    return PlanReport(
        verdict=Verdict.PLANNED,
        findings=(),
        rig=rig.name,
        strategy=plan.request.strategy,
        spacing=plan.request.spacing,
        fps=rig.camera.fps,
        period_us=_us(capture_period(rig.camera.fps)),
        required_gap_us=plan.request.min_gap_us,
        min_gap_us=_us(smallest.gap) if smallest else None,
        min_gap=SmallestGap(
            gap_us=_us(smallest.gap), earlier=smallest.earlier, later=smallest.later, at_us=_us(smallest.at)
        )
        if smallest
        else None,
        unquantised_min_gap_us=_unquantised_gap_us(rig),
        optimal=plan.optimal,
        capacity=tuple(_capacity(plan, mode) for mode in laser_modes(rig)),
        devices=tuple(_device(plan, device) for device in rig.devices),
    )


def gap_window_us(report: PlanReport, gap: SmallestGap) -> tuple[float, float]:
    """Return origin and length of the time around the smallest gap that a picture should show, in µs.

    One pitch, so that each laser that is on shows one pulse; more where the gap itself is longer.
    """
    modes = [device.depth_mode for device in report.devices if device.name in (gap.earlier, gap.later)]
    span = max(1.5 * gap.gap_us + 500, *(float(LASER_PATTERNS[mode].pitch_us) for mode in modes))
    return gap.at_us + gap.gap_us / 2 - span / 2, span


def _us(units: int) -> float:
    return round(units / UNITS_PER_US, 3)


def _capacity(plan: OffsetPlan, mode: DepthMode) -> Capacity:
    near, total = capacity_of(plan.rig, mode, plan.request)
    return Capacity(depth_mode=mode, one_train=near, devices=total)


def _device(plan: OffsetPlan, device: DeviceSpec) -> PlannedDevice:
    rig, mode = plan.rig, plan.rig.depth_mode_of(device)
    pattern = LASER_PATTERNS.get(mode)
    sub_us, depth_us = device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec
    start, end = _span(pattern, _written_centre(rig, device))
    kept_start, kept_end = _span(pattern, depth_centre(rig.hardware, sub_us, depth_us))
    real = rig.hardware.profile.delays.keep(sub_us, depth_us)
    return PlannedDevice(
        name=device.name,
        serial=device.serial,
        role=device.role,
        depth_mode=mode,
        subordinate_delay_off_master_usec=sub_us,
        depth_delay_off_color_usec=depth_us,
        laser_start_us=start,
        laser_end_us=end,
        kept=device.name in plan.kept,
        quantised=Delays(
            subordinate_delay_off_master_usec=round(real.color_us, 3),
            depth_delay_off_color_usec=round(real.depth_us, 3),
            laser_start_us=kept_start,
            laser_end_us=kept_end,
        ),
    )


def _span(pattern: LaserPattern | None, centre: int) -> tuple[float | None, float | None]:
    if pattern is None:
        return None, None
    start = centre + pattern.starts[0]
    return _us(start), _us(start + pattern.length_us * UNITS_PER_US)


def _written_centre(rig: RigFields, device: DeviceSpec) -> int:
    """Return the centre of the depth exposure if no delay were cut to ticks, in units."""
    sub_us, depth_us = device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec
    if rig.hardware.profile.delays.color_gives_way:
        depth_us = max(0, depth_us)
    return (sub_us + depth_us) * UNITS_PER_US


def _unquantised_gap_us(rig: RigFields) -> float | None:
    lasers = [
        Laser(device.name, pattern, _written_centre(rig, device))
        for device in rig.devices
        if (pattern := LASER_PATTERNS.get(rig.depth_mode_of(device))) is not None
    ]
    smallest = check_lasers(lasers, overlapping_pairs(rig), capture_period(rig.camera.fps)).smallest
    return _us(smallest.gap) if smallest else None
