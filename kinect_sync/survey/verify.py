"""Verify a rig: everything that a take does, for a few seconds, with nothing kept.

The documented procedure (subordinates started and silent, the master last, timestamps compared), done with
the code that records: what passes here is what a take will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kinect_sync.devices.port import Discovered
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet, Interrupted, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.recording import DiskGuard, Recording, write_off_unfinished
from kinect_sync.director.start_sequence import Anchor, Patience, StartSequence
from kinect_sync.director.take import Snapshot, Watch
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.survey.answers import Answer, answer_of
from kinect_sync.takes.index import Field
from kinect_sync.timing.alignment import AlignedDevice, Aligner
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.verification import DeviceVerification, Verification
from kinect_sync.values import Value

_MORE = Finding(
    code="pairwise-tells-more",
    severity=Severity.NOTE,
    what="cable and device look the same here",
    remedy="run `ksync verify --pairwise`, which tells one from the other",
)
WEIGHTY = frozenset({"exposure-differs"})
"""Warnings of a start that are errors here: a verification is asked about just these."""


@dataclass(frozen=True, slots=True)
class VerifyPlan:
    """What is to be verified."""

    rig: RigFields
    seconds: float = 5.0
    """How long captures are compared."""
    tolerance_us: float | None = None
    """What bias, jitter and steps may be; that of the frame rate when None."""
    allow_extra: bool = False
    patience: Patience = field(default_factory=Patience)


class VerifiedDevice(Value):
    """One device's part in a verification."""

    name: str
    serial: str
    role: Role
    silent_before_master: bool | None
    """Whether it delivered nothing before there were pulses; null where that was not seen, or need not be."""
    exposure_us: int | str | None
    """Exposure as the device reports it; null without color, or where the device was not opened."""
    captures: int
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
    verdict: Answer
    heard: bool | None
    """Whether it followed the master's pulses; null where that could not be tried."""
    devices: tuple[VerifiedDevice, ...]
    findings: tuple[Finding, ...]


class VerifyReport(Value):
    """What `ksync verify --json` prints."""

    verdict: Answer
    rig: str
    tolerance_us: float | None
    """The limit for bias and jitter; null where nothing was measured."""
    pulses: int
    complete: int
    """Pulses that every device captured whole."""
    devices: tuple[VerifiedDevice, ...]
    pairs: tuple[PairReport, ...] = ()
    findings: tuple[Finding, ...]


def verify_rig(
    plan: VerifyPlan,
    launch: Launch,
    *,
    watch: Watch,
    stopping: Callable[[], bool],
    devices: Sequence[DeviceSpec] | None = None,
    bench: Sequence[Discovered] | None = None,
) -> VerifyReport:
    """Verify the whole rig, or some devices of it; on a bench that was surveyed and checked, if one is given.

    Whatever the bench does is in the report. Raises `Interrupted` when `stopping` becomes true.
    """
    settings = [plan.rig.settings_of(device) for device in devices or plan.rig.devices]
    with launched(settings, launch) as fleet:
        return _Run(plan, fleet, watch, stopping).run(bench)


class _Run:
    """One verification in the making."""

    def __init__(self, plan: VerifyPlan, fleet: Fleet, watch: Watch, stopping: Callable[[], bool]) -> None:
        self._plan = plan
        self._fleet = fleet
        self._watch = watch
        self._verification: Verification | None = None
        self._sequence = StartSequence(plan.rig, fleet, plan.patience, allow_extra=plan.allow_extra)
        self._began_s = fleet.now_s()
        fleet.interrupted = stopping
        fleet.on_change = self._tell

    def run(self, bench: Sequence[Discovered] | None) -> VerifyReport:
        sequence = self._sequence
        try:
            sequence.await_workers()
            if bench is None:
                sequence.discover()
            else:
                sequence.locate(bench)
            anchors = sequence.start()
        except BenchError as error:
            return self._report((*sequence.notes, *error.findings, *self._advice(error.findings)))
        happened = self._measure(anchors)
        measured = self._verification.devices() if self._verification else ()
        return self._report(
            (*sequence.notes, *self._fleet.findings, *happened, *findings_of(measured)), measured
        )

    def _measure(self, anchors: dict[str, Anchor]) -> list[Finding]:
        """Record into nothing, and return what happened on the way."""
        sequence, rig, fps = self._sequence, self._plan.rig, self._plan.rig.camera.fps
        devices = [AlignedDevice.of(state.settings) for state in self._fleet]
        reference = sequence.reference
        self._verification = Verification(
            devices,
            fps,
            rig.hardware,
            first_pulse_us=anchors[reference].pulse_us,
            tolerance_us=self._plan.tolerance_us,
        )
        self._began_s = self._fleet.now_s()
        recording = Recording(
            self._fleet,
            Aligner(devices, reference, fps),
            _NoIndex(),
            self._verification,
            DiskGuard(lambda: 1, 0),
        )
        recording.begin(anchors, lambda _: None, max(1, round(self._plan.seconds * fps)))
        recording.run(self._go_on)
        write_off_unfinished(self._fleet, sequence.source)
        self._fleet.stop(first=reference)
        recording.finish()
        self._tell()
        return recording.findings

    def _go_on(self) -> bool:
        """Never end early, but by leaving: half a verification is none."""
        if self._fleet.interrupted():
            raise Interrupted
        return False

    def _tell(self) -> None:
        verification = self._verification
        self._watch(
            Snapshot(
                devices=tuple(self._fleet),
                take=None,
                elapsed_s=self._fleet.now_s() - self._began_s,
                pulses=verification.pulses if verification else 0,
                complete=verification.complete if verification else 0,
                free_bytes=None,
            )
        )

    # --- the report -----------------------------------------------------------------------------------

    def _report(
        self, findings: Sequence[Finding], measured: Sequence[DeviceVerification] = ()
    ) -> VerifyReport:
        by_name = {each.name: each for each in measured}
        weighed = tuple(map(_weighed, findings))
        verification = self._verification
        return VerifyReport(
            verdict=answer_of(weighed),
            rig=self._plan.rig.name,
            tolerance_us=measured[0].tolerance_us if measured else None,
            pulses=verification.pulses if verification else 0,
            complete=verification.complete if verification else 0,
            devices=tuple(self._device(state, by_name.get(state.name)) for state in self._fleet),
            findings=weighed,
        )

    def _device(self, state: DeviceState, measured: DeviceVerification | None) -> VerifiedDevice:
        return VerifiedDevice(
            name=state.name,
            serial=state.settings.serial,
            role=state.settings.role,
            silent_before_master=self._was_silent(state),
            exposure_us=state.controls.exposure_us if state.controls else None,
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

    def _advice(self, findings: Sequence[Finding]) -> list[Finding]:
        """Say what would tell more, where a chain is silent from some device on."""
        silent = any(finding.code == "device-silent" for finding in findings)
        chain = self._plan.rig.topology is Topology.DAISY_CHAIN and self._plan.rig.external_trigger is None
        return [_MORE] if silent and chain and len(self._fleet.states) > 2 else []


class _NoIndex:
    """An index that keeps no row; it fills the recording's `Index`."""

    def append(self, pulse: int, cells: Sequence[Sequence[Field]]) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Do nothing."""

    def sync(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _weighed(finding: Finding) -> Finding:
    return finding.model_copy(update={"severity": Severity.ERROR}) if finding.code in WEIGHTY else finding
