"""Everything that ksync can find: each kind is declared once, in the module of its theme.

Use sites import kinds from the theme: `from kinect_sync.findings.bench import DEVICE_MISSING`. What only
`ksync doctor` finds is declared with the check that finds it, in `kinect_sync/doctor/checks`.
"""

from __future__ import annotations

from kinect_sync.findings import (
    archive,
    bench,
    calibration,
    collecting,
    export,
    files,
    fusing,
    hosts,
    inspection,
    output,
    recording,
    rig,
    rig_file,
    sdk,
    selftest,
    start,
    streaming,
    sync,
    viewing,
)
from kinect_sync.findings.model import KINDS, Finding, Kind, Nature, Severity, has_errors

THEMES = (
    rig_file,
    rig,
    bench,
    hosts,
    collecting,
    sdk,
    start,
    recording,
    viewing,
    streaming,
    sync,
    inspection,
    files,
    export,
    calibration,
    fusing,
    archive,
    output,
    selftest,
)
"""The modules with the declarations, in the order of an operator's day."""

__all__ = ["KINDS", "THEMES", "Finding", "Kind", "Nature", "Severity", "has_errors"]
