"""What arrives at a sync in: the pulses of the nearest source up the cables that gives any."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.devices.simulated.pulses import PulseTrain, PulseWire
from kinect_sync.devices.simulated.shared_records import read_record, write_record
from kinect_sync.devices.simulated.world import SimulatedWorld, start_trigger
from kinect_sync.values import Value

_LISTEN_NS = 100_000_000


class Hearing:
    """Listens for pulses as one device."""

    def __init__(self, directory: Path, sources: tuple[str, ...]) -> None:
        """Listen to `sources`, nearest first."""
        self._wires = [PulseWire(directory, source) for source in sources]
        self._running: PulseWire | None = None
        self._checked_ns = 0

    def listen(self, now_ns: int) -> PulseTrain | None:
        """Return the pulse train that arrives: one that runs, before one that has stopped."""
        if now_ns - self._checked_ns >= _LISTEN_NS:
            self._checked_ns = now_ns
            for wire in self._wires:
                wire.end_if_abandoned(now_ns)
        if self._running is not None and _runs(train := self._running.read()):
            return train
        trains = [(wire, wire.read()) for wire in self._wires]
        self._running = next((wire for wire, train in trains if _runs(train)), None)
        heard = sorted((train for _, train in trains if train is not None), key=_runs, reverse=True)
        return heard[0] if heard else None


def _runs(train: PulseTrain | None) -> bool:
    return train is not None and train.stop_ns is None


class Armed(Value):
    """Word that a device is started and waits for pulses."""

    since_ns: int | None


def tell_armed(world: SimulatedWorld, serial: str, since_ns: int | None) -> None:
    """Leave word that a device is started, or (None) stopped; the last one sets off the trigger."""
    trigger = world.trigger
    if trigger is None or serial not in trigger.awaits:
        return
    write_record(world.directory / f"{serial}.armed", Armed(since_ns=since_ns))
    words = [read_record(world.directory / f"{other}.armed", Armed) for other in trigger.awaits]
    since = [word.since_ns for word in words if word is not None and word.since_ns is not None]
    if len(since) == len(trigger.awaits):
        start_trigger(world.directory, trigger, max(since) + round(trigger.starts_after_s * 1e9))
