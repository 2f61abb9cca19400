"""Which files a fusion consists of, pulse by pulse: what is there already is not made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kinect_sync.findings import Finding
from kinect_sync.review.chosen import IndexedCapture, LackingImages, chosen_rows
from kinect_sync.review.claiming import is_there
from kinect_sync.review.fusing.programs.writing import last_file
from kinect_sync.review.fusing.request import CloudFormat, FuseRequest, Job, Program, Shot, View, ViewTarget
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.mkv.places import ImagePlaces

CLOUDS = "clouds"
"""The folder of clouds."""


class JobMaker:
    """Makes the jobs of a fusion, pulse by pulse."""

    def __init__(self, places: Mapping[str, ImagePlaces], request: FuseRequest) -> None:
        """Make jobs for the images of devices that have depth, by name."""
        self._places = places
        self._request = request
        self.kept = 0
        """Files that are there from an earlier run."""
        self.skipped = 0
        """Pulses of which no file is left to make."""
        self._lacking = LackingImages()

    def jobs(self, index: IndexMap) -> Iterator[Job]:
        """Yield one job for each pulse that still has files to make."""
        for part, rows in chosen_rows(index, tuple(self._places), self._request):
            for row in rows:
                job = self._job(part, row)
                if job.cloud is None and job.mesh is None and not job.views and not job.scenes:
                    self.skipped += 1
                else:
                    yield job

    def cloud_path(self, pulse: int) -> Path | None:
        """Return the path of a cloud, relative to the folder; None where none are made."""
        kind = self._request.clouds
        return None if kind is CloudFormat.NONE else Path(CLOUDS, f"{pulse:06d}.{kind}")

    def mesh_path(self, pulse: int) -> Path | None:
        """Return the path of a mesh, relative to the folder; None where none are made."""
        side_mm = self._request.mesh_mm
        return None if side_mm is None else Path(f"mesh-{side_mm:g}mm", f"{pulse:06d}.ply")

    def view_paths(self, view: View, device: str, pulse: int) -> tuple[Path, Path | None]:
        """Return the paths of a device's depth and color in a view, relative to the folder.

        There is no color where the device recorded none.
        """
        folder, file = Path(str(view), device), f"{pulse:06d}.png"
        return folder / "depth" / file, folder / "color" / file if self._places[device].has("COLOR") else None

    def _job(self, part: TakeIndex, row: int) -> Job:
        pulse = int(part.pulses[row])
        shots = {name: shot for name in self._places if (shot := self._shot(part, name, row)) is not None}
        whole = bool(shots) if self._request.holes else len(shots) == len(self._places)
        return Job(
            pulse=pulse,
            shots=shots,
            cloud=self._wanted(self.cloud_path(pulse)) if whole else None,
            mesh=self._wanted(self.mesh_path(pulse)) if whole else None,
            scenes=tuple(self._scenes(pulse)) if whole else (),
            views=tuple(self._views(pulse, shots)),
        )

    def _shot(self, part: TakeIndex, name: str, row: int) -> Shot | None:
        """Return where a capture stands; None where it is not whole, of holes where it has no depth."""
        capture, places = IndexedCapture.of(part, name, row), self._places[name]
        images = capture.images(name, places)
        self._lacking.note(name, capture, images)
        halved = images["COLOR"] is None and places.has("COLOR") and not self._request.holes
        if images["DEPTH"] is None or halved:
            return None
        return Shot(color=images["COLOR"], depth=images["DEPTH"])

    def _scenes(self, pulse: int) -> Iterator[Program]:
        for program in self._request.scenes:
            if self._wanted(last_file(program, pulse)) is not None:
                yield program

    def _views(self, pulse: int, shots: Mapping[str, Shot]) -> Iterator[ViewTarget]:
        for view in self._request.views:
            for name in shots:
                depth, color = (self._wanted(path) for path in self.view_paths(view, name, pulse))
                if depth is not None or color is not None:
                    yield ViewTarget(view=view, device=name, depth=depth, color=color)

    def _wanted(self, path: Path | None) -> Path | None:
        if path is None:
            return None
        whole = self._request.directory / path
        if is_there(whole):
            self.kept += 1
            return None
        return whole

    def findings(self) -> Iterator[Finding]:
        """Tell of images that the index names and the recordings do not hold."""
        return self._lacking.findings()
