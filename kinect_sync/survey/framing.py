"""Show devices before they are cabled: each runs by itself, so that somebody can frame what it sees.

Nothing ties them together, so nothing is aligned, and nobody judges whether they are in sync. Plugs are not
looked at, and a device that is lost or gives nothing ends none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.director.claims import claim_devices
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.listener import Listener
from kinect_sync.director.observer import GuardedObserver, Observer, Snapshot, snapshot_of
from kinect_sync.director.preflight import compare_inventory
from kinect_sync.director.publishing_sink import PublishingSink
from kinect_sync.director.run import RunPlan
from kinect_sync.director.sink import Beginning
from kinect_sync.director.start_sequence import Anchor, StartSequence
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.findings.start import DEVICE_LATE
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of
from kinect_sync.wire.messages import Record


class FramedDevice(Value):
    """One device that was framed."""

    name: str
    """The rig's name for it."""
    serial: str
    """Its serial number."""
    host: str | None = None
    """The other computer that it is connected to; null where that is the computer of the command."""
    captures: int
    """Captures that it gave."""


class FramingReport(Report):
    """How `ksync view RIG --standalone` ended."""

    report: Literal["framing"] = "framing"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: every device gave captures until the end; whether they are in sync nobody looked at."""
    rig: str = ""
    """Name of the rig; empty where there is none that can run."""
    devices: tuple[FramedDevice, ...] = ()
    """The devices, in the rig's order."""


def uncabled(rig: RigFields) -> RigFields:
    """Return the rig as it runs without cables: every device by itself."""
    free = {"role": Role.STANDALONE, "subordinate_delay_off_master_usec": 0}
    changes = {
        "topology": Topology.STANDALONE,
        "devices": tuple(device.model_copy(update=free) for device in rig.devices),
        "external_trigger": None,
        "cables": (),
        "chains": (),
    }
    return RigFields.model_validate({**dict(rig), **changes})


def frame_devices(
    plan: RunPlan,
    folder: Path,
    launch: Launch,
    *,
    stopping: Callable[[], bool],
    seconds: float | None = None,
    observers: Sequence[Observer] = (),
    hosts: Sequence[TakeHost] = (),
) -> FramingReport:
    """Run every device of the rig by itself for so long, or until `stopping`; a viewer looks into `folder`.

    Whatever the bench does is in the report. Raises `Interrupted` when `stopping` becomes true before the
    cameras run.
    """
    plan = plan.model_copy(update={"rig": uncabled(plan.rig)})
    settings = [plan.rig.settings_of(device) for device in plan.rig.devices]
    with (
        launched(settings, launch, stopping) as fleet,
        closing(PublishingSink(folder, plan.rig, fleet, hosts)) as sink,
    ):
        framing = _Framing(plan, fleet, sink, observers)
        try:
            framing.start()
            framing.run(seconds)
        except BenchError as error:
            fleet.stop()
            return framing.report(*error.findings, *fleet.unclean)
        return framing.report(*framing.silent)


class _Framing(Listener):
    """Devices that run, each by itself."""

    def __init__(
        self, plan: RunPlan, fleet: Fleet, sink: PublishingSink, observers: Sequence[Observer]
    ) -> None:
        self._plan = plan
        self._fleet = fleet
        self._sink = sink
        self._guarded = tuple(GuardedObserver(each) for each in observers)
        self._began_s = fleet.now_s()
        self._sequence = StartSequence(plan.rig, fleet, plan.patience, allow_extra=plan.allow_extra)
        fleet.listeners.append(self)

    def start(self) -> None:
        """Start all cameras; BenchError with all that keeps one from it."""
        sequence, states = self._sequence, list(self._fleet)
        sequence.await_workers()
        bench = claim_devices(self._fleet, self._plan.patience.open_s)
        found = compare_inventory(self._plan.rig, bench, allow_extra=self._plan.allow_extra)
        if has_errors(found):
            raise BenchError(*found)
        sequence.open_devices()
        sequence.arm(states)
        self._sink.begin(Beginning(states[0].name, {state.name: Anchor(0.0, 0) for state in states}))

    def run(self, seconds: float | None) -> None:
        """Let each device be seen as soon as it gives something, until somebody wants an end."""
        fleet = self._fleet
        fleet.interruptible = False
        self._began_s = fleet.now_s()
        until_s = float("inf") if seconds is None else self._began_s + seconds
        while fleet.live and not fleet.stopping() and fleet.now_s() < until_s:
            fleet.pump(0.1)
            for state in fleet.live:
                if state.held and not state.recording:
                    self._show(state)
        fleet.stop()

    def _show(self, state: DeviceState) -> None:
        state.begin_recording(self._fleet.now_s())
        order = Record(file=None, anchor_us=state.held[-1][0], end_pulse=None, ring=self._sink.ring)
        self._fleet.send(state.name, order)

    def on_pumped(self) -> None:
        """Tell whoever watches, and the viewer, how things stand."""
        snapshot = Snapshot(
            devices=tuple(snapshot_of(state) for state in self._fleet),
            take=None,
            elapsed_s=self._fleet.now_s() - self._began_s,
            pulses=0,
            complete=0,
            free_bytes=None,
            moment_s=self._fleet.moment_s(),
        )
        for observer in (self._sink, *self._guarded):
            observer.on_change(snapshot)

    @property
    def silent(self) -> Iterator[Finding]:
        """Which devices never gave anything, though nothing else is said of them."""
        for state in self._fleet:
            if not state.captures and not state.findings:
                yield DEVICE_LATE.found("its cameras run, and it gave no capture", device=state.name)

    def report(self, *findings: Finding) -> FramingReport:
        """Say how it ended."""
        unobserved = (finding for each in self._guarded for finding in each.findings)
        found = tuple(dict.fromkeys((*findings, *self._fleet.findings, *unobserved)))
        return FramingReport(
            verdict=verdict_of(found),
            rig=self._plan.rig.name,
            devices=tuple(map(_framed, self._fleet)),
            findings=found,
        )


def _framed(state: DeviceState) -> FramedDevice:
    serial = state.settings.serial
    return FramedDevice(name=state.name, serial=serial, host=state.place, captures=state.captures)
