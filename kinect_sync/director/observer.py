"""Who watches a run of a rig: the live view, the index, the load log, and programs that use the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.director.device_state import DeviceState
from kinect_sync.findings import Finding
from kinect_sync.findings.start import OBSERVER_FAILED
from kinect_sync.timing.alignment import Row


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How things stand."""

    devices: tuple[DeviceState, ...]
    """To be read at once: each goes on changing."""
    take: Path | None
    """None until recording begins, and in a verification, which keeps nothing."""
    elapsed_s: float
    """Since recording began, or before that since the run did."""
    pulses: int
    complete: int
    free_bytes: int | None
    """None where nothing is written."""
    moment_s: float = 0.0
    """When this was, on the director's steady clock."""


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
        try:
            self._observer.on_change(snapshot)
        except Exception as error:
            self._let_go(error)

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Pass them on."""
        try:
            self._observer.on_rows(rows)
        except Exception as error:
            self._let_go(error)

    def on_end(self, snapshot: Snapshot) -> None:
        """Pass it on."""
        try:
            self._observer.on_end(snapshot)
        except Exception as error:
            self._let_go(error)

    def _let_go(self, error: Exception) -> None:
        self._observer = Observer()
        self.findings.append(
            OBSERVER_FAILED.found(f"what watched the run failed: {type(error).__name__}: {error}")
        )
