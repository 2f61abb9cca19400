"""A take that is watched: its recordings, its index and its load, each followed as it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kinect_sync.findings import Finding
from kinect_sync.takes.following.index import FollowedIndex
from kinect_sync.takes.following.load import LastLoad, read_last_load
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST
from kinect_sync.timing.lasers.check import check_rig
from kinect_sync.viewer.cameras import CameraOf, Seen
from kinect_sync.viewer.growth import Growth
from kinect_sync.viewer.head import DeviceHead
from kinect_sync.viewer.pulse_times import PulseTimes
from kinect_sync.viewer.quiet import Quiet
from kinect_sync.viewer.shots import Shot
from kinect_sync.viewer.so_far import Judged, SoFar
from kinect_sync.viewer.spark import PULSES
from kinect_sync.viewer.surroundings import Surroundings

STANDING_S = 1.0
"""From one look at index, load and disk to the next: rows of nine devices take 3 ms to read, however few."""
BEHIND_S = 0.1
"""The same while an index that was there before is read through, a megabyte at a time."""
ABANDONED_S = 10.0
"""Nobody records a take into which nothing was written for so long: load.csv has a row each second."""


class Standing(NamedTuple):
    """How a take stood when index, load and disk were looked at last."""

    judged: Judged | None = None
    """None where nothing is judged: the take has ended, and says itself how it went."""
    tail: TakeIndex | None = None
    """The last rows."""
    span: tuple[int, int] | None = None
    load: LastLoad | None = None
    read_share: float = 1.0
    """How much of the index was read."""
    bytes_per_s: float | None = None
    """How fast the recordings grow together."""
    disk_minutes: float | None = None


class Watch:
    """Everything that is followed of one take."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        surroundings: Surroundings,
        camera_of: CameraOf,
        *,
        kept: bool = True,
    ) -> None:
        """Begin to watch the take of `folder`, which take.json describes, through these cameras.

        `kept` is whether its files stay: an index that begins anew goes on with other rows where they do not.
        """
        self.folder, self._surroundings = folder, surroundings
        self.kept = kept
        self._manifest = manifest
        self.meets = _meeting_lasers(manifest)
        """By device, the others whose lasers fire into its depth exposure by the rig's delays."""
        self._cameras = {
            each.settings.name: camera_of(folder, each, surroundings) for each in manifest.devices
        }
        self._take_quiet = Quiet(surroundings)
        self._growth, self._told_growth = Growth(), Growth()
        self._index = FollowedIndex(folder / INDEX)
        self._so_far, self._so_far_of = SoFar(manifest), 0
        self._due_s = -math.inf
        self.times = PulseTimes(manifest)
        self.standing = Standing()
        self.made: dict[object, DeviceHead] = {}
        """Heads of devices that were made of this standing, by whatever else they depend on."""
        self.seen: Mapping[str, Seen] = {}
        """What each camera showed last, by device."""
        self.quiet_s = 0.0
        """How long ago anything of the take was written."""

    def look(self, *, judging: bool) -> None:
        """Look at all of it; `judging` is whether the take does not say itself how it went."""
        self.seen = {name: each.look() for name, each in self._cameras.items()}
        now_s = self._surroundings.now_s()
        self._growth.note(now_s, sum(each.written[0] for each in self.seen.values()))
        if now_s >= self._due_s:
            self.standing, self.made = self._stand(judging=judging), {}
            self._due_s = now_s + (STANDING_S if self._index.is_read else BEHIND_S)

    def find(self, device: str, times_us: Mapping[str, int]) -> Shot | None:
        """Find a capture of a device by its times; OSError where it can't be read."""
        return self._cameras[device].find(times_us)

    def now_s(self) -> float:
        """Return the moment, on the steady clock."""
        return self._surroundings.now_s()

    @property
    def is_index_read(self) -> bool:
        """Whether all rows that were there were looked at."""
        return self._index.is_read

    def rows(self, pulse: int) -> TakeIndex | None:
        """Return the rows up to a pulse, as many as are shown; None where there are none."""
        return self._index.until(pulse, PULSES)

    def problems(self) -> tuple[Finding, ...]:
        """Say why its index can't be read."""
        return () if self._index.problem is None else (self._index.problem,)

    def _stand(self, *, judging: bool) -> Standing:
        before = self.standing
        rows = self._index.look() if judging else None
        if rows is not None:
            self._add(rows)
        tail = self._index.until(None, PULSES)
        if tail is not None:
            self.times.note(tail)
        load = read_last_load(self.folder / LOAD)
        rate = self._rate(load)
        self.quiet_s = self._take_quiet.age_s(*self._last_change())
        return Standing(
            judged=self._so_far.judged() if rows is not None else before.judged,
            tail=tail,
            span=self._index.span(),
            load=load,
            read_share=self._index.read_nbytes / max(1, self._index.nbytes),
            bytes_per_s=rate,
            disk_minutes=None if not rate else self._room(load) / rate / 60,
        )

    def _add(self, rows: TakeIndex) -> None:
        """Judge the next rows; those of an index that was put back are counted from its start again."""
        if self.kept and self._index.beginnings != self._so_far_of:
            self._so_far, self._so_far_of = SoFar(self._manifest), self._index.beginnings
        self._so_far.add(rows)

    def _last_change(self) -> tuple[object, int]:
        """Return what tells that anything of the take was written, and when that was last."""
        files = [each.written for each in self.seen.values()]
        for name in (MANIFEST, INDEX, LOAD):
            with suppress(OSError):
                status = (self.folder / name).lstat()
                files.append((status.st_size, status.st_mtime_ns))
        return tuple(files), max((changed for _, changed in files), default=0)

    def _rate(self, load: LastLoad | None) -> float | None:
        """Return how fast recordings grow: by load.csv, which tells of other hosts too, or by the files."""
        if load is None:
            return self._growth.per_s
        nbytes = sum(each.written_bytes for each in load.devices.values())
        self._told_growth.note(load.take.host_ns / 1e9, nbytes)
        return self._told_growth.per_s

    def _room(self, load: LastLoad | None) -> float:
        """Return for how many bytes there is room until the take ends."""
        return max(0.0, self._free_bytes(load) - self._surroundings.reserve_bytes)

    def _free_bytes(self, load: LastLoad | None) -> float:
        if load is not None:
            return load.take.free_bytes  # of the fullest of all disks
        try:
            return self._surroundings.free_bytes(self.folder)
        except OSError:
            return math.inf


def _meeting_lasers(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    rig = manifest.rig_fields
    meets: dict[str, set[str]] = {}
    for gap in check_rig(rig).collisions if rig is not None else ():
        meets.setdefault(gap.earlier, set()).add(gap.later)
        meets.setdefault(gap.later, set()).add(gap.earlier)
    return {name: tuple(sorted(others)) for name, others in meets.items()}
