"""Pulses on a sync wire: who gives them, since when, how often, until when, and what arrives of them.

A pulse train is data and not a stream of events: whoever knows it can tell the time of every pulse, so
the processes of a simulated rig need to exchange it only when it starts and when it stops.
"""

from __future__ import annotations

import math
from pathlib import Path

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.devices.shared_records import read_record, write_record
from kinect_sync.values import Value

_NUMBERS_BETWEEN_TRAINS = 1000
_LISTEN_NS = 100_000_000


class PulseTrain(Value):
    """Equally spaced pulses of one source, from one start to one stop."""

    first_number: int
    """Number of the first pulse; a later train of the same source goes on with higher numbers."""
    start_ns: int
    """Host time of the first pulse."""
    period_ns: float
    """Host time between two pulses: what the source's own crystal makes of the period."""
    stop_ns: int | None = None
    """From this host time on there are no pulses."""
    kept_alive: bool = True
    """Whether the source is a process, with whose death the pulses end."""

    def time_ns(self, number: int) -> int:
        """Host time of a pulse, whether or not it still comes."""
        return self.start_ns + round((number - self.first_number) * self.period_ns)

    def has(self, number: int) -> bool:
        """Whether this pulse comes."""
        return number >= self.first_number and (self.stop_ns is None or self.time_ns(number) < self.stop_ns)

    def first_at_or_after(self, time_ns: int) -> int:
        """Return the number of the first pulse that is not before this host time."""
        return self.first_number + max(0, math.ceil((time_ns - self.start_ns) / self.period_ns))


class PulseWire:
    """The pulses of one source, as written by it and seen by every process of the world."""

    def __init__(self, directory: Path, source: str) -> None:
        """Look at the wire of `source`: a serial number, or `trigger`."""
        self._record = directory / f"{source}.pulses"
        self._alive = FileLock(directory / f"{source}.pulsing")

    def read(self) -> PulseTrain | None:
        """Read the latest train; None when the source has never given a pulse."""
        return read_record(self._record, PulseTrain)

    def begin(self, start_ns: int, period_ns: float) -> PulseTrain:
        """Start a train as its source; the source's process keeps it alive."""
        while not self._alive.acquire():
            continue  # another process looks for a moment whether the source is alive
        first = _number_after(self.read(), start_ns)
        train = PulseTrain(first_number=first, start_ns=start_ns, period_ns=period_ns)
        write_record(self._record, train)
        return train

    def begin_unattended(self, start_ns: int, period_ns: float, stop_ns: int | None) -> None:
        """Start a train that no process keeps alive, as a trigger box does."""
        write_record(
            self._record,
            PulseTrain(
                first_number=0, start_ns=start_ns, period_ns=period_ns, stop_ns=stop_ns, kept_alive=False
            ),
        )

    def end(self, stop_ns: int) -> None:
        """Stop the train as its source."""
        self._write_stop(stop_ns)
        self._alive.release()

    def end_if_abandoned(self, now_ns: int) -> None:
        """Stop the train if the process that gave it is dead: the camera stops with its host process."""
        train = self.read()
        if train is None or train.stop_ns is not None or not train.kept_alive or not self._alive.acquire():
            return
        self._write_stop(now_ns)
        self._alive.release()

    def _write_stop(self, stop_ns: int) -> None:
        train = self.read()
        if train is not None and (train.stop_ns is None or train.stop_ns > stop_ns):
            write_record(self._record, train.model_copy(update={"stop_ns": stop_ns}))


def _number_after(train: PulseTrain | None, now_ns: int) -> int:
    if train is None:
        return 0
    end_ns = now_ns if train.stop_ns is None else min(now_ns, train.stop_ns)
    after = train.first_at_or_after(end_ns) + _NUMBERS_BETWEEN_TRAINS
    return after - after % _NUMBERS_BETWEEN_TRAINS


class SyncInput:
    """What arrives at the sync in of one device: the pulses of the nearest source that gives any."""

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
