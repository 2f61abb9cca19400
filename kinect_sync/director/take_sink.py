"""What a take keeps beside its recordings: what it was meant to be, its index, and its load."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from kinect_sync.calibration.rig_calibration import RigCalibration, put_calibration_beside
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.load_log import LoadLog
from kinect_sync.director.observer import Snapshot
from kinect_sync.director.sink import Beginning, Sink
from kinect_sync.director.take_description import describe_take, read_clocks
from kinect_sync.director.take_hosts import measured_hosts
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import (
    DISK_FULL,
    DISK_TOO_SMALL,
    INDEX_WRITE_FAILED,
    MANIFEST_WRITE_FAILED,
    TAKE_GONE,
)
from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.folder import TakeFolder
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import Manifest, TakeHost, TakeReport
from kinect_sync.takes.names import INDEX, LOAD, OCCUPIED
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.alignment import Row
from kinect_sync.wire.messages import RecordingFile


class TakeSink(Sink):
    """The folder of a take: made when the first common pulse is known, and never overwritten."""

    keeps_parts = True

    def __init__(
        self,
        folder: TakeFolder,
        rig: RigFields,
        fleet: Fleet,
        reserve_bytes: int,
        pulses: int | None = None,
        hosts: Sequence[TakeHost] = (),
        *,
        calibration: RigCalibration | None = None,
        packing: Packing | None = None,
        ring: int = 0,
    ) -> None:
        """Keep a take of `rig` in `folder`, and end it while there are `reserve_bytes` left.

        `pulses` is how long it will be; None where that is not known. `hosts` are the other computers that
        record it. Of `calibration`, where the cameras stand, the take gets a copy. Depth and IR are packed
        with `packing`, if with anything. So many captures of each device are kept in a `ring` beside.
        """
        self.ring = ring
        self._packing = packing
        self._hosts = hosts
        self._calibration = calibration
        self._pulses = pulses
        self._folder = folder
        self._rig = rig
        self._fleet = fleet
        self._reserve_bytes = reserve_bytes
        self._free_bytes = shutil.disk_usage(folder.disk).free
        self._manifest: Manifest | None = None
        self._index: IndexFile | None = None
        self._load: LoadLog | None = None
        self._occupied = FileLock(folder.path / OCCUPIED)
        self._index_refused: OSError | None = None
        self._full = False
        self._remarks: list[Finding] = []
        self.endings: list[Finding] = []
        """Why the take had to end, or what of it could not be kept."""

    # --- the run --------------------------------------------------------------------------------------

    def check_room(self) -> None:
        """See that a take of planned length fits on every host; UsageError with each where it doesn't."""
        packed = self._packing is not None
        rates = {
            facts.name: (facts.compressed_disk if packed else facts.disk).high
            for facts in rig_facts(self._rig).devices
        }
        by_host: dict[str | None, list[DeviceState]] = {}
        for state in self._fleet:
            by_host.setdefault(state.place, []).append(state)
        length_s = (self._pulses or 0) / self._rig.camera.fps
        tight = []
        for host, states in by_host.items():
            rate, room = sum(rates[state.name] for state in states), _room_of(states)
            needed = rate * length_s + self._reserve_bytes
            if room is not None and room < needed:
                tight.append(_disk_too_small(host, rate, needed, room, self._folder))
        if tight:
            raise UsageError(*tight)

    def begin(self, beginning: Beginning) -> None:
        """Make the folder, and write down what is to be recorded; UsageError if it can't be."""
        names = [state.name for state in self._fleet]
        self._folder.create()
        manifest = describe_take(
            self._folder.path.name,
            self._rig,
            self._fleet,
            beginning,
            hosts=self._hosts,
            calibration=self._calibration is not None,
            packing=self._packing,
        )
        try:
            if self._calibration is not None:
                put_calibration_beside(self._folder.path, self._calibration)
            self._folder.write_manifest(manifest)
            self._index = IndexFile(self._folder.path / INDEX, names)
        except OSError as error:
            raise self._folder.refused(error) from error
        with suppress(OSError):  # of a disk that has no locks nobody can be kept out
            self._occupied.acquire()
        self._manifest = manifest
        self._load = LoadLog(self._folder.path / LOAD, names)

    def file_of(self, device: str) -> RecordingFile:
        """Return what a device's worker is to write, on whatever host it runs."""
        name = self._folder.recording(device).name
        return RecordingFile(take=self._folder.path.name, name=name, packing=self._packing)

    def on_change(self, snapshot: Snapshot) -> None:
        """Write down how queues and disk stand."""
        if self._load is not None:
            self._load.on_change(snapshot)

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Append them to the index; what a disk refuses there is tried again, and costs no recording."""
        if self._index is None:
            return
        try:
            for row in rows:
                self._index.append(row)
            self._index.flush()
        except OSError as error:
            self._index_refused = error

    def on_end(self, snapshot: Snapshot) -> None:
        """Write down how queues and disk stood when all files were closed."""
        if self._load is not None:
            self._load.on_end(snapshot)

    def sync(self) -> bool:
        """Force the index to the disk, and look at the room that is left."""
        try:
            if self._index is not None:
                self._index.sync()
        except OSError as error:
            self._index_refused = error
        full = self.free_bytes < self._reserve_bytes
        if full and not self._full:
            self._full = True
            self.endings.append(_disk_full(self._reserve_bytes))
        return bool(self.endings)

    def close(self) -> None:
        """Force the index to the disk, and close it; the load too, of a run that was broken off."""
        if self._load is not None:
            self._load.close()
        index, self._index = self._index, None
        try:
            if index is not None:
                index.close()
                if self._index_refused is not None:
                    self._remarks.append(_index_refused(self._index_refused))
        except OSError as error:
            self.endings.append(_index_broken(error))

    @property
    def folder(self) -> Path | None:
        """The take's folder, once it is there."""
        return self._folder.path if self._manifest is not None else None

    @property
    def free_bytes(self) -> int:
        """Room on the fullest of all disks; what was last known where a share does not answer."""
        with suppress(OSError):
            self._free_bytes = shutil.disk_usage(self._folder.disk).free
        room = _room_of(self._fleet)
        return self._free_bytes if room is None else min(self._free_bytes, room)

    def leave(self) -> None:
        """Let others write into the folder: all of the take is told."""
        self._occupied.remove()

    # --- what is written down -------------------------------------------------------------------------

    def complete(self, report: TakeReport) -> tuple[Finding, ...]:
        """Write what became of the take; where the disk fails, return what is to be said of it."""
        if self._manifest is None or self._folder.is_gone:
            return ()
        hosts = measured_hosts(self._hosts, self._fleet.clocks)
        finished = {"state": "finished", "end": read_clocks(), "report": report, "hosts": hosts}
        try:
            self._folder.write_manifest(self._manifest.model_copy(update=finished))
        except OSError as error:
            return (_manifest_broken(error),)
        return ()

    @property
    def gone(self) -> tuple[Finding, ...]:
        """Say that nothing of the take is where it was recorded."""
        if self._manifest is None or not self._folder.is_gone:
            return ()
        what = f"the take's folder {self._folder.path} was removed or moved while it was recorded"
        return (TAKE_GONE.found(what),)

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """What was not written down though the take lacks nothing by it."""
        return (*self._remarks, *(self._load.findings if self._load is not None else ()))


def _room_of(states: Iterable[DeviceState]) -> int | None:
    """Return the room on the fullest disk that workers still write to; None where none tells."""
    rooms = (state.free_bytes for state in states if not state.gone)
    return min((room for room in rooms if room is not None), default=None)


def _index_broken(error: OSError) -> Finding:
    return INDEX_WRITE_FAILED.found(f"alignment.csv could not be written: {error.strerror or error}")


def _index_refused(error: OSError) -> Finding:
    return INDEX_WRITE_FAILED.found(
        f"alignment.csv could not be written for a while ({error.strerror or error}); all its rows are there",
        severity=Severity.WARNING,
        remedy="check the disk",
    )


def _disk_too_small(host: str | None, rate: int, needed: float, room: int, folder: TakeFolder) -> Finding:
    where = str(folder.path) if host is None else f"takes on host {host}"
    return DISK_TOO_SMALL.found(
        f"the take needs about {needed / 1e9:.1f} GB ({rate / 1e6:.0f} MB/s and a reserve), "
        f"and {room / 1e9:.1f} GB are free for {where}"
    )


def _disk_full(reserve_bytes: int) -> Finding:
    return DISK_FULL.found(
        f"the take was ended because less than {reserve_bytes / 1e6:.0f} MB were left on the disk",
        severity=Severity.WARNING,
    )


def _manifest_broken(error: OSError) -> Finding:
    return MANIFEST_WRITE_FAILED.found(f"take.json could not be completed: {error.strerror or error}")
