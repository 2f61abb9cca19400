"""What is wrong with the calibration that a take names; it stops nobody from looking at the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinect_sync.calibration.fitting import misfits
from kinect_sync.calibration.rig_calibration import read_calibration_beside
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.review.inspection.members import Member
from kinect_sync.takes.manifest import Manifest


def look_at_calibration(
    folder: Path | None, manifest: Manifest | None, members: Sequence[Member]
) -> tuple[Finding, ...]:
    """Compare the calibration beside take.json with what was recorded; nothing where the take names none."""
    if folder is None or manifest is None or manifest.calibration is None:
        return ()
    try:
        calibration = read_calibration_beside(folder)
    except UsageError as error:
        return tuple(each.model_copy(update={"severity": Severity.WARNING}) for each in error.findings)
    return misfits(calibration, [each.settings for each in members], manifest.begin.utc_ns)
