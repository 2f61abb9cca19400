"""From one device's images to the photo that another program is given."""

from __future__ import annotations

from io import BytesIO

from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.review.export.files import encode_color_png
from kinect_sync.review.fusing.cloud import Bytes
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.programs.scene import Photo
from kinect_sync.review.fusing.straightening import Straightener
from kinect_sync.takes.packing.gray_png import encode_gray_png

_QUALITY = 95
"""Of a JPEG that was undistorted: the device's own are coarser."""


class Photographer:
    """Makes the photos of one device that has a color camera."""

    def __init__(self, source: DevicePoints) -> None:
        """Stand for a device; what its lens implies is computed when it is first needed."""
        self._source = source
        self._placed = source.placed
        self._straightener = Straightener(source)

    def take(self, jpeg: bytes | None, color: Bytes) -> Photo:
        """Return the photo as the camera took it; its JPEG, where there is one, bit for bit."""
        return Photo(
            device=self._name,
            file=f"{self._name}.{'png' if jpeg is None else 'jpg'}",
            image=encode_color_png(color) if jpeg is None else jpeg,
            lens=self._source.color_lens,
            world_from_camera=self._placed.world_from_color,
        )

    def straighten(self, depth_mm: Depths, color: Bytes) -> Photo:
        """Return the photo that a pinhole in the camera's place would have taken, and depth as it sees it."""
        return Photo(
            device=self._name,
            file=f"{self._name}.jpg",
            image=_encode_jpeg(self._straightener.color(color)),
            lens=self._straightener.pinhole,
            world_from_camera=self._placed.world_from_color,
            depth_png=encode_gray_png(self._straightener.depth(depth_mm)),
        )

    @property
    def _name(self) -> str:
        return self._placed.name


def _encode_jpeg(image: Bytes) -> bytes:
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return stream.getvalue()
