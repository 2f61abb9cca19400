"""The calibration that a rig file names: read, and compared with the rig, before anything is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields

if TYPE_CHECKING:
    from kinect_sync.calibration.rig_calibration import RigCalibration


def calibration_of(rig: RigFields, utc_ns: int) -> tuple[RigCalibration | None, tuple[Finding, ...]]:
    """Read the calibration that a rig names, if it does, and say what of it does not fit at this time.

    Raises UsageError as `read_rig_calibration` does.
    """
    if rig.calibration is None:  # and NumPy is loaded for nobody
        return None, ()
    from kinect_sync.calibration.fitting import misfits
    from kinect_sync.calibration.rig_calibration import read_rig_calibration

    calibration = read_rig_calibration(Path(rig.calibration))
    settings = [rig.settings_of(device) for device in rig.devices]
    return calibration, misfits(calibration, settings, utc_ns)
