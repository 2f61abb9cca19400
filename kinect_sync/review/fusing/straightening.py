"""One device's images as a pinhole in the place of its color camera would have taken them."""

from __future__ import annotations

from functools import cached_property

from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.undistortion import Undistortion, inscribed
from kinect_sync.review.fusing.cloud import Bytes
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.viewing import DeviceView


class Straightener:
    """Takes the distortion out of one device's images, by tables that are computed when first needed."""

    def __init__(self, source: DevicePoints) -> None:
        """Stand for a device that has a color camera."""
        self._source = source

    @cached_property
    def pinhole(self) -> Lens:
        """The lens of what is returned: it sees nothing but what the color camera sees."""
        return inscribed(self._source.color_lens)

    def color(self, image: Bytes) -> Bytes:
        """Return a color image, shape (height, width, 3), as the pinhole sees it."""
        return self._undistortion.blend(image)

    def depth(self, depth_mm: Depths) -> Depths:
        """Return what the depth camera measured as the pinhole sees it, in mm along its axis."""
        return self._sight.show(depth_mm, None)[0]

    @cached_property
    def _undistortion(self) -> Undistortion:
        return Undistortion.of(self._source.color_lens, self.pinhole)

    @cached_property
    def _sight(self) -> DeviceView:
        return DeviceView(self._source, self.pinhole, self._source.placed.world_from_color)
