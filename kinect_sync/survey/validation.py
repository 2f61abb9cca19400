"""What a rig file says, and everything that is wrong with it, without touching a device."""

from __future__ import annotations

from typing import BinaryIO, Literal

from kinect_sync.errors import RigError
from kinect_sync.findings import Finding
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.loading import load_rig
from kinect_sync.timing.lasers.remarks import laser_findings
from kinect_sync.values import Value


class ValidateReport(Value):
    """What `ksync validate --json` prints."""

    verdict: Literal["valid", "not_valid"]
    findings: tuple[Finding, ...]
    """Everything that is wrong, or worth a look, in the order of the file."""
    facts: RigFacts | None
    """What follows from the rig; null where it is not valid."""


def validate_rig(source: str, stdin: BinaryIO | None = None) -> ValidateReport:
    """Check the rig file at a path, or from standard input for `-`."""
    try:
        loaded = load_rig(source, stdin)
    except RigError as error:
        return ValidateReport(verdict="not_valid", findings=error.findings, facts=None)
    findings = (*loaded.warnings, *laser_findings(loaded, source))
    return ValidateReport(verdict="valid", findings=findings, facts=rig_facts(loaded.rig))
