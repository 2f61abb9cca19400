"""Which files an export consists of: pulses are chosen in the index, images found in the recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.export import DEVICE_UNKNOWN, IMAGE_NOT_IN_FILE
from kinect_sync.review.export.request import ExportRequest, Job, JobResult, Part
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.index_reader import IndexColumns, TakeIndex
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces
from kinect_sync.takes.mkv.reader import Recording, read_recording
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
    """One device's side of an export: its recording, its columns, and the parts that it can give."""

    name: str
    recording: Recording
    columns: IndexColumns
    parts: tuple[Part, ...]

    def suffix(self, part: Part, *, color_as_png: bool) -> str:
        """Return how the files of a part end."""
        if part is Part.COLOR and self.recording.facts.color_format is ColorFormat.MJPG and not color_as_png:
            return ".jpg"
        return _SUFFIXES.get(part, ".png")


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
            recording = read_recording(take.recording(named[name]))
        except KsyncError as error:
            troubles += [each.model_copy(update={"device": name}) for each in error.findings]
            continue
        parts = tuple(part for part in request.parts if part in _NEEDS and _gives(recording, part))
        sources.append(DeviceSource(name, recording, take.index.devices[name], parts))
    if troubles:
        raise UsageError(*troubles)
    return tuple(sources)


def _gives(recording: Recording, part: Part) -> bool:
    return all(track in recording.tracks for track in _NEEDS[part])


def chosen_rows(
    index: TakeIndex, sources: Sequence[DeviceSource], request: ExportRequest
) -> NDArray[np.intp]:
    """Return the rows of the index to export, by position."""
    chosen = index.chosen(request.start, request.stop, request.every)
    if not request.holes:
        chosen &= index.complete([source.name for source in sources])
    return np.flatnonzero(chosen)


class JobMaker:
    """Makes the jobs of an export, pulse by pulse, and notes what the recordings turn out to lack."""

    def __init__(self, sources: Sequence[DeviceSource], index: TakeIndex, request: ExportRequest) -> None:
        """Make jobs for the images of `sources`."""
        self._sources = sources
        self._index = index
        self._request = request
        self._places = {source.name: ImagePlaces(source.recording) for source in sources}
        self.kept = 0
        """Files that are there from an earlier run."""
        self.skipped = 0
        """Captures of which no file is left to make."""
        self.lacking: dict[str, list[int]] = {}
        """By device, pulses whose images the index names and the recording does not hold."""
        self._broken: set[tuple[str, int, Part]] = set()

    def jobs(self, rows: NDArray[np.intp]) -> Iterator[Job]:
        """Yield one job for each device at each pulse that still has files to make."""
        for row in rows:
            for source in self._sources:
                job = self._job(source, int(row))
                if job.targets:
                    yield job
                else:
                    self.skipped += 1

    def path_of(self, source: DeviceSource, part: Part, pulse: int) -> Path:
        """Return the path of one file, relative to the export's folder."""
        suffix = source.suffix(part, color_as_png=self._request.color_as_png)
        return Path(source.name, str(part), f"{pulse:06d}{suffix}")

    def _images(self, source: DeviceSource, row: int) -> Mapping[str, ImagePlace | None]:
        columns, places = source.columns, self._places[source.name]
        color_us, depth_us = int(columns.color_us[row]), int(columns.depth_us[row])
        return {
            "COLOR": places.find("COLOR", color_us),
            "DEPTH": places.find("DEPTH", depth_us),
            "IR": places.find("IR", depth_us),
        }

    def parts(self, source: DeviceSource, row: int) -> list[Part]:
        """Return the parts that a capture gives, from the images that it has."""
        images, pulse = self._images(source, row), int(self._index.pulses[row])
        return [
            part
            for part in source.parts
            if all(images[track] for track in _NEEDS[part]) and (source.name, pulse, part) not in self._broken
        ]

    def leave_out(self, result: JobResult) -> None:
        """Note that files could not be made."""
        self._broken.update((result.device, result.pulse, part) for part in result.broken)

    def _job(self, source: DeviceSource, row: int) -> Job:
        pulse = int(self._index.pulses[row])
        images = self._images(source, row)
        columns = source.columns
        self._note_lacking(source, row, pulse, images)
        targets = {}
        for part in self.parts(source, row):
            path = self._request.directory / self.path_of(source, part, pulse)
            if _is_there(path):
                self.kept += 1
            else:
                targets[part] = path
        timestamp_us = max(int(columns.depth_us[row]), int(columns.color_us[row]))
        return Job(
            device=source.name,
            pulse=pulse,
            timestamp_us=timestamp_us,
            color=images["COLOR"],
            depth=images["DEPTH"],
            ir=images["IR"],
            targets=targets,
        )

    def _note_lacking(
        self, source: DeviceSource, row: int, pulse: int, images: Mapping[str, ImagePlace | None]
    ) -> None:
        columns = source.columns
        named = {"COLOR": columns.color_us[row], "IR": columns.depth_us[row]}
        if any(time_us != MISSING and images[track] is None for track, time_us in named.items()):
            self.lacking.setdefault(source.name, []).append(pulse)

    def findings(self) -> Iterator[Finding]:
        """Tell of images that the index names and the recordings do not hold."""
        for name, pulses in self.lacking.items():
            first = f"the first at pulse {pulses[0]}"
            yield IMAGE_NOT_IN_FILE.found(
                f"the recording lacks images of {len(pulses)} captures that the index names, {first}",
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
