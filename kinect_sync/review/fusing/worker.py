"""The part of a fusion that takes time: the images of one pulse, decoded, placed in the world and written.

Runs in as many processes as there are cores; each opens a recording once and keeps it open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.fusing import PULSE_NOT_FUSED
from kinect_sync.review.export.files import encode_color_png
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.cloud_files import write_cloud
from kinect_sync.review.fusing.combining import Images, combine
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.meshing import Mesher, write_mesh
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.programs.photographing import Photographer
from kinect_sync.review.fusing.programs.scene import Photo, Scene, start_from
from kinect_sync.review.fusing.programs.writing import write_scene
from kinect_sync.review.fusing.request import (
    CloudFormat,
    CloudSettings,
    Job,
    JobResult,
    Program,
    Shot,
    View,
    ViewTarget,
)
from kinect_sync.review.fusing.shots import read_shot
from kinect_sync.review.fusing.viewing import DeviceView, view_of
from kinect_sync.review.recorded import DeviceContext, OpenRecording
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.takes.packing.gray_png import encode_gray_png
from kinect_sync.values import Value


class FuseContext(Value):
    """What a worker has to know of a take to fuse its pulses."""

    take: str
    """Its name."""
    world: str
    """What the world's axes come from."""
    devices: dict[str, PlacedDevice]
    """Those with depth, and those in whose images they are shown."""
    recordings: dict[str, DeviceContext]
    """Theirs."""
    settings: CloudSettings
    clouds: CloudFormat
    holes: bool
    """Whether a cloud is made of fewer devices where one's image is broken."""
    directory: Path
    """Folder of the fusion."""
    mesh_mm: float | None


class Fuser:
    """Makes the files of jobs."""

    def __init__(self, context: FuseContext) -> None:
        """Work on a take."""
        self._context = context
        self._devices = {
            name: _Device(placed, context.recordings[name], context.settings)
            for name, placed in context.devices.items()
        }
        self._views: dict[tuple[View, str], DeviceView] = {}

    def run(self, job: Job) -> JobResult:
        """Make the files of one job; OSError or KsyncError where the disk ends the fusion.

        An image that can't be decoded costs the files that need it, and nothing else.
        """
        images, findings = self._decode(job.pulse, job.shots)
        tally = JobResult(pulse=job.pulse, findings=tuple(findings))
        whole = not findings or (self._context.holes and bool(images))
        of_all = (job.cloud is not None) + (job.mesh is not None) + len(job.scenes)
        if of_all:
            tally = self._make_whole(job, images, tally) if whole else _lost(tally, of_all)
        for target in job.views:
            files = (target.depth is not None) + (target.color is not None)
            if target.device in images:
                nbytes = tally.nbytes + self._show(target, images[target.device])
                tally = tally.model_copy(update={"written": tally.written + files, "nbytes": nbytes})
            else:
                tally = _lost(tally, files)
        return tally

    def cloud(self, images: Mapping[str, Images]) -> Cloud:
        """Return the cloud of some devices' images."""
        sources = {name: device.points for name, device in self._devices.items()}
        return combine(sources, images, self._context.settings)

    def close(self) -> None:
        """Close the recordings."""
        for device in self._devices.values():
            device.recording.close()

    def _make_whole(self, job: Job, images: Mapping[str, Images], tally: JobResult) -> JobResult:
        """Make what is of all devices."""
        nbytes = written = points = 0
        cloud = self.cloud(images) if job.cloud is not None or job.scenes else None
        if cloud is not None and job.cloud is not None:
            nbytes += write_cloud(job.cloud, cloud, self._context.clouds, self._comments(job.pulse))
            written, points = 1, len(cloud)
        if job.mesh is not None:
            nbytes += write_mesh(job.mesh, self._mesher.mesh(images), self._comments(job.pulse))
            written += 1
        if cloud is not None and job.scenes:
            nbytes += self._write_scenes(job, images, start_from(cloud))
            written += len(job.scenes)
        return tally.model_copy(update={"written": written, "nbytes": nbytes, "points": points})

    def _write_scenes(self, job: Job, images: Mapping[str, Images], cloud: Cloud) -> int:
        kinds = {program: program is not Program.COLMAP for program in job.scenes}
        photos = {kind: tuple(self._photos(job, images, straight=kind)) for kind in set(kinds.values())}
        return sum(
            write_scene(self._context.directory, program, job.pulse, Scene(photos[kind], cloud))
            for program, kind in kinds.items()
        )

    def _photos(self, job: Job, images: Mapping[str, Images], *, straight: bool) -> Iterator[Photo]:
        """Yield what color cameras saw, of those devices that recorded it."""
        for name, (depth_mm, color) in images.items():
            device = self._devices[name]
            if color is not None and straight:
                yield device.photographer.straighten(depth_mm, color)
            elif color is not None:
                yield device.photographer.take(device.jpeg(job.shots[name].color), color)

    @cached_property
    def _mesher(self) -> Mesher:
        sources = {name: device.points for name, device in self._devices.items()}
        return Mesher(sources, (self._context.mesh_mm or 0) / 1000)

    def _decode(self, pulse: int, shots: Mapping[str, Shot]) -> tuple[dict[str, Images], list[Finding]]:
        """Return the images of a pulse, by device, and which of them are broken."""
        images, findings = {}, []
        for name, shot in shots.items():
            try:
                images[name] = read_shot(self._devices[name].recording, shot)
            except ValueError as error:
                what = f"an image of pulse {pulse} is broken: {error}"
                findings.append(PULSE_NOT_FUSED.found(what, device=name))
        return images, findings

    def _show(self, target: ViewTarget, images: Images) -> int:
        depth, color = self._view(target).show(*images)
        nbytes = 0
        if target.depth is not None:
            nbytes += replace_file(target.depth, encode_gray_png(depth))
        if target.color is not None:
            nbytes += replace_file(target.color, encode_color_png(color))
        return nbytes

    def _view(self, target: ViewTarget) -> DeviceView:
        key = target.view, target.device
        if key not in self._views:
            shown_in = self._context.devices[target.view.device]
            self._views[key] = view_of(self._devices[target.device].points, shown_in, target.view)
        return self._views[key]

    def _comments(self, pulse: int) -> tuple[str, ...]:
        return (
            f"take {self._context.take}",
            f"pulse {pulse}",
            f"metres, in the world of the rig's calibration ({self._context.world})",
        )


class _Device:
    """One device's recording, and what its images become."""

    def __init__(self, placed: PlacedDevice, recording: DeviceContext, settings: CloudSettings) -> None:
        self.recording = OpenRecording(recording)
        self.points = DevicePoints(placed, settings)
        self.photographer = Photographer(self.points)

    def jpeg(self, color: ImagePlace | None) -> bytes | None:
        """Read color as the camera compressed it; None where it was recorded in a raw format."""
        compressed = self.recording.context.color_format is ColorFormat.MJPG
        return self.recording.read(color) if compressed else None


def _lost(tally: JobResult, files: int) -> JobResult:
    return tally.model_copy(update={"broken": tally.broken + files})
