"""Images of devices as a camera of one of them would see them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.painting import paint
from kinect_sync.geometry.point_table import PointTable
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.cloud import Bytes
from kinect_sync.review.fusing.device_points import DevicePoints, pick
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.request import View


def lens_of(placed: PlacedDevice, view: View) -> Lens | None:
    """Return the lens that a view looks through; None where that camera is off."""
    return placed.geometry.color if view.camera == "color" else placed.geometry.depth


class DeviceView:
    """Shows one device's depth and color as another camera sees them."""

    def __init__(self, source: DevicePoints, target: PlacedDevice, view: View) -> None:
        """Show `source` as the camera of `target` that `view` names."""
        self._source = source
        self._target = target
        self._view = view

    def show(self, depth_mm: Depths, color: Bytes | None) -> tuple[Depths, Bytes]:
        """Return depth in mm, shape (height, width), and color, shape (height, width, 4), red first.

        The fourth channel of color is 255, and where nothing is seen, or the source's color camera did not
        see it, all four are 0. Color is as fine as the source's depth.
        """
        source = self._source
        depth_mm = depth_mm * self._table.seen.reshape(depth_mm.shape)
        z_m = source.depths_m(depth_mm)
        painting = paint(self._table.points(z_m), depth_mm, source.edge_parts, self._lens)
        painted = painting.painter >= 0
        rgb, colored = pick(source.look(depth_mm, z_m, color), painting.painter[painted])
        rgba = np.zeros((*painting.depth_mm.shape, 4), np.uint8)
        rgba[painted] = np.concatenate((rgb, colored[None] * np.uint8(255))).T
        return painting.depth_mm, rgba

    @cached_property
    def _table(self) -> PointTable:
        source = self._source
        camera_from_depth = self._camera_from_world @ source.placed.world_from_depth
        return PointTable.of(source.depth_lens, camera_from_depth)

    @property
    def _camera_from_world(self) -> Pose:
        target = self._target
        pose = target.world_from_color if self._view.camera == "color" else target.world_from_depth
        return pose.inverse()

    @cached_property
    def _lens(self) -> Lens:
        lens = lens_of(self._target, self._view)
        if lens is None:
            raise ValueError(f"{self._view} was off")
        return lens
