"""Which files an export consists of: pulses are chosen in the index, images found in the recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.review.chosen import Images, IndexedCapture, LackingImages, chosen_rows, open_recordings
from kinect_sync.review.claiming import is_there
from kinect_sync.review.export.request import ExportRequest, Job, JobResult, Part
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake

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


def open_sources(take: OpenedTake, request: ExportRequest) -> tuple[DeviceSource, ...]:
    """Open the recordings of the devices asked for; all that can't be read are told at once."""
    return tuple(
        DeviceSource(
            name, places, tuple(part for part in request.parts if part in _NEEDS and _gives(places, part))
        )
        for name, places in open_recordings(take, request.devices).items()
    )


def _gives(places: ImagePlaces, part: Part) -> bool:
    return all(places.has(track) for track in _NEEDS[part])


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
        self.lacking = LackingImages()
        """Images that the index names and the recordings do not hold."""
        self._broken: set[tuple[str, int, Part]] = set()

    def jobs(self, index: IndexMap) -> Iterator[Job]:
        """Yield one job for each device at each pulse that still has files to make."""
        for part, rows in chosen_rows(index, [each.name for each in self._sources], self._request):
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

    def parts(self, source: DeviceSource, pulse: int, images: Images) -> list[Part]:
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
        images = row.images(source.name, source.places)
        self.lacking.note(source.name, row, images)
        targets = {}
        for part in self.parts(source, row.pulse, images):
            path = self._request.directory / self.path_of(source, part, row.pulse)
            if is_there(path):
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
