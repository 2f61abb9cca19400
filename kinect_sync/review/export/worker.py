"""The part of an export that takes time: read, decode, transform and encode the images of one capture.

Runs in as many processes as there are cores; each opens a recording once and keeps it open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.export import IMAGE_BROKEN
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.review.export.files import encode_color_png, encode_ply
from kinect_sync.review.export.request import Job, JobResult, Part
from kinect_sync.review.recorded import DeviceContext, OpenRecording
from kinect_sync.takes.geometry import read_factory_calibration
from kinect_sync.takes.packing.gray_png import encode_gray_png

if TYPE_CHECKING:
    from kinect_sync.devices.k4a.transformation import Transformation


def open_transformation(context: DeviceContext) -> Transformation:
    """Give a recording's calibration to the SDK; UsageError where it has none, SdkMissing without pyk4a."""
    from kinect_sync.devices.k4a.transformation import Transformation

    calibration = read_factory_calibration(context.path, context.name)
    parse_calibration(calibration, context.name)  # pyk4a may die of one that is damaged
    return Transformation(context.name, calibration, context.depth_mode, context.color_resolution)


class Exporter:
    """Makes the files of jobs."""

    def __init__(self, contexts: Mapping[str, DeviceContext]) -> None:
        """Work on these devices, by name."""
        self._devices = {name: _Device(context) for name, context in contexts.items()}

    def run(self, job: Job) -> JobResult:
        """Make the files of one job; OSError or KsyncError where the disk or the SDK ends the export.

        An image that can't be decoded costs the files that need it, and nothing else.
        """
        device, written, nbytes = self._devices[job.device], 0, 0
        broken, finding = [], None
        capture = _Capture(device, job)
        for part, path in job.targets.items():
            try:
                data = _ENCODERS[part](capture)
            except ValueError as error:
                broken.append(part)
                finding = undecodable(job.device, job.pulse, error)
                continue
            nbytes += replace_file(path, data)
            written += 1
        return JobResult(
            device=job.device,
            pulse=job.pulse,
            written=written,
            nbytes=nbytes,
            broken=tuple(broken),
            finding=finding,
        )

    def close(self) -> None:
        """Close the recordings."""
        for device in self._devices.values():
            device.close()


class _Device(OpenRecording):
    """One device's recording, and what the SDK makes of its images."""

    @cached_property
    def transformation(self) -> Transformation:
        return open_transformation(self.context)


class _Capture:
    """The images of one job, each read and decoded at most once."""

    def __init__(self, device: _Device, job: Job) -> None:
        self.device = device
        self.job = job

    @cached_property
    def color_bytes(self) -> bytes:
        return self.device.read(self.job.color)

    @cached_property
    def color(self) -> NDArray[np.uint8]:
        return self.device.color(self.color_bytes)

    @cached_property
    def stored_depth(self) -> NDArray[np.uint16]:
        """As it is stored, big-endian."""
        return self.device.gray(self.job.depth)

    @cached_property
    def depth(self) -> NDArray[np.uint16]:
        return self.stored_depth.astype(np.uint16)

    @cached_property
    def stored_ir(self) -> NDArray[np.uint16]:
        return self.device.gray(self.job.ir)

    @cached_property
    def aligned_color(self) -> NDArray[np.uint8]:
        return self.device.transformation.align_color(self.color, self.depth)


def _color(capture: _Capture) -> bytes:
    if capture.job.targets[Part.COLOR].suffix == ".jpg":
        return capture.color_bytes
    return encode_color_png(capture.color)


def _points(capture: _Capture) -> bytes:
    job = capture.job
    points = capture.device.transformation.points_mm(capture.depth)
    has_color = job.color is not None and capture.device.context.color_format is not None
    comments = (
        f"device {job.device}",
        f"pulse {job.pulse}",
        "metres, in the depth camera's frame: x right, y down, z forward",
    )
    return encode_ply(points, capture.aligned_color if has_color else None, comments)


_ENCODERS: dict[Part, Callable[[_Capture], bytes]] = {
    Part.COLOR: _color,
    Part.DEPTH: lambda capture: encode_gray_png(capture.stored_depth),
    Part.IR: lambda capture: encode_gray_png(capture.stored_ir),
    Part.DEPTH_ALIGNED: lambda capture: encode_gray_png(
        capture.device.transformation.align_depth(capture.depth)
    ),
    Part.COLOR_ALIGNED: lambda capture: encode_color_png(capture.aligned_color),
    Part.POINTS: _points,
}


def undecodable(device: str, pulse: int, error: ValueError) -> Finding:
    """Say that an image can't be decoded."""
    return IMAGE_BROKEN.found(f"an image of pulse {pulse} is broken: {error}", device=device)
