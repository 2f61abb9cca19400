"""The calibration of a rig, named in its file or given: compared with the rig before anything is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields

if TYPE_CHECKING:
    from kinect_sync.calibration.rig_calibration import RigCalibration


def calibration_of(
    rig: RigFields, utc_ns: int, given: RigCalibration | None = None
) -> tuple[RigCalibration | None, tuple[Finding, ...]]:
    """Read the calibration that a rig names, if it does, and say what of it does not fit at this time.

    One that is `given` is used in its place. Raises UsageError as `read_rig_calibration` does.
    """
    if rig.calibration is None and given is None:  # and NumPy is loaded for nobody
        return None, ()
    from kinect_sync.calibration.fitting import misfits
    from kinect_sync.calibration.rig_calibration import read_rig_calibration

    calibration = given or read_rig_calibration(Path(str(rig.calibration)))
    settings = [rig.settings_of(device) for device in rig.devices]
    return calibration, misfits(calibration, settings, utc_ns)
