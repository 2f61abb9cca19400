"""One run of a rig, from processes to the last pulse; what is kept of it is the sink's business.

A take and a verification are the same run: what passes one is what the other will do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ConfigDict

from kinect_sync.devices.port import Discovered
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.listener import Listener
from kinect_sync.director.observer import GuardedObserver, Observer, Snapshot, snapshot_of
from kinect_sync.director.sink import Beginning, Sink
from kinect_sync.director.start_sequence import Patience, StartSequence
from kinect_sync.director.supervision import Supervisor
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.timing.alignment import AlignedDevice, Aligner, Row
from kinect_sync.timing.settling import SETTLING_PULSES
from kinect_sync.timing.verification import DeviceVerification, Verification
from kinect_sync.values import Value


class RunPlan(Value):
    """What is to be run."""

    model_config = ConfigDict(ser_json_inf_nan="strings")

    rig: RigFields
    allow_extra: bool = False
    """Whether devices that the rig does not name may be connected."""
    patience: Patience = Patience()


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run amounts to."""

    pulses: int
    complete: int
    """Pulses that every device captured whole."""
    devices: tuple[DeviceVerification, ...]
    """In the rig's order; empty where nothing was recorded."""
    findings: tuple[Finding, ...]
    """What was found on the way, before the measurements: of the start, then of the devices."""


class Run(Listener):
    """Runs a rig once."""

    def __init__(
        self,
        plan: RunPlan,
        fleet: Fleet,
        sink: Sink,
        observers: Sequence[Observer] = (),
        *,
        pulses: int | None = None,
        tolerance_us: float | None = None,
        settling: int = SETTLING_PULSES,
    ) -> None:
        """Run the rig of `plan` with `fleet`, for so many pulses, or until stopped.

        `tolerance_us` takes the place of the frame rate's in the measurements. Captures of `settling` pulses
        are let go before, as the cameras have just been started. An observer that fails is told of in
        `unobserved`, and left alone from then on.
        """
        self._plan = plan
        self._fleet = fleet
        self._sink = sink
        self._pulses = pulses
        self._tolerance_us = tolerance_us
        self._verification: Verification | None = None
        self._reference: str | None = None
        self._guarded = tuple(GuardedObserver(each) for each in observers)
        self._observers: tuple[Observer, ...] = (sink, *self._guarded)
        self._began_s = fleet.now_s()
        self.sequence = StartSequence(
            plan.rig, fleet, plan.patience, allow_extra=plan.allow_extra, settling=settling
        )
        fleet.listeners.append(self)

    def run(self, bench: Sequence[Discovered] | None = None) -> RunOutcome:
        """Run from start to end; on a bench that was surveyed and checked, if one is given.

        Raises BenchError when the rig does not start, KsyncError when the sink can't begin, and `Interrupted`
        when the operator stops it before anything worth keeping was recorded.
        """
        self._record(self._start(bench))
        uncertainty_us = {state.name: self._fleet.uncertainty_us(state.name) for state in self._fleet}
        measured = self._verification.devices(uncertainty_us) if self._verification else ()
        found = (*self.sequence.notes, *self._fleet.findings)
        return RunOutcome(self._pulse_count, self._complete_count, measured, found)

    @property
    def unobserved(self) -> tuple[Finding, ...]:
        """Which observers failed."""
        return tuple(finding for each in self._guarded for finding in each.findings)

    @property
    def _pulse_count(self) -> int:
        return self._verification.pulses if self._verification else 0

    @property
    def _complete_count(self) -> int:
        return self._verification.complete if self._verification else 0

    # --- steps ----------------------------------------------------------------------------------------

    def _start(self, bench: Sequence[Discovered] | None) -> Beginning:
        """Bring the rig to its first common pulse."""
        sequence = self.sequence
        sequence.await_workers()
        self._sink.check_room()
        if bench is None:
            sequence.discover()
        else:
            sequence.locate(bench)
        anchors = sequence.start()
        return Beginning(sequence.reference, anchors)

    def _record(self, beginning: Beginning) -> None:
        """Record from the first common pulse until every file is closed and every worker has left.

        From here on asking to stop is an end, if what there is by then is worth something.
        """
        fleet, sink = self._fleet, self._sink
        fleet.interruptible = not sink.keeps_parts
        sink.begin(beginning)
        self._verification = verification = self._measure(beginning)
        self._reference = beginning.reference
        self._observers = (Measuring(verification), *self._observers)
        self._began_s = fleet.now_s()
        supervisor = Supervisor(
            self._plan.rig,
            fleet,
            self._aligner(beginning.reference),
            sink,
            self._observers,
            source=self.sequence.source,
        )
        self._tell()
        supervisor.begin(beginning, self._pulses)
        supervisor.run(self._is_stopping)
        supervisor.write_off_unfinished()
        self._tell_end()
        fleet.stop(first=beginning.reference)
        supervisor.finish()
        sink.close()
        self._tell()

    def _measure(self, beginning: Beginning) -> Verification:
        return Verification(
            self._devices,
            self._plan.rig.camera.fps,
            self._plan.rig.hardware,
            first_pulse_us=beginning.anchors[beginning.reference].pulse_us,
            tolerance_us=self._tolerance_us,
        )

    def _aligner(self, reference: str) -> Aligner:
        """Let a row wait for a device that lags, but not for ever, unless its captures wait too."""
        max_lag = math.inf if all(state.pace.captures_wait for state in self._fleet) else None
        return Aligner(self._devices, reference, self._plan.rig.camera.fps, max_lag=max_lag)

    @property
    def _devices(self) -> list[AlignedDevice]:
        return [AlignedDevice.of(state.settings) for state in self._fleet]

    def _is_stopping(self) -> bool:
        """Tell whether to end early; `Interrupted` where a part is worth nothing."""
        stopping = self._fleet.stopping()
        if stopping and not self._sink.keeps_parts:
            raise Interrupted
        return stopping

    # --- whoever watches ------------------------------------------------------------------------------

    def on_pumped(self) -> None:
        """Tell the observers how things stand."""
        self._tell()

    def _tell(self) -> None:
        snapshot = self._snapshot()
        for observer in self._observers:
            observer.on_change(snapshot)

    def _tell_end(self) -> None:
        snapshot = self._snapshot()
        for observer in self._observers:
            observer.on_end(snapshot)

    def _snapshot(self) -> Snapshot:
        now_s = self._fleet.now_s()
        return Snapshot(
            devices=tuple(snapshot_of(state) for state in self._fleet),
            take=self._sink.folder,
            elapsed_s=now_s - self._began_s,
            pulses=self._pulse_count,
            complete=self._complete_count,
            free_bytes=self._sink.free_bytes,
            moment_s=self._fleet.moment_s(),
            reference=self._reference,
        )


class Measuring(Observer):
    """Measures the rows as they are decided."""

    def __init__(self, verification: Verification) -> None:
        """Add the rows to `verification`."""
        self._verification = verification

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Take rows in."""
        for row in rows:
            self._verification.add(row)
