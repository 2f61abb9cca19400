"""What does not change in a take: lenses, and where cameras stand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from kinect_sync.calibration.rig_calibration import FILE, read_calibration_beside
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding, Severity
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.export.mcap.file import McapFile
from kinect_sync.review.export.mcap.messages import (
    CAMERA_CALIBRATION,
    FRAME_TRANSFORMS,
    TRANSFORMS,
    WORLD,
    calibration_topic,
    frame_of,
    lens_message,
    transforms_message,
)
from kinect_sync.review.fusing.placing import place_recorded
from kinect_sync.review.recorded import DeviceContext
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.opened_take import OpenedTake

Frames = tuple[str, str]
"""Names of two frames, the parent first."""


@dataclass
class Still:
    """Lenses and poses of a take's devices."""

    geometries: dict[str, DeviceGeometry] = field(default_factory=dict)
    poses: dict[Frames, Pose] = field(default_factory=dict)
    """`parent_from_child`, in metres."""
    findings: list[Finding] = field(default_factory=list)
    """What could not be read; images are worth exporting without."""

    @classmethod
    def read(cls, take: OpenedTake, contexts: Mapping[str, DeviceContext]) -> Still:
        """Read them from the recordings, and from the calibration of the rig that lies beside them."""
        still = cls()
        for name, each in contexts.items():
            try:
                still.geometries[name] = read_geometry(
                    each.path, name, each.depth_mode, each.color_resolution
                )
            except KsyncError as error:
                still._warn(error)
        still._place(take, [contexts[name] for name in still.geometries])
        return still

    def tell(self, file: McapFile, time_ns: int) -> None:
        """Write them into a file."""
        for name, geometry in self.geometries.items():
            for camera, lens in (("color", geometry.color), ("depth", geometry.depth)):
                if lens is not None:
                    message = lens_message(lens, frame_of(name, camera), time_ns)
                    file.add(calibration_topic(name, camera), CAMERA_CALIBRATION, message, time_ns)
        if self.poses:
            file.add(TRANSFORMS, FRAME_TRANSFORMS, transforms_message(self.poses, time_ns), time_ns)

    def _place(self, take: OpenedTake, contexts: list[DeviceContext]) -> None:
        """Place all cameras in the world, or each depth camera beside its color camera."""
        for name, each in self.geometries.items():
            self.poses[frame_of(name, "color"), frame_of(name, "depth")] = each.color_from_depth
        if not os.path.lexists(take.path / FILE):
            return
        try:
            placed = place_recorded(take, contexts, read_calibration_beside(take.path))
        except KsyncError as error:
            self._warn(error)
            return
        self.poses = {}
        for name, device in placed.items():
            self.poses[WORLD, frame_of(name, "color")] = device.world_from_color
            self.poses[WORLD, frame_of(name, "depth")] = device.world_from_depth

    def _warn(self, error: KsyncError) -> None:
        self.findings += [each.model_copy(update={"severity": Severity.WARNING}) for each in error.findings]
