"""Bring a rig from processes to pulses: subordinates armed and proven silent, the master last.

No step is ordered by a sleep: each waits for what the workers say, and a step that fails tells of every
device at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import ConfigDict, field_validator

from kinect_sync.devices.port import Discovered
from kinect_sync.director.claims import claim_devices
from kinect_sync.director.device_state import STARTED, DeviceState, Phase
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.preflight import check_jacks, compare_devices, compare_inventory
from kinect_sync.director.start_failures import (
    broken,
    clock_unrelated,
    clock_unsteady,
    free_running,
    is_broken,
    no_pulses,
    sdk_words,
    stands_still,
    stopped_settling,
)
from kinect_sync.director.straggling import Straggling
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.findings.start import DEVICE_LATE, NO_COMMON_PULSE
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import TRIGGER_S, Role
from kinect_sync.timing.clocks import common_anchors, unrelated_clocks
from kinect_sync.timing.settling import SETTLING_PULSES
from kinect_sync.values import Value
from kinect_sync.wire.messages import Arm, Open

SILENT_PERIODS = 6
"""A device that runs free gives its first capture a second after its start, and may leave out a few of them:
at 5 fps that is another second."""


class Patience(Value):
    """How long each step may take, in seconds; all are limits but `silence_s`, which is an observation."""

    model_config = ConfigDict(ser_json_inf_nan="strings")  # a limit may be none

    ready_s: float = 30.0
    discover_s: float = 120.0
    """Opening a device may wait ten seconds for its depth controller."""
    open_s: float = 30.0
    arm_s: float = 60.0
    """Starting the cameras waits for the depth engine, and eight of them may share one GPU."""
    silence_s: float = 1.3
    """How long subordinates are watched before the master starts, and `SILENT_PERIODS` on top."""
    delivery_s: float = 15.0
    straggle_s: float = 2.0
    """How long a device may give nothing while others deliver: one pulse starts all, and none leaves out more
    than its first few captures (1.6 s of them at 5 fps)."""
    trigger_s: float = TRIGGER_S
    """How long an external trigger may let the rig wait, as in the SDK's recorder."""

    def watch_s(self, fps: int) -> float:
        """Return how long silence is watched until it proves something at a frame rate."""
        return self.silence_s + SILENT_PERIODS / fps

    @field_validator("*")
    @classmethod
    def _is_a_time(cls, seconds: float) -> float:
        """Raise ValueError for what is no time: a wait of `nan` seconds never ends."""
        if not seconds >= 0:
            raise ValueError("a limit is a number of seconds, or infinite")
        return seconds


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the take begins on one device's clock."""

    pulse_us: float
    captures_before: int


class StartSequence:
    """Starts one rig, step by step; `run` returns where each device's first common pulse is."""

    def __init__(
        self,
        rig: RigFields,
        fleet: Fleet,
        patience: Patience | None = None,
        *,
        allow_extra: bool = False,
        settling: int = SETTLING_PULSES,
    ) -> None:
        """Start `rig` with the workers of `fleet`; each camera lets captures of `settling` pulses go."""
        self._rig = rig
        self._fleet = fleet
        self._patience = patience or Patience()
        self._allow_extra = allow_extra
        self._settling = settling
        self.notes: list[Finding] = []
        self.silence_proven = False
        self.silent: tuple[str, ...] = ()
        """Devices that delivered nothing when there should have been pulses, where that ended the start."""

    def run(self) -> dict[str, Anchor]:
        """Run every step; BenchError with all findings of the step that failed."""
        self.await_workers()
        self.discover()
        return self.start()

    def start(self) -> dict[str, Anchor]:
        """Start what is known to be there: open, arm, prove silent, start the master, find the pulse."""
        self.open_devices()
        self.arm([state for state in self._fleet if not self._is_source(state)])
        self.prove_silent()
        self.arm([state for state in self._fleet if self._is_source(state)])
        return self.await_common_pulse()

    @property
    def reference(self) -> str:
        """The device that residuals are measured against: the master, or the first behind a trigger."""
        return self.source or self._rig.devices[0].name

    @property
    def source(self) -> str | None:
        """The device that gives the pulses; None where an external trigger does."""
        return next((state.name for state in self._fleet if self._is_source(state)), None)

    # --- steps ----------------------------------------------------------------------------------------

    def await_workers(self) -> None:
        """Wait until every device's process runs."""
        self._await(self._fleet.is_ready, self._patience.ready_s, "the device's process did not start")

    def discover(self) -> None:
        """Open what is there, and compare it with the rig: inventory both ways, then jacks."""
        self._check_bench(claim_devices(self._fleet, self._patience.open_s))

    def locate(self, bench: Sequence[Discovered]) -> None:
        """Note at which index each device was seen, so that opening one disturbs no other."""
        by_serial = {device.serial: device.index for device in bench}
        for state in self._fleet:
            state.locate(by_serial.get(state.settings.serial))

    def _check_bench(self, bench: Sequence[Discovered]) -> None:
        by_serial = {device.serial: device for device in bench}
        jacks = {
            state.name: found.jacks
            for state in self._fleet
            if (found := by_serial.get(state.settings.serial)) and found.jacks
        }
        self._settle(
            (
                *compare_inventory(self._rig, bench, allow_extra=self._allow_extra),
                *check_jacks(self._rig, jacks),
            )
        )

    def open_devices(self) -> None:
        """Set up one device after the other, and open it if it was not claimed."""
        for state in self._fleet:
            self._open(state)
        self._require(
            list(self._fleet),
            lambda state: state.phase is Phase.OPEN,
            f"the device did not open within {self._patience.open_s:.0f} s",
        )
        self._settle(compare_devices(list(self._fleet), self._rig.hardware))

    def _open(self, state: DeviceState) -> None:
        if state.gone:
            return
        state.begin_opening()
        self._fleet.send(state.name, Open(settings=state.settings, index=state.index))
        self._fleet.wait(lambda: state.phase is Phase.OPEN or state.gone, self._patience.open_s)

    def arm(self, states: Sequence[DeviceState]) -> None:
        """Start the cameras of these devices in parallel, and wait until each says so."""
        for state in states:
            settling = self._settling if state.pace.exposes else 0
            self._fleet.send(state.name, Arm(settling=settling))
        armed = {state.name for state in states}
        self._await(
            lambda state: state.name not in armed or state.phase in STARTED,
            self._patience.arm_s,
            "the cameras did not start",
        )

    def prove_silent(self) -> None:
        """See that no subordinate delivers without pulses: one that does is not synchronized at all.

        Where captures wait for their reader there is nothing to see: behind a trigger they come at once.
        """
        armed = [state for state in self._fleet if state.phase in STARTED]
        waiting = [state for state in armed if not state.pace.captures_wait]
        if not waiting:
            return
        watch_s = self._patience.watch_s(self._rig.camera.fps)
        self._fleet.wait(
            lambda: any(map(is_broken, waiting)) or all(state.is_watched(watch_s) for state in waiting),
            watch_s + self._patience.delivery_s,
        )
        running = free_running(self._rig, [state for state in waiting if state.seen])
        lost = broken(self._rig, waiting)
        if running or lost:
            raise BenchError(*running, *lost)
        if unwatched := [state for state in waiting if not state.is_watched(watch_s)]:
            raise BenchError(*map(stands_still, unwatched))
        self.silence_proven = True
        for state in waiting:
            state.await_pulses()

    def await_common_pulse(self) -> dict[str, Anchor]:
        """Wait until every device has settled and one pulse is held by all: the take begins with it."""
        triggered = self._rig.external_trigger is not None
        limit_s = self._patience.trigger_s if triggered else self._patience.delivery_s
        straggling = Straggling(list(self._fleet), self._patience.straggle_s)
        self._fleet.wait(
            lambda: (
                any(map(is_broken, self._fleet))
                or self._common_pulse() is not None
                or straggling.is_certain()
            ),
            limit_s,
        )
        if lost := broken(self._rig, self._fleet):
            raise BenchError(*lost)
        if (anchors := self._common_pulse()) is None:
            told = stopped_settling(self._rig, straggling.stopped(), self._fleet)
            raise BenchError(*(told or self._why_not_delivering(limit_s)))
        return anchors

    # --- the first common pulse -----------------------------------------------------------------------

    def _common_pulse(self) -> dict[str, Anchor] | None:
        held = {state.name: state.held for state in self._fleet}
        if not all(held.values()) or self._unrelated(held):
            return None
        anchors = common_anchors(held, self.reference, self._rig.camera.fps)
        if anchors is None:
            return None
        return {name: self._anchor(name, moment_us) for name, moment_us in anchors.items()}

    def _anchor(self, name: str, moment_us: float) -> Anchor:
        state = self._fleet.states[name]
        begun = sum(held_us >= moment_us for held_us, _ in state.held)
        return Anchor(moment_us, captures_before=state.seen - begun)

    def _unrelated(self, held: dict[str, tuple[tuple[float, int], ...]]) -> tuple[str, ...]:
        if self._rig.hardware.profile.clock is ClockKind.FROM_HOST:
            return ()  # the host's time of day needs no zero
        uncertainty_us = {name: self._fleet.uncertainty_us(name) for name in held}
        return unrelated_clocks(held, self.reference, self._rig.camera.fps, uncertainty_us=uncertainty_us)

    # --- failures -------------------------------------------------------------------------------------

    def _why_not_delivering(self, waited_s: float) -> list[Finding]:
        if frozen := [state for state in self._fleet if state.frozen_s]:
            return [stands_still(state) for state in frozen]
        silent = [state for state in self._fleet if not state.seen]
        self.silent = tuple(state.name for state in silent)
        if silent:
            hearing = [state.name for state in self._fleet if state.seen]
            found = no_pulses(self._rig, silent, hearing, waited_s)
            return [*found, *sdk_words(silent)]
        unsteady = [state for state in self._fleet if not state.held]
        if unsteady:
            return [clock_unsteady(state) for state in unsteady]
        held = {state.name: state.held for state in self._fleet}
        unrelated = self._unrelated(held)
        if unrelated:
            return [clock_unrelated(name, self.reference) for name in unrelated]
        return [NO_COMMON_PULSE.found(f"no pulse was captured by all devices within {waited_s:.0f} s")]

    def _is_source(self, state: DeviceState) -> bool:
        return state.settings.role is not Role.SUBORDINATE

    def _await(self, condition: Callable[[DeviceState], bool], limit_s: float, what: str) -> None:
        self._fleet.wait(lambda: all(condition(state) or state.gone for state in self._fleet), limit_s)
        self._require(list(self._fleet), condition, f"{what} within {limit_s:.0f} s")

    def _require(
        self, states: Sequence[DeviceState], condition: Callable[[DeviceState], bool], what: str
    ) -> None:
        lost = [finding for state in states if state.gone for finding in state.findings]
        late = [state for state in states if not state.gone and not condition(state)]
        if lost or late:
            told = [DEVICE_LATE.found(what, device=state.name) for state in late]
            raise BenchError(*lost, *told, *sdk_words(late))

    def _settle(self, findings: Sequence[Finding]) -> None:
        if has_errors(findings):
            raise BenchError(*findings, *sdk_words(self._fleet))
        self.notes.extend(findings)
