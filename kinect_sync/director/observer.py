"""Who watches a run of a rig: the live view, the index, the load log, and programs that use the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.findings import Finding
from kinect_sync.findings.start import OBSERVER_FAILED
from kinect_sync.timing.alignment import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeviceSnapshot:
    """How things stand with one device."""

    name: str
    """The operator's word for it."""
    phase: Phase
    """What it does, from `starting` to `finished`, or `lost`."""
    captures: int
    """Captures in its file so far."""
    dropped: int
    """Pulses decided so far without a whole capture of it, whatever the reason."""
    queue_full: int
    """Captures dropped so far because the disk did not keep up."""
    queued_bytes: int
    """What waits for the disk."""
    queue_peak_bytes: int
    """The most that waited since the snapshot before."""
    written_bytes: int
    """Size of its file so far."""
    residual_us: float | None
    """Observed - expected device timestamp at the last pulse that was decided; None where there is none."""
    findings: tuple[Finding, ...]
    """What was found out about it so far."""
    host: str | None = None
    """The other computer that it is connected to; None where that is the director's, or not known yet."""
    captures_wait: bool = False
    """Whether its captures wait for their reader, as in recordings that are played fast."""
    calibration: bytes | None = None
    """What the factory measured of it, as it is stored in it; None before it is open, or if it tells none."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How things stand."""

    devices: tuple[DeviceSnapshot, ...]
    """In the rig's order."""
    take: Path | None
    """The take's folder; None until recording begins, and in a verification, which keeps nothing."""
    elapsed_s: float
    """Since recording began, or before that since the run did."""
    pulses: int
    """Pulses decided so far."""
    complete: int
    """Of them, those that every device captured whole."""
    free_bytes: int | None
    """Room on the fullest disk; None where nothing is written."""
    moment_s: float = 0.0
    """When this was, on the director's steady clock."""
    reference: str | None = None
    """The device that residuals are measured against; None until recording begins."""


def snapshot_of(state: DeviceState) -> DeviceSnapshot:
    """Look at a device; the next peak of its queue begins now."""
    return DeviceSnapshot(
        name=state.name,
        phase=state.phase,
        captures=state.captures,
        dropped=state.dropped,
        queue_full=state.queue_full,
        queued_bytes=state.queued_bytes,
        queue_peak_bytes=state.take_queue_peak(),
        written_bytes=state.written_bytes,
        residual_us=state.residual_us,
        findings=tuple(state.findings),
        host=state.place,
        captures_wait=state.pace.captures_wait,
        calibration=state.calibration,
    )


class Observer:
    """Watches one run; each method does nothing until it is overridden.

    All are called from the thread that runs the rig, which waits for them: a slow one delays commands, and
    costs no capture, as workers record on.
    """

    def on_change(self, snapshot: Snapshot) -> None:
        """Learn how things stand, ten times a second and whenever something was heard."""

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Take the rows that were decided, in pulse order; none is told twice."""

    def on_end(self, snapshot: Snapshot) -> None:
        """Learn that every file is closed or given up; the last rows may still come."""


class GuardedObserver(Observer):
    """Lets somebody else's observer fail without harm: a take can't be repeated, so it goes on unobserved."""

    def __init__(self, observer: Observer) -> None:
        """Stand before `observer`."""
        self._observer: Observer = observer
        self.findings: list[Finding] = []

    def on_change(self, snapshot: Snapshot) -> None:
        """Pass it on."""
        self._pass_on(self._observer.on_change, snapshot)

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Pass them on."""
        self._pass_on(self._observer.on_rows, rows)

    def on_end(self, snapshot: Snapshot) -> None:
        """Pass it on."""
        self._pass_on(self._observer.on_end, snapshot)

    def _pass_on(self, tell: Callable[[T], None], told: T) -> None:
        try:
            tell(told)
        except Exception as error:
            self._observer = Observer()
            what = f"what watched the run failed: {type(error).__name__}: {error}"
            self.findings.append(OBSERVER_FAILED.found(what))
