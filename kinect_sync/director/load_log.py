"""Writes down how queues and disk stand while a take is recorded; no recording depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kinect_sync.director.observer import DeviceSnapshot, Observer, Snapshot
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import LOAD_WRITE_FAILED
from kinect_sync.takes.load import DeviceLoad, LoadFile, TakeLoad
from kinect_sync.wire.messages import QUEUE_BYTES

ROW_S = 1.0
"""From one row to the next."""


class LoadLog(Observer):
    """One row when the take begins, one per second, and one when all files are closed.

    A disk that fails here costs the rows from there on and nothing else: that is a warning in `findings`.
    """

    def __init__(self, path: Path, devices: Sequence[str]) -> None:
        """Create the file at `path`, for these devices; its first row is the first change that is told."""
        self._next_s: float | None = None
        self._peaks: dict[str, int] = {}
        self._file: LoadFile | None = None
        self.findings: list[Finding] = []
        try:
            self._file = LoadFile(path, devices)
        except (OSError, KsyncError) as error:
            self._give_up(error)

    def on_change(self, snapshot: Snapshot) -> None:
        """Append a row if a second has passed; what waited at most before it is not forgotten."""
        self._note_peaks(snapshot)
        now_s = snapshot.moment_s
        due_s = now_s if self._next_s is None else self._next_s
        if now_s < due_s:
            return
        while due_s <= now_s:
            due_s += ROW_S
        self._next_s = due_s
        self._append(snapshot)

    def on_end(self, snapshot: Snapshot) -> None:
        """Append the last row, and close the file; harmless when closed."""
        self._note_peaks(snapshot)
        self._append(snapshot)
        self.close()

    def close(self) -> None:
        """Close the file; harmless when closed."""
        try:
            if self._file is not None:
                self._file.close()
        except (OSError, KsyncError) as error:
            self._give_up(error)
        self._file = None

    def _append(self, snapshot: Snapshot) -> None:
        if self._file is None:
            return
        try:
            moment_ns = round(snapshot.moment_s * 1e9)
            take = TakeLoad(moment_ns, snapshot.pulses, snapshot.free_bytes or 0, QUEUE_BYTES)
            self._file.append(take, [self._load_of(device) for device in snapshot.devices])
        except (OSError, KsyncError) as error:
            self._give_up(error)

    def _note_peaks(self, snapshot: Snapshot) -> None:
        for device in snapshot.devices:
            self._peaks[device.name] = max(self._peaks.get(device.name, 0), device.queue_peak_bytes)

    def _load_of(self, device: DeviceSnapshot) -> DeviceLoad:
        return DeviceLoad(self._peaks.pop(device.name), device.written_bytes, device.queue_full)

    def _give_up(self, error: OSError | KsyncError) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError, KsyncError):
                file.close()
        self.findings.append(_load_broken(error))


def _load_broken(error: OSError | KsyncError) -> Finding:
    reason = error.findings[0].what if isinstance(error, KsyncError) else error.strerror or str(error)
    return LOAD_WRITE_FAILED.found(f"load.csv could not be written: {reason}")
