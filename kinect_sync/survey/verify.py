"""Verify a rig: everything that a take does, for a few seconds, with nothing kept.

The documented procedure (subordinates started and silent, the master last, timestamps compared), done with
the code that records: what passes here is what a take will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.devices.port import Discovered
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer
from kinect_sync.director.run import Run, RunOutcome, RunPlan
from kinect_sync.director.sink import Sink
from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.findings.start import PAIRWISE_TELLS_MORE
from kinect_sync.rig.model import DeviceSpec
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.pulses import pulses_in
from kinect_sync.timing.settling import proving_pulses
from kinect_sync.timing.verification import DeviceVerification
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of


class VerifyPlan(RunPlan):
    """What is to be verified."""

    seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    """How long captures are compared."""
    tolerance_us: Annotated[float, Field(gt=0)] | None = None
    """What bias, jitter and steps may be; that of the frame rate when None."""


class VerifiedDevice(Value):
    """One device's part in a verification."""

    name: str
    """The rig's name for it."""
    serial: str
    """Its serial number."""
    role: Role
    """Its role."""
    silent_before_master: bool | None
    """Whether it delivered nothing before there were pulses; null where that was not seen, or need not be."""
    heard: bool | None
    """Whether it followed the pulses; null where it gives them, or nobody knows whether there were any."""
    exposure_us: int | str | None
    """Exposure as the device reports it; null without color, or where the device was not opened."""
    host: str | None = None
    """The other computer that it is connected to; null where that is the computer of the command."""
    captures: int
    """Captures that it delivered in the time that was compared."""
    dropped: int
    """Pulses without a whole capture of this device."""
    bias_us: float | None
    """Constant part of observed - expected; null where nothing could be compared."""
    jitter_us: float | None
    """Spread (RMS) around bias and drift."""
    drift_ppm: float | None
    """This clock against the reference's."""


class PairReport(Value):
    """The master with one subordinate."""

    subordinate: str
    """Name of the subordinate."""
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """What came out for this pair."""
    heard: bool | None
    """Whether it followed the master's pulses; null where that could not be tried."""
    devices: tuple[VerifiedDevice, ...]
    """The master and the subordinate."""
    findings: tuple[Finding, ...]
    """What was found of this pair alone; the report's findings are what the pairs say together."""


class VerifyReport(Report):
    """What `ksync verify --json` prints."""

    report: Literal["verification"] = "verification"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: the rig is as it is described, and in sync."""
    rig: str = ""
    """Name of the rig; empty where there is none that can run."""
    tolerance_us: float | None = None
    """The limit for bias and jitter; null where nothing was measured."""
    pulses: int = 0
    """Pulses that were compared."""
    complete: int = 0
    """Pulses that every device captured whole."""
    devices: tuple[VerifiedDevice, ...] = ()
    """The rig's devices, in its order; empty with `pairs`."""
    pairs: tuple[PairReport, ...] = ()
    """With `--pairwise`, the master with each subordinate."""


def verify_rig(
    plan: VerifyPlan,
    launch: Launch,
    *,
    stopping: Callable[[], bool],
    observers: Sequence[Observer] = (),
    devices: Sequence[DeviceSpec] | None = None,
    bench: Sequence[Discovered] | None = None,
) -> VerifyReport:
    """Verify the whole rig, or some devices of it; on a bench that was surveyed and checked, if one is given.

    Whatever the bench does is in the report. Raises `Interrupted` when `stopping` becomes true.
    """
    settings = [plan.rig.settings_of(device) for device in devices or plan.rig.devices]
    pulses = pulses_in(plan.seconds, plan.rig.camera.fps)
    with launched(settings, launch, stopping) as fleet:
        run = Run(
            plan,
            fleet,
            Sink(),
            observers,
            pulses=pulses,
            tolerance_us=plan.tolerance_us,
            settling=proving_pulses(plan.rig.camera.fps),
        )
        return report_run(run, plan, fleet, bench)


def report_run(
    run: Run, plan: RunPlan, fleet: Fleet, bench: Sequence[Discovered] | None = None
) -> VerifyReport:
    """Run, and report what it showed: whatever the bench does is in the report."""
    report = _Reporter(plan, fleet, run.sequence)
    try:
        outcome = run.run(bench)
    except BenchError as error:
        fleet.stop()
        return report.of_failure((*error.findings, *fleet.unclean))
    return report.of(outcome, run.unobserved)


class _Reporter:
    """Makes the report of one verification."""

    def __init__(self, plan: RunPlan, fleet: Fleet, sequence: StartSequence) -> None:
        self._plan = plan
        self._fleet = fleet
        self._sequence = sequence

    def of_failure(self, findings: Sequence[Finding]) -> VerifyReport:
        nothing = RunOutcome(0, 0, (), (*self._sequence.notes, *findings, *self._advice()))
        return self.of(nothing)

    def of(self, outcome: RunOutcome, remarks: Sequence[Finding] = ()) -> VerifyReport:
        measured = {each.name: each for each in outcome.devices}
        found = (*outcome.findings, *findings_of(outcome.devices), *remarks)
        weighed = tuple(finding.weighed_in("verify") for finding in found)
        return VerifyReport(
            verdict=verdict_of(weighed),
            rig=self._plan.rig.name,
            tolerance_us=outcome.devices[0].tolerance_us if outcome.devices else None,
            pulses=outcome.pulses,
            complete=outcome.complete,
            devices=tuple(self._device(state, measured.get(state.name)) for state in self._fleet),
            findings=weighed,
        )

    def _device(self, state: DeviceState, measured: DeviceVerification | None) -> VerifiedDevice:
        return VerifiedDevice(
            name=state.name,
            serial=state.settings.serial,
            role=state.settings.role,
            silent_before_master=self._was_silent(state),
            heard=self._heard(state, measured),
            exposure_us=state.controls.exposure_us if state.controls else None,
            host=state.place,
            captures=state.captures,
            dropped=measured.dropped if measured else 0,
            bias_us=measured.bias_us if measured else None,
            jitter_us=measured.jitter_us if measured else None,
            drift_ppm=measured.drift_ppm if measured else None,
        )

    def _was_silent(self, state: DeviceState) -> bool | None:
        if state.settings.role is not Role.SUBORDINATE:
            return None
        if self._sequence.silence_proven:
            return True
        return False if state.seen else None

    def _heard(self, state: DeviceState, measured: DeviceVerification | None) -> bool | None:
        if state.settings.role is not Role.SUBORDINATE:
            return None
        if measured is not None and measured.pulses:
            return True
        silent = self._sequence.silent
        return False if state.name in silent and len(silent) < len(self._fleet.states) else None

    def _advice(self) -> list[Finding]:
        """Say what would tell more, where a chain is silent from some device on."""
        chain = self._plan.rig.topology is Topology.DAISY_CHAIN and self._plan.rig.external_trigger is None
        silent = chain and len(self._fleet.states) > 2 and self._sequence.silent
        return [PAIRWISE_TELLS_MORE.found("cable and device look the same here")] if silent else []
