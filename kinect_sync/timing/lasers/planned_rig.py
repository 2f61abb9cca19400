"""A rig file with planned delays: the plan, and the text that carries it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from kinect_sync.findings import Finding
from kinect_sync.findings.rig import DELAYS_KEPT, LASER_GAP, TOO_MANY_DEVICES
from kinect_sync.rig.amendment import amend_devices
from kinect_sync.rig.loading import STDIN, LoadedFields, load_fields
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.lasers.plan import OffsetPlan, PlanRequest
from kinect_sync.timing.lasers.refusal import plan_or_explain
from kinect_sync.timing.lasers.report import PlanReport, report_plan

TOLERATED = frozenset({TOO_MANY_DEVICES})
"""Errors of a rig file that can be planned nevertheless: arithmetic does not care how many devices a chain of
cables takes; `ksync start` does."""
_DELAYS = {"subordinate_delay_off_master_usec", "depth_delay_off_color_usec"}


@dataclass(frozen=True)
class PlannedRig:
    """A rig, and what its delays should be."""

    plan: OffsetPlan
    report: PlanReport
    """The plan as `ksync plan-offsets --json` prints it; with a text where the rig came from a file."""

    @property
    def rig(self) -> RigFields:
        """The rig with the planned delays."""
        return self.plan.rig


def plan_rig(loaded: LoadedFields, request: PlanRequest) -> PlannedRig:
    """Plan the delays of a rig file, loaded with what is `TOLERATED`; UsageError where there is no plan."""
    planned = plan_fields(loaded.fields, request)
    told = {
        "findings": (*loaded.warnings, *planned.report.findings),
        "text": _amended(loaded, planned.plan),
    }
    return PlannedRig(planned.plan, planned.report.model_copy(update=told))


def plan_fields(rig: RigFields, request: PlanRequest) -> PlannedRig:
    """Plan the delays of a rig; UsageError where there is no plan."""
    plan = plan_or_explain(rig, request)
    report = report_plan(plan)
    findings = (LASER_GAP.found(_verdict(report)), *_kept(plan))
    return PlannedRig(plan, report.model_copy(update={"findings": findings}))


def _kept(plan: OffsetPlan) -> tuple[Finding, ...]:
    names = ", ".join(device.name for device in plan.rig.devices if device.name in plan.kept)
    return (DELAYS_KEPT.found(f"the rig fixes the delays of {names}; they are kept"),) if names else ()


def _verdict(report: PlanReport) -> str:
    gap = report.min_gap
    if gap is None:
        return "no two devices with lasers see the same volume, so none can meet"
    return (
        f"no lasers meet: the smallest gap is {gap.gap_us:.1f} µs, from {gap.earlier} to {gap.later}, "
        f"{gap.at_us:.1f} µs after the pulse"
    )


def _amended(loaded: LoadedFields, plan: OffsetPlan) -> str:
    values = {
        device.name: device.model_dump(include=_DELAYS)
        for device in plan.rig.devices
        if device.name not in plan.kept
    }
    text = amend_devices(loaded.document.text, values)
    written = load_fields(STDIN, TOLERATED, io.BytesIO(text.encode())).fields
    if written.model_dump() != plan.rig.model_dump():
        raise RuntimeError("the rig file with the offsets does not say what was planned")
    return text
