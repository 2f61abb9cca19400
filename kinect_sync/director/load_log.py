"""Writes down how queues and disk stand while a take is recorded; no recording depends on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding, Severity
from kinect_sync.takes.load import DeviceLoad, LoadFile
from kinect_sync.wire.messages import QUEUE_BYTES

ROW_S = 1.0
"""From one row to the next."""


class LoadLog:
    """One row when the take begins, one per second, and one when all files are closed.

    A disk that fails here costs the rows from there on and nothing else: that is a warning in `findings`.
    """

    def __init__(
        self, fleet: Fleet, path: Path, *, pulses: Callable[[], int], free_bytes: Callable[[], int]
    ) -> None:
        """Create the file at `path` with its first row; `pulses` and `free_bytes` tell how things stand."""
        self._fleet = fleet
        self._pulses = pulses
        self._free_bytes = free_bytes
        self._next_s = fleet.now_s()
        self._file: LoadFile | None = None
        self.findings: list[Finding] = []
        try:
            self._file = LoadFile(path, [state.name for state in fleet])
        except (OSError, KsyncError) as error:
            self._give_up(error)
        self.look()

    def look(self) -> None:
        """Append a row if a second has passed."""
        now_s = self._fleet.now_s()
        if now_s < self._next_s:
            return
        while self._next_s <= now_s:
            self._next_s += ROW_S
        self._append(now_s)

    def close(self) -> None:
        """Append the last row, and close the file; harmless when closed."""
        self._append(self._fleet.now_s())
        try:
            if self._file is not None:
                self._file.close()
        except (OSError, KsyncError) as error:
            self._give_up(error)
        self._file = None

    def _append(self, now_s: float) -> None:
        if self._file is None:
            return
        try:
            take = round(now_s * 1e9), self._pulses(), self._free_bytes(), QUEUE_BYTES
            self._file.append(take, [_load_of(state) for state in self._fleet])
        except (OSError, KsyncError) as error:
            self._give_up(error)

    def _give_up(self, error: OSError | KsyncError) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError, KsyncError):
                file.close()
        self.findings.append(_load_broken(error))


def _load_of(state: DeviceState) -> DeviceLoad:
    """Tell of one device, and let its next peak begin with what is queued now."""
    load = DeviceLoad(state.queue_peak_bytes, state.written_bytes, state.queue_full)
    state.queue_peak_bytes = 0 if state.gone else state.queued_bytes
    return load


def _load_broken(error: OSError | KsyncError) -> Finding:
    reason = error.findings[0].what if isinstance(error, KsyncError) else error.strerror or str(error)
    return Finding(
        code="load-write-failed",
        severity=Severity.WARNING,
        what=f"load.csv could not be written: {reason}",
        remedy="check the disk; only `ksync report` lacks something, how queue and disk stood from there on",
    )
