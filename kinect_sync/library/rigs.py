"""Rigs for programs: from a file, a text or a mapping; judged, and planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kinect_sync.rig import loading
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.rig import Rig

if TYPE_CHECKING:
    from kinect_sync.survey.validation import ValidateReport
    from kinect_sync.timing.lasers.planned_rig import PlannedRig


def load_rig(path: Path | str) -> Rig:
    """Load the rig that a YAML file describes; `-` is standard input.

    Raises RigError with every mistake in the file, each with its line, its field and its remedy.
    """
    return loading.load_rig(path).rig


def parse_rig(rig: str | Mapping[str, Any]) -> Rig:
    """Make a rig of the text of a rig file, or of a mapping with the same fields.

    Raises RigError with every mistake; in a mapping, lines count in its JSON.
    """
    if isinstance(rig, str):
        return loading.parse_rig(rig).rig
    return loading.parse_rig(json.dumps(rig, indent=2), "<mapping>").rig


def validate(path: Path | str) -> ValidateReport:
    """Check a rig file as `ksync validate` does: its verdict, every finding, and what follows from the rig.

    Cables to plug, jacks, data rates and delays as the hardware keeps them are in `facts`. No device is
    touched, and nothing is raised: a file that is not valid has that verdict.
    """
    from kinect_sync.survey.validation import validate_rig

    return validate_rig(str(path))


def plan_offsets(
    rig: RigFields | Path | str,
    *,
    strategy: Literal["interleave", "shift", "stagger"] = "interleave",
    spacing: Literal["recommended", "even"] = "recommended",
    min_gap_us: int = 30,
    max_delay_us: int | None = None,
    replan: bool = False,
) -> PlannedRig:
    """Plan delays with which no laser fires into another device's exposure, as `ksync plan-offsets` does.

    The rig with its delays is `rig` of the result, and can be recorded. Of a rig file, `report.text` is the
    file with the delays, its comments kept. `strategy` says what is delayed: depth alone (`interleave`),
    color with it (`shift`), or whole captures spread evenly over the period (`stagger`). Laser pulses are
    `min_gap_us` apart at least, no device is delayed by more than `max_delay_us`, and delays that the rig
    has already are kept but with `replan`.

    Raises UsageError with changes that would help where there is no plan, RigError for a file that is not
    right.
    """
    from kinect_sync.timing.lasers.plan import PlanRequest, Spacing, Strategy
    from kinect_sync.timing.lasers.planned_rig import TOLERATED, plan_fields, plan_rig

    request = PlanRequest(Strategy(strategy), Spacing(spacing), min_gap_us, max_delay_us, replan)
    if isinstance(rig, RigFields):
        return plan_fields(rig, request)
    return plan_rig(loading.load_fields(rig, TOLERATED), request)
