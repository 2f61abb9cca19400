"""What a step works with: the rig on its bench, and whoever stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.devices.port import Discovered
from kinect_sync.director.device_state import Phase
from kinect_sync.director.fleet import launched
from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.director.preflight import compare_inventory
from kinect_sync.director.run import Measuring, Run, RunOutcome, RunPlan
from kinect_sync.director.sink import Sink
from kinect_sync.director.start_failures import broken
from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.director.take import RecordedTake, TakePlan, record_take
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.findings.bench import DISCOVERY_HANGS
from kinect_sync.host.view import Host
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord
from kinect_sync.selftest.rows import RowWatch
from kinect_sync.selftest.witness import Witness
from kinect_sync.survey.discovery import survey
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.pulses import pulses_in
from kinect_sync.timing.verification import Verification


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who stands beside the rig, and can be asked to do something."""

    ask: Callable[[str], bool]
    """Asks for something to be done, and waits until it is; False where it will not be."""
    tell: Callable[[str], None]
    """Says what to do right now, while devices run."""


@dataclass(frozen=True)
class Surroundings:
    """What a self-test works with that is no part of its plan."""

    launch: Callable[[Path | None], Launch]
    """Returns what starts workers, which put takes into the folder that is given."""
    stopping: Callable[[], bool]
    simulated: bool
    """Whether the devices are simulated; the computer is not."""
    hand: Hand | None = None
    """None where nobody can be asked."""
    tell: Callable[[str], None] = lambda _: None
    """Says what is being done."""
    host: Host = field(default_factory=Host)
    """The computer that is looked at."""


class Interference:
    """Does something once while a run records."""

    def __init__(self, after_s: float, act: Callable[[], None]) -> None:
        """Call `act` when the run has recorded for so many seconds."""
        self._after_s = after_s
        self._act: Callable[[], None] | None = act

    def meet(self, elapsed_s: float) -> None:
        """Act, if it is time and was not done."""
        if self._act is not None and elapsed_s >= self._after_s:
            act, self._act = self._act, None
            act()


class Stand:
    """Runs the rig, or a part of it, and writes down what came of it."""

    def __init__(self, plan: SelftestPlan, around: Surroundings, folder: Path) -> None:
        """Work with the rig of `plan`; what a step wants to keep goes into `folder`."""
        self.plan = plan
        self.around = around
        self.folder = folder
        self._bench: tuple[Discovered, ...] | None = None
        self._hangs: BenchError | None = None
        """What was said when the SDK did not list the devices at all: minutes went by, and will again."""

    @property
    def rig(self) -> RigFields:
        """The rig as it is described."""
        return self.plan.rig

    @property
    def hand(self) -> Hand:
        """Whoever can be asked; ValueError where nobody can."""
        if self.around.hand is None:
            raise ValueError("a step that needs a hand is done where there is one")
        return self.around.hand

    def tell(self, what: str) -> None:
        """Say what is being done."""
        self.around.tell(what)

    def look(self) -> tuple[Discovered, ...]:
        """List what is on the bench now, unless listing has hung before. Raises BenchError."""
        if self._hangs is not None:
            raise self._hangs
        self.tell("looking which devices are there")
        try:
            self._bench = survey(self.around.launch(None), self.around.stopping)
        except BenchError as error:
            if any(each.kind is DISCOVERY_HANGS for each in error.findings):
                self._hangs = error
            raise
        return self._bench

    @property
    def bench(self) -> tuple[Discovered, ...]:
        """What was on the bench when it was last looked at."""
        return self.look() if self._bench is None else self._bench

    @property
    def closed_devices(self) -> int:
        """How many devices are on the bench that did not open, and so told no serial number."""
        return sum(each.serial is None for each in self.bench)

    def absent(self) -> tuple[str, ...]:
        """Return the devices of the rig that nobody found on the bench; none where it can't be listed.

        It is looked at anew while a device does not open: whoever holds that one may leave.
        """
        try:
            if self.closed_devices:
                self.look()
            there = {each.serial for each in self.bench}
        except BenchError:
            return ()
        return tuple(each.name for each in self.rig.devices if each.serial not in there)

    def forget_bench(self) -> None:
        """Look anew before the next run: something was plugged."""
        self._bench = None

    def run(
        self,
        label: str,
        rig: RigFields,
        seconds: float,
        *,
        devices: Sequence[str] | None = None,
        meddle: Callable[[Witness], Interference] | None = None,
    ) -> RunRecord:
        """Run a rig, or some devices of it, as a take runs, and keep nothing but times.

        `meddle` makes what is to happen meanwhile. What goes wrong is in the record, never raised.
        """
        self.tell(label)
        settings = _settings(rig, devices)
        witness, watch = Witness(self.around.launch(None)), _watch_of(settings)
        observers: list[Observer] = [watch, *self._triggering(rig)]
        if meddle is not None:
            observers.append(_Meddling(meddle(witness)))
        outcome: RunOutcome | None = None
        findings: tuple[Finding, ...] = ()
        try:
            bench = self._bench_for(rig, settings)
            with launched(settings, witness.launch, self.around.stopping) as fleet:
                plan = RunPlan(rig=rig, allow_extra=True, patience=self.plan.patience)
                pulses = pulses_in(seconds, rig.camera.fps)
                outcome = Run(plan, fleet, Sink(), observers, pulses=pulses).run(bench)
        except BenchError as error:
            findings = error.findings
        return self._looked_at(_record(label, settings, witness, watch, outcome, findings))

    def _bench_for(self, rig: RigFields, settings: Sequence[DeviceSettings]) -> tuple[Discovered, ...]:
        """Return what is on the bench; BenchError where a device that takes part is not there."""
        bench, names = self.bench, {each.name for each in settings}
        inventory = compare_inventory(rig, bench, allow_extra=True)
        if missing := [each for each in inventory if each.device in names]:
            raise BenchError(*missing)
        return bench

    def _looked_at(self, record: RunRecord) -> RunRecord:
        """Look anew before the next run, where something went wrong in this: a device may be gone."""
        if has_errors(record.findings):
            self.forget_bench()
        return record

    @property
    def lacks_trigger(self) -> bool:
        """Whether the rig waits for an external trigger that nobody starts and stops; a simulated one is."""
        around = self.around
        return self.rig.external_trigger is not None and around.hand is None and not around.simulated

    def _triggering(self, rig: RigFields) -> tuple[Observer, ...]:
        """Have an external trigger stopped before a run; return who says when it is to start."""
        hand = self.around.hand
        if rig.external_trigger is None or self.around.simulated or hand is None:
            return ()
        hand.ask("stop the external trigger")
        return (_Triggering(hand),)

    def start(
        self,
        label: str,
        rig: RigFields,
        groups: Sequence[tuple[Sequence[str], float]] = (),
        *,
        devices: Sequence[str] | None = None,
        kill: str | None = None,
        after_s: float = 0.0,
    ) -> RunRecord:
        """Open devices and start them group by group, each watched for so many seconds; nothing is recorded.

        A device's process may be killed then, and the others watched for `after_s` more.
        """
        self.tell(label)
        settings = _settings(rig, devices)
        witness = Witness(self.around.launch(None))
        findings: tuple[Finding, ...] = ()
        try:
            bench = self._bench_for(rig, settings)
            with launched(settings, witness.launch, self.around.stopping) as fleet:
                sequence = StartSequence(rig, fleet, self.plan.patience, allow_extra=True)
                sequence.await_workers()
                sequence.locate(bench)
                sequence.open_devices()
                for names, seconds in groups:
                    sequence.arm([fleet.states[name] for name in names])
                    fleet.wait(lambda: any(state.gone for state in fleet), seconds)
                if kill is not None:
                    witness.kill(kill)
                    fleet.wait(lambda: all(state.gone for state in fleet), after_s)
                there = [state for state in fleet if not state.gone]
                findings = (*fleet.findings, *broken(rig, there))  # started, and no transfer of it runs
        except BenchError as error:
            findings = error.findings
        return self._looked_at(_record(label, settings, witness, None, None, findings))

    def take(
        self, label: str, rig: RigFields, seconds: float, folder: Path, meddle: Interference | None = None
    ) -> tuple[RunRecord, RecordedTake]:
        """Record a take into a folder; BenchError or UsageError where there is none."""
        self.tell(label)
        settings = _settings(rig, None)
        witness, watch = Witness(self.around.launch(folder.parent)), _watch_of(settings)
        aligned, first = [AlignedDevice.of(each) for each in settings], settings[0]
        verification = Verification(aligned, first.fps, first.hardware)  # a take keeps not all figures
        observers: list[Observer] = [watch, Measuring(verification), *self._triggering(rig)]
        observers += [_Meddling(meddle)] if meddle is not None else []
        plan = TakePlan(
            rig=rig,
            directory=folder.parent,
            name=folder.name,
            pulses=pulses_in(seconds, rig.camera.fps),
            allow_extra=True,
            patience=self.plan.patience,
        )
        taken = record_take(plan, witness.launch, stopping=self.around.stopping, observers=observers)
        outcome = RunOutcome(taken.pulses, taken.complete, verification.devices(), taken.findings)
        return _record(label, settings, witness, watch, outcome, ()), taken


class _Triggering(Observer):
    """Says when the external trigger is to start: as soon as every device has been seen to wait for it."""

    def __init__(self, hand: Hand) -> None:
        self._hand: Hand | None = hand

    def on_change(self, snapshot: Snapshot) -> None:
        if self._hand is not None and all(each.phase is Phase.WAITING for each in snapshot.devices):
            self._hand.tell("start the external trigger")
            self._hand = None


class _Meddling(Observer):
    """Lets something happen while a run records."""

    def __init__(self, interference: Interference) -> None:
        self._interference = interference

    def on_change(self, snapshot: Snapshot) -> None:
        if snapshot.pulses:
            self._interference.meet(snapshot.elapsed_s)


def _settings(rig: RigFields, devices: Sequence[str] | None) -> list[DeviceSettings]:
    return [rig.settings_of(each) for each in rig.devices if devices is None or each.name in devices]


def _watch_of(settings: Sequence[DeviceSettings]) -> RowWatch:
    return RowWatch([each.name for each in settings], settings[0].fps)


def _record(
    label: str,
    settings: Sequence[DeviceSettings],
    witness: Witness,
    watch: RowWatch | None,
    outcome: RunOutcome | None,
    findings: tuple[Finding, ...],
) -> RunRecord:
    devices = [witness.record(each) for each in settings]
    return RunRecord(
        label=label,
        devices=tuple(watch.complete(each) if watch is not None else each for each in devices),
        pulses=outcome.pulses if outcome else 0,
        complete=outcome.complete if outcome else 0,
        verified=outcome.devices if outcome else (),
        findings=(*(outcome.findings if outcome else ()), *findings),
    )
