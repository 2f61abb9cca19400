"""Clouds of a take for a program: all devices at one pulse, as arrays in one world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.findings.fusing import NOTHING_TO_FUSE
from kinect_sync.library.rows import TakeCapture, TakeRow
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.combining import Images, combine
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.placing import check_floor, place_recorded, read_calibration_for
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.review.recorded import context_of
from kinect_sync.takes.opened_take import OpenedTake


@dataclass(frozen=True)
class PointCloud:
    """Points of several devices in the world of their rig's calibration; a row is a point."""

    points: NDArray[np.float32]
    """x, y and z in metres, shape (points, 3)."""
    colors: NDArray[np.uint8]
    """Red, green and blue, shape (points, 3); 0 where no color camera saw it."""
    colored: NDArray[np.bool_]
    """Whether a color camera saw it, shape (points,)."""
    normals: NDArray[np.float32] | None
    """Unit vectors away from the surface, shape (points, 3); None where nobody asked."""
    device: NDArray[np.uint8]
    """Whose point it is: its place in `devices`, shape (points,)."""
    devices: tuple[str, ...]
    """The devices' names."""

    def __len__(self) -> int:
        """Return how many points there are."""
        return len(self.points)


class CloudMaker:
    """Makes clouds of the rows of one take, with tables that are computed once."""

    def __init__(
        self,
        take: OpenedTake,
        calibration: RigCalibration | Path | None,
        devices: tuple[str, ...] | None,
        settings: CloudSettings,
    ) -> None:
        """Place the devices; UsageError as `fuse` raises it."""
        places = {name: each for name, each in open_recordings(take, devices).items() if each.has("DEPTH")}
        if not places:
            raise UsageError(NOTHING_TO_FUSE.found("no device of this selection recorded depth"))
        rig = (
            calibration
            if isinstance(calibration, RigCalibration)
            else read_calibration_for(take, calibration)
        )
        check_floor(settings, rig)
        contexts = [context_of(name, each) for name, each in places.items()]
        placed = place_recorded(take, contexts, rig)
        self._settings = settings
        self._sources = {name: DevicePoints(each, settings) for name, each in placed.items()}

    def cloud(self, row: TakeRow) -> PointCloud:
        """Return the cloud of a row; UsageError where a device has no whole capture there."""
        images = {name: _images(row[name]) for name in self._sources}
        return _as_rows(combine(self._sources, images, self._settings))


def _images(capture: TakeCapture) -> Images:
    return capture.depth, capture.color() if capture.images.has("COLOR") else None


def _as_rows(cloud: Cloud) -> PointCloud:
    parts, counts = cloud.parts, [len(part) for part in cloud.parts]
    normals = [part.normals.T for part in parts if part.normals is not None]
    return PointCloud(
        points=np.concatenate([part.xyz_m.T for part in parts]),
        colors=np.concatenate([part.rgb.T for part in parts]),
        colored=np.concatenate([part.colored for part in parts]),
        normals=np.concatenate(normals) if normals else None,
        device=np.repeat(np.arange(len(parts), dtype=np.uint8), counts),
        devices=cloud.devices,
    )
