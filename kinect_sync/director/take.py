"""Record one take: the whole way from a rig to a folder of recordings and a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.fleet import Fleet, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.losses import imu_dropped
from kinect_sync.director.observer import Observer
from kinect_sync.director.run import Run, RunOutcome, RunPlan
from kinect_sync.director.take_sink import TakeSink
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.files import is_plain_name
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import TAKE_NAME_UNUSABLE, TAKE_UNWRITABLE
from kinect_sync.findings.sync import CAPTURES_LATE
from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.takes.folder import TakeFolder, take_name
from kinect_sync.takes.manifest import DeviceReport, TakeHost, TakeReport
from kinect_sync.takes.names import recording_name
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.texts import is_utf8
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.verification import DeviceVerification, judge
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words

MOST_PULSES = 2**53
"""No take is so long; beyond it a number of pulses can't be reckoned with exactly."""


class TakePlan(RunPlan):
    """What is to be recorded, and where."""

    directory: Path
    """The folder that the take's own is made in."""
    name: str | None = None
    """Of the take's folder; rig, date and time when None."""
    pulses: Annotated[int, Field(gt=0, lt=MOST_PULSES)] | None = None
    """Length of the take in pulses; until stopped when None."""
    max_drop_percent: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Captures that a device may lack for the take to count as complete."""
    reserve_bytes: Annotated[int, Field(ge=0, lt=2**63)] = RESERVE_BYTES
    """The take ends cleanly when less is free on its disk."""
    calibration: RigCalibration | None = None
    """Where the cameras stand; the take keeps a copy, so that it stays readable where it is moved."""
    packing: Packing | None = None
    """What depth and IR are packed with as they are recorded; None to keep them as the SDK gives them."""

    @field_validator("directory")
    @classmethod
    def _can_be_named(cls, directory: Path) -> Path:
        """Raise UsageError for a path that no process can be told of, as it is not UTF-8."""
        if not is_utf8(directory.absolute()):
            raise UsageError(TAKE_UNWRITABLE.found(f"the path {directory.absolute()} is not UTF-8"))
        return directory

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str | None) -> str | None:
        """Raise UsageError for a path: a take lies directly in `directory`."""
        if name is not None and not is_plain_name(name):
            raise UsageError(TAKE_NAME_UNUSABLE.found(f"{name!r} is not the name of a folder"))
        return name

    def folder(self) -> TakeFolder:
        """Return where a take that begins now goes; UsageError where it can't."""
        folder = TakeFolder(self.directory / (self.name or take_name(self.rig, datetime.now(timezone.utc))))
        folder.check()
        return folder


class RecordedTake(TakeReport, Report):
    """How a take went, or why there is none: what `ksync start --json` prints."""

    report: Literal["take"] = "take"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.IN_SYNC, Verdict.INCOMPLETE, Verdict.OUT_OF_SYNC, *UNANSWERED)]
    """`failed`: the rig did not start, no device has captured anything, or the take was removed meanwhile."""

    @classmethod
    def unanswered(cls, verdict: Verdict, findings: tuple[Finding, ...]) -> RecordedTake:
        """Report that nothing was recorded."""
        return cls(
            take=None,
            verdict=verdict,
            pulses=0,
            complete=0,
            duration_s=0.0,
            devices=(),
            findings=findings,
        )


def record_take(
    plan: TakePlan,
    launch: Launch,
    *,
    stopping: Callable[[], bool],
    observers: Sequence[Observer] = (),
    warned: Sequence[Finding] = (),
    hosts: Sequence[TakeHost] = (),
    ring: int = 0,
) -> RecordedTake:
    """Record one take and return its report.

    `warned` is what was found before, of the rig or of the computer; the take is kept with it. `hosts` are
    the other computers where `launch` starts workers. The newest captures of each device stand in a `ring` of
    so many, for whoever reads them meanwhile.

    Raises RigError, UsageError or BenchError when nothing could be recorded, `Interrupted` when `stopping`
    became true before anything was. After any of them no process, camera or file is left open. An observer
    that fails is told of, and left alone from then on.
    """
    folder = plan.folder()
    settings = [plan.rig.settings_of(device) for device in plan.rig.devices]
    with launched(settings, launch, stopping) as fleet, ExitStack() as leaving:
        sink = TakeSink(
            folder,
            plan.rig,
            fleet,
            plan.reserve_bytes,
            plan.pulses,
            hosts,
            calibration=plan.calibration,
            packing=plan.packing,
            ring=ring,
        )
        leaving.callback(sink.leave)
        with closing(sink):
            run = Run(plan, fleet, sink, observers, pulses=plan.pulses)
            outcome = run_warned(run, warned)
        measured = measured_findings(outcome, fleet, max_drop_percent=plan.max_drop_percent)
        imu = (imu_dropped(state.name, state.imu_dropped) for state in fleet if state.imu_dropped)
        findings = (
            *warned,
            *outcome.findings,
            *sink.gone,
            *sink.endings,
            *measured,
            *imu,
            *sink.remarks,
            *run.unobserved,
        )
        report = take_report(plan, fleet, outcome, findings, folder=str(folder.path))
        if unwritten := sink.complete(report):
            report = take_report(plan, fleet, outcome, (*findings, *unwritten), folder=str(folder.path))
        return RecordedTake.model_validate(dict(report))


def run_warned(run: Run, warned: Sequence[Finding]) -> RunOutcome:
    """Run; where the devices do not start, tell with it what was warned of before, which may be why."""
    try:
        return run.run()
    except BenchError as error:
        warnings = [each for each in warned if each.severity is not Severity.NOTE]
        raise type(error)(*error.findings, *warnings) from error


def measured_findings(outcome: RunOutcome, fleet: Fleet, *, max_drop_percent: float) -> list[Finding]:
    """Return what the measurements of a run say.

    Left out is that captures were late where their host is away: that is told, and what to do about it.
    """
    measured = findings_of(outcome.devices, max_drop_percent=max_drop_percent)
    away = [state.name for state in fleet if state.phase is Phase.CUT_OFF]
    return [each for each in measured if each.kind is not CAPTURES_LATE or each.device not in away]


def take_report(
    plan: TakePlan,
    fleet: Fleet,
    outcome: RunOutcome,
    findings: tuple[Finding, ...],
    *,
    folder: str | None,
) -> TakeReport:
    """Judge a run; `folder` is the take's, None where nothing was kept."""
    pairs = zip(fleet, outcome.devices, strict=True)
    return TakeReport(
        take=folder,
        verdict=judge(outcome.devices, findings, max_drop_percent=plan.max_drop_percent),
        pulses=outcome.pulses,
        complete=outcome.complete,
        duration_s=round(outcome.pulses / plan.rig.camera.fps, 3),
        devices=tuple(_device_report(state, each) for state, each in pairs),
        findings=findings,
    )


def _device_report(state: DeviceState, verified: DeviceVerification) -> DeviceReport:
    return DeviceReport(
        name=state.name,
        serial=state.settings.serial,
        role=state.settings.role,
        file=recording_name(state.name),
        host=state.place,
        captures=state.captures,
        dropped=verified.dropped,
        holes=verified.holes,
        lost=state.is_missed,
        bias_us=verified.bias_us,
        jitter_us=verified.jitter_us,
        drift_ppm=verified.drift_ppm,
    )
