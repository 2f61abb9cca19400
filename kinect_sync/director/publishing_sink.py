"""What a run leaves for a viewer while it lasts: rows, holes and queues, in files like those of a take.

The viewer is a process of its own without any pipe to this one: it reads when it likes, and may be stopped or
killed. In the place of recordings, workers put the newest captures of each device beside these files.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kinect_sync.director.fleet import Fleet
from kinect_sync.director.load_log import LoadLog
from kinect_sync.director.observer import Snapshot
from kinect_sync.director.sink import Beginning, Sink
from kinect_sync.director.take_description import describe_take
from kinect_sync.errors import BenchError
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import TakeHost
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.names import INDEX, LOAD
from kinect_sync.timing.alignment import Row

MOST_S = 600
"""Seconds after which the files begin anew: whoever looks at a rig may do so for days."""


class PublishingSink(Sink):
    """A folder for a viewer: there is one already, and whoever made it removes it."""

    keeps_parts = True
    ring = 2
    """A viewer shows the newest: it may copy one while the next is written."""

    def __init__(
        self,
        folder: Path,
        rig: RigFields,
        fleet: Fleet,
        hosts: Sequence[TakeHost] = (),
        *,
        most_s: int = MOST_S,
    ) -> None:
        """Publish a run of `rig` in an empty folder; `hosts` are the other computers that take part."""
        self._path = folder
        self._rig = rig
        self._fleet = fleet
        self._hosts = hosts
        self._most_rows = most_s * rig.camera.fps
        self._most_s = most_s
        self._rows = 0
        self._until_s: float | None = None
        self._index: IndexFile | None = None
        self._load: LoadLog | None = None

    def begin(self, beginning: Beginning) -> None:
        """Say what is looked at; BenchError where there is no room to."""
        manifest = describe_take(self._rig.name, self._rig, self._fleet, beginning, hosts=self._hosts)
        try:
            self._open_files()
            write_manifest(self._path, manifest)
        except OSError as error:
            what = f"nothing can be written into {self._path}: {error.strerror or error}"
            raise BenchError(NEWEST_UNPUBLISHED.found(what)) from error

    def on_change(self, snapshot: Snapshot) -> None:
        """Write down how queues stand; also of devices by themselves, of which no row is ever decided."""
        if self._until_s is None:
            self._until_s = snapshot.moment_s + self._most_s
        if self._load is not None and snapshot.moment_s >= self._until_s:
            with suppress(OSError):
                self._begin_anew()
        if self._load is not None:
            self._load.on_change(snapshot)

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Append rows; what can't be written costs what is seen of them, and nothing else."""
        with suppress(OSError):
            if self._index is None or self._rows >= self._most_rows:
                self._begin_anew()
            self._append(rows)

    def sync(self) -> bool:
        """Keep no rows in memory for a disk that might not take them: nobody needs them later."""
        with suppress(OSError):
            if self._index is not None:
                self._index.sync()
        return False

    def close(self) -> None:
        """Close what is open."""
        index, load = self._index, self._load
        self._index = self._load = None
        if load is not None:
            load.close()
        with suppress(OSError):
            if index is not None:
                index.close()

    def _begin_anew(self) -> None:
        self.close()
        self._open_files()

    def _open_files(self) -> None:
        names = [state.name for state in self._fleet]
        self._rows = 0
        self._until_s = None
        for name in (INDEX, LOAD):
            (self._path / name).unlink(missing_ok=True)
        self._index = IndexFile(self._path / INDEX, names)
        self._load = LoadLog(self._path / LOAD, names)

    def _append(self, rows: Sequence[Row]) -> None:
        if self._index is not None:
            for row in rows:
                self._index.append(row)
            self._rows += len(rows)
            self._index.flush()
