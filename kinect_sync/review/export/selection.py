"""Which files an export consists of: pulses are chosen in the index, images found in the recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.export import DEVICE_UNKNOWN, IMAGE_NOT_IN_FILE
from kinect_sync.review.export.request import ExportRequest, Job, JobResult, Part
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.table import MISSING

_NEEDS = {
    Part.COLOR: ("COLOR",),
    Part.DEPTH: ("DEPTH",),
    Part.IR: ("IR",),
    Part.DEPTH_ALIGNED: ("COLOR", "DEPTH"),
    Part.COLOR_ALIGNED: ("COLOR", "DEPTH"),
    Part.POINTS: ("DEPTH",),
}
"""The tracks that a device must have for a part; one that lacks any gives no such files."""
_SUFFIXES = {Part.POINTS: ".ply"}


@dataclass(frozen=True, slots=True)
class DeviceSource:
    """One device's side of an export: where its images are, and the parts that it can give."""

    name: str
    places: ImagePlaces
    parts: tuple[Part, ...]

    def suffix(self, part: Part, *, color_as_png: bool) -> str:
        """Return how the files of a part end."""
        if part is Part.COLOR and self.places.facts.color_format is ColorFormat.MJPG and not color_as_png:
            return ".jpg"
        return _SUFFIXES.get(part, ".png")

    def images(self, row: IndexedCapture) -> Mapping[str, ImagePlace | None]:
        """Return where the images of a capture stand; UsageError where the file can't be read any more."""
        times_us = {"COLOR": row.color_us, "DEPTH": row.depth_us, "IR": row.depth_us}
        try:
            return {track: self.places.find(track, time_us) for track, time_us in times_us.items()}
        except KsyncError as error:
            raise UsageError(*_named(error, self.name)) from error


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """What the index says of one device at one pulse; `MISSING` or NaN where it says nothing."""

    pulse: int
    color_us: int
    depth_us: int
    host_ns: int
    residual_us: float

    @classmethod
    def of(cls, part: TakeIndex, device: str, row: int) -> IndexedCapture:
        """Look at one row of a stretch of the index."""
        columns = part.devices[device]
        return cls(
            pulse=int(part.pulses[row]),
            color_us=int(columns.color_us[row]),
            depth_us=int(columns.depth_us[row]),
            host_ns=int(columns.host_ns[row]),
            residual_us=float(columns.residual_us[row]),
        )


def open_sources(take: OpenedTake, request: ExportRequest) -> tuple[DeviceSource, ...]:
    """Open the recordings of the devices asked for; all that can't be read are told at once."""
    named = {device.settings.name: device for device in take.manifest.devices}
    wanted = tuple(dict.fromkeys(request.devices)) if request.devices is not None else tuple(named)
    unknown = [name for name in wanted if name not in named]
    if unknown:
        what = f"the take has no device {', '.join(unknown)}"
        raise UsageError(DEVICE_UNKNOWN.found(what, remedy=f"choose among {', '.join(named)}"))
    sources, troubles = [], []
    for name in wanted:
        try:
            places = ImagePlaces(take.recording(named[name]))
        except KsyncError as error:
            troubles += _named(error, name)
            continue
        parts = tuple(part for part in request.parts if part in _NEEDS and _gives(places, part))
        sources.append(DeviceSource(name, places, parts))
    if troubles:
        raise UsageError(*troubles)
    return tuple(sources)


def _named(error: KsyncError, device: str) -> list[Finding]:
    return [each.model_copy(update={"device": device}) for each in error.findings]


def _gives(places: ImagePlaces, part: Part) -> bool:
    return all(places.has(track) for track in _NEEDS[part])


def chosen_rows(
    index: IndexMap, sources: Sequence[DeviceSource], request: ExportRequest
) -> Iterator[tuple[TakeIndex, list[int]]]:
    """Yield the rows to export, by position, stretch by stretch of the index."""
    for part in index.stretches(request.start, request.stop):
        chosen = part.chosen(request.start, request.stop, request.every)
        if not request.holes:
            chosen &= part.complete([source.name for source in sources])
        yield part, np.flatnonzero(chosen).tolist()


class JobMaker:
    """Makes the jobs of an export, pulse by pulse, and notes what the recordings turn out to lack."""

    def __init__(self, sources: Sequence[DeviceSource], request: ExportRequest) -> None:
        """Make jobs for the images of `sources`."""
        self._sources = sources
        self._request = request
        self.kept = 0
        """Files that are there from an earlier run."""
        self.skipped = 0
        """Captures of which no file is left to make."""
        self._lacking: dict[str, tuple[int, int]] = {}
        """By device, the first pulse whose images the index names and the recording does not hold, and how
        many there are."""
        self._broken: set[tuple[str, int, Part]] = set()

    def jobs(self, index: IndexMap) -> Iterator[Job]:
        """Yield one job for each device at each pulse that still has files to make."""
        for part, rows in chosen_rows(index, self._sources, self._request):
            for row in rows:
                for source in self._sources:
                    job = self._job(source, IndexedCapture.of(part, source.name, row))
                    if job.targets:
                        yield job
                    else:
                        self.skipped += 1

    def path_of(self, source: DeviceSource, part: Part, pulse: int) -> Path:
        """Return the path of one file, relative to the export's folder."""
        suffix = source.suffix(part, color_as_png=self._request.color_as_png)
        return Path(source.name, str(part), f"{pulse:06d}{suffix}")

    def parts(self, source: DeviceSource, pulse: int, images: Mapping[str, ImagePlace | None]) -> list[Part]:
        """Return the parts that a capture gives, from the images that it has."""
        return [
            part
            for part in source.parts
            if all(images[track] for track in _NEEDS[part]) and (source.name, pulse, part) not in self._broken
        ]

    def leave_out(self, result: JobResult) -> None:
        """Note that files could not be made."""
        self._broken.update((result.device, result.pulse, part) for part in result.broken)

    def _job(self, source: DeviceSource, row: IndexedCapture) -> Job:
        images = source.images(row)
        self._note_lacking(source, row, images)
        targets = {}
        for part in self.parts(source, row.pulse, images):
            path = self._request.directory / self.path_of(source, part, row.pulse)
            if _is_there(path):
                self.kept += 1
            else:
                targets[part] = path
        return Job(
            device=source.name,
            pulse=row.pulse,
            timestamp_us=max(row.depth_us, row.color_us),
            color=images["COLOR"],
            depth=images["DEPTH"],
            ir=images["IR"],
            targets=targets,
        )

    def _note_lacking(
        self, source: DeviceSource, row: IndexedCapture, images: Mapping[str, ImagePlace | None]
    ) -> None:
        named = {"COLOR": row.color_us, "IR": row.depth_us}
        if any(time_us != MISSING and images[track] is None for track, time_us in named.items()):
            first, count = self._lacking.get(source.name, (row.pulse, 0))
            self._lacking[source.name] = first, count + 1

    def findings(self) -> Iterator[Finding]:
        """Tell of images that the index names and the recordings do not hold."""
        for name, (first, count) in self._lacking.items():
            yield IMAGE_NOT_IN_FILE.found(
                f"the recording lacks images of {count} captures that the index names, "
                f"the first at pulse {first}",
                device=name,
                remedy="the recording was cut off: `ksync inspect` says where; "
                f"with {INDEX} put aside, `ksync inspect --rebuild` makes one of what is there",
            )


def _is_there(path: Path) -> bool:
    """Tell whether a file was made before: files come whole, but a power cut may leave an empty one."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
