"""Record rigs of synchronized Azure Kinect DK cameras, from a program: `import kinect_sync as ks`.

The same results and findings as `ksync` gives on the command line, as values; nothing is printed, and no
signal is handled. Importing this costs nothing: each name is loaded when it is first used.
"""

from importlib import import_module

from kinect_sync.version import __version__

TYPE_CHECKING = False  # what type checkers take for true; importing it from typing takes longer than all else
if TYPE_CHECKING:
    from kinect_sync.calibration.rig_calibration import RigCalibration
    from kinect_sync.director.device_state import Phase
    from kinect_sync.director.observer import DeviceSnapshot, Observer, Snapshot
    from kinect_sync.director.take import RecordedTake
    from kinect_sync.errors import BenchError, Interrupted, KsyncError, RigError, UsageError
    from kinect_sync.findings import Finding, Severity
    from kinect_sync.geometry.calibration import DeviceGeometry
    from kinect_sync.geometry.lens import Lens
    from kinect_sync.geometry.poses import Pose
    from kinect_sync.hosts.ending import EndedTake
    from kinect_sync.hosts.listing import HostsReport
    from kinect_sync.library.archiving import archive, restore, verify_archive
    from kinect_sync.library.benches import kinects, playback, simulated
    from kinect_sync.library.calibrating import calibrate, check_calibration, load_calibration
    from kinect_sync.library.hosts import end_take, list_hosts
    from kinect_sync.library.reviewing import export, export_mcap, fuse, inspect
    from kinect_sync.library.rigs import load_rig, parse_rig, plan_offsets, validate
    from kinect_sync.library.rows import TakeCapture, TakeRow
    from kinect_sync.library.running import record, verify
    from kinect_sync.library.streaming import Rows, stream
    from kinect_sync.library.take import Take, open_take
    from kinect_sync.review.archiving.reports import ArchiveReport, RestoreReport
    from kinect_sync.review.calibrating.request import CalibrationReport
    from kinect_sync.review.export.request import ExportReport
    from kinect_sync.review.fusing.point_cloud import PointCloud
    from kinect_sync.review.fusing.request import Box, CloudSettings, FuseReport
    from kinect_sync.review.fusing.space import UndistortedImages, ViewImages
    from kinect_sync.review.inspection.model import Inspection
    from kinect_sync.rig.model import RigFields
    from kinect_sync.rig.rig import Rig
    from kinect_sync.streaming.live_rows import LiveCapture, LiveRow
    from kinect_sync.streaming.pulse_ranges import PulseRanges
    from kinect_sync.survey.validation import ValidateReport
    from kinect_sync.survey.verify import VerifyReport
    from kinect_sync.takes.manifest import TakeReport
    from kinect_sync.timing.alignment import HoleReason
    from kinect_sync.timing.lasers.planned_rig import PlannedRig
    from kinect_sync.verdicts import Verdict
    from kinect_sync.wire.direction import StreamedDevice
    from kinect_sync.wire.stream_report import StreamReport

__all__ = [
    "ArchiveReport",
    "BenchError",
    "Box",
    "CalibrationReport",
    "CloudSettings",
    "DeviceGeometry",
    "DeviceSnapshot",
    "EndedTake",
    "ExportReport",
    "Finding",
    "FuseReport",
    "HoleReason",
    "HostsReport",
    "Inspection",
    "Interrupted",
    "KsyncError",
    "Lens",
    "LiveCapture",
    "LiveRow",
    "Observer",
    "Phase",
    "PlannedRig",
    "PointCloud",
    "Pose",
    "PulseRanges",
    "RecordedTake",
    "RestoreReport",
    "Rig",
    "RigCalibration",
    "RigError",
    "RigFields",
    "Rows",
    "Severity",
    "Snapshot",
    "StreamReport",
    "StreamedDevice",
    "Take",
    "TakeCapture",
    "TakeReport",
    "TakeRow",
    "UndistortedImages",
    "UsageError",
    "ValidateReport",
    "Verdict",
    "VerifyReport",
    "ViewImages",
    "__version__",
    "archive",
    "calibrate",
    "check_calibration",
    "end_take",
    "export",
    "export_mcap",
    "fuse",
    "inspect",
    "kinects",
    "list_hosts",
    "load_calibration",
    "load_rig",
    "open_take",
    "parse_rig",
    "plan_offsets",
    "playback",
    "record",
    "restore",
    "simulated",
    "stream",
    "validate",
    "verify",
    "verify_archive",
]

_HOMES = {
    "calibration.rig_calibration": "RigCalibration",
    "director.device_state": "Phase",
    "director.observer": "DeviceSnapshot Observer Snapshot",
    "director.take": "RecordedTake",
    "errors": "BenchError Interrupted KsyncError RigError UsageError",
    "findings": "Finding Severity",
    "geometry.calibration": "DeviceGeometry",
    "geometry.lens": "Lens",
    "geometry.poses": "Pose",
    "hosts.ending": "EndedTake",
    "hosts.listing": "HostsReport",
    "library.archiving": "archive restore verify_archive",
    "library.benches": "kinects playback simulated",
    "library.calibrating": "calibrate check_calibration load_calibration",
    "library.hosts": "end_take list_hosts",
    "library.reviewing": "export export_mcap fuse inspect",
    "library.rigs": "load_rig parse_rig plan_offsets validate",
    "library.rows": "TakeCapture TakeRow",
    "library.running": "record verify",
    "library.streaming": "Rows stream",
    "library.take": "Take open_take",
    "review.archiving.reports": "ArchiveReport RestoreReport",
    "review.calibrating.request": "CalibrationReport",
    "review.export.request": "ExportReport",
    "review.fusing.point_cloud": "PointCloud",
    "review.fusing.request": "Box CloudSettings FuseReport",
    "review.fusing.space": "UndistortedImages ViewImages",
    "review.inspection.model": "Inspection",
    "rig.model": "RigFields",
    "rig.rig": "Rig",
    "streaming.live_rows": "LiveCapture LiveRow",
    "streaming.pulse_ranges": "PulseRanges",
    "survey.validation": "ValidateReport",
    "survey.verify": "VerifyReport",
    "takes.manifest": "TakeReport",
    "timing.alignment": "HoleReason",
    "timing.lasers.planned_rig": "PlannedRig",
    "verdicts": "Verdict",
    "wire.direction": "StreamedDevice",
    "wire.stream_report": "StreamReport",
}
_HOME_OF = {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names.split()}


def _load(name: str) -> object:
    """Load a name from its home when it is first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value


if not TYPE_CHECKING:  # or else every name would be there
    __getattr__ = _load


def __dir__() -> list[str]:
    """List what is there to be used, loaded or not."""
    return sorted({*globals(), *__all__})
