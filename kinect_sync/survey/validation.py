"""What a rig file says, and everything that is wrong with it, without touching a device."""

from __future__ import annotations

import time
from typing import Annotated, BinaryIO, Literal

from kinect_sync.calibration.named import calibration_of
from kinect_sync.errors import RigError, UsageError
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.loading import load_rig
from kinect_sync.timing.lasers.remarks import laser_findings
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class ValidateReport(Report):
    """What `ksync validate --json` prints."""

    report: Literal["validation"] = "validation"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.VALID, Verdict.NOT_VALID, *UNANSWERED)]
    """`valid`: the rig file describes a rig that can run."""
    facts: RigFacts | None = None
    """What follows from the rig; null where it is not valid."""


def validate_rig(source: str, stdin: BinaryIO | None = None) -> ValidateReport:
    """Check the rig file at a path, or from standard input for `-`."""
    try:
        loaded = load_rig(source, stdin)
        _, misfits = calibration_of(loaded.rig, time.time_ns())
    except (RigError, UsageError) as error:
        return ValidateReport(verdict=Verdict.NOT_VALID, findings=error.findings)
    findings = (*loaded.warnings, *misfits, *laser_findings(loaded, source))
    return ValidateReport(verdict=Verdict.VALID, findings=findings, facts=rig_facts(loaded.rig))
