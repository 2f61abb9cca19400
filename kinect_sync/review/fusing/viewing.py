"""Images of devices as another camera would see them: that of a device, or a pinhole in its place."""

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


def view_of(source: DevicePoints, target: PlacedDevice, view: View) -> DeviceView:
    """Return how a camera of `target` sees `source`; ValueError where that camera was off."""
    lens = lens_of(target, view)
    if lens is None:
        raise ValueError(f"{view} was off")
    pose = target.world_from_color if view.camera == "color" else target.world_from_depth
    return DeviceView(source, lens, pose)


class DeviceView:
    """Shows one device's depth and color as another camera sees them."""

    def __init__(self, source: DevicePoints, lens: Lens, world_from_camera: Pose) -> None:
        """Show `source` as the camera with this lens sees it from there."""
        self._source = source
        self._lens = lens
        self._world_from_camera = world_from_camera

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
        return PointTable.of(
            source.depth_lens, self._world_from_camera.inverse() @ source.placed.world_from_depth
        )
