"""The lasers of a rig as it stands, as findings for the commands that read a rig."""

from __future__ import annotations

import shlex
from pathlib import Path

from kinect_sync.findings import Finding
from kinect_sync.findings.rig import LASER_CONFLICT, LASER_GAP_SMALL
from kinect_sync.rig.loading import STDIN, LoadedRig
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.lasers.check import LaserCheck, check_rig
from kinect_sync.timing.lasers.plan import DEFAULT_MIN_GAP_US, DoesNotFit, PlanRequest, plan_offsets


def laser_findings(loaded: LoadedRig, source: str) -> tuple[Finding, ...]:
    """Remark upon the lasers of a rig file: with the line of the device, and the command that helps."""
    names = [device.name for device in loaded.rig.devices]
    return tuple(
        remark.model_copy(
            update={
                "where": loaded.document.where(("devices", names.index(remark.device or ""))),
                "remedy": _remedy(loaded, source),
            }
        )
        for remark in laser_remarks(loaded.rig)
    )


def laser_remarks(rig: RigFields) -> tuple[Finding, ...]:
    """Warn when lasers of devices that see the same volume meet, or nearly do."""
    check = check_rig(rig)
    smallest = check.smallest
    if smallest is None or smallest.gap_us >= DEFAULT_MIN_GAP_US:
        return ()
    kind, what = (LASER_CONFLICT, _conflict(check)) if check.collisions else (LASER_GAP_SMALL, _near(check))
    return (kind.found(what, device=smallest.later),)


def _conflict(check: LaserCheck) -> str:
    pairs = list(dict.fromkeys(frozenset((gap.earlier, gap.later)) for gap in check.collisions))
    worst = check.collisions[0]
    what = (
        f"the lasers of {worst.earlier} and {worst.later} fire into each other's depth exposure "
        f"({-worst.gap_us:.0f} µs of a pulse of 125 µs)"
    )
    more = len(pairs) - 1
    return f"{what}, and so do {more} more pair{'s' if more > 1 else ''}" if more else what


def _near(check: LaserCheck) -> str:
    gap = check.smallest
    between = f"of {gap.earlier} and {gap.later} are {gap.gap_us:.1f} µs apart" if gap else ""
    return f"laser pulses {between}; {DEFAULT_MIN_GAP_US} µs are needed for clocks that differ"


def _remedy(loaded: LoadedRig, source: str) -> str:
    """Name the command that fixes it: one that has just been tried."""
    command = f"ksync plan-offsets {shlex.quote(source)}"
    for request, flag in ((PlanRequest(), ""), (PlanRequest(replan=True), " --replan")):
        try:
            plan_offsets(loaded.rig, request)
        except DoesNotFit:
            continue
        target = "planned.yaml" if source == STDIN else str(planned_path(Path(source)))
        return f"`{command}{flag} -o {shlex.quote(target)}` plans delays that keep them apart"
    return f"`{command} --replan` says how many devices would fit"


def planned_path(rig: Path) -> Path:
    """Return a name for a rig file with planned offsets, beside the one that it comes from."""
    return rig.with_name(f"{rig.stem}-planned{rig.suffix}")
