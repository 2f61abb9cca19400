"""One pulse of a rig whose calibration may be known, recorded or live."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeVar

from kinect_sync.review.fusing.point_cloud import PointCloud
from kinect_sync.review.fusing.request import CloudSettings, View
from kinect_sync.review.fusing.space import RigSpace, SeenCapture, UndistortedImages, ViewImages

CaptureT = TypeVar("CaptureT", bound=SeenCapture)


class RowInSpace(Mapping[str, CaptureT]):
    """What the captures of one pulse are in the world of their rig's calibration."""

    def cloud(
        self, settings: CloudSettings | None = None, devices: Sequence[str] | None = None
    ) -> PointCloud:
        """Return the devices' points in the world of the rig's calibration, as `ksync fuse` makes them.

        Of all devices with depth, or of those named. Raises UsageError where there is no calibration of the
        rig or it does not know a device, and where a device has no whole capture of this pulse.
        """
        return self._space().cloud(self._lasting, settings or CloudSettings(), devices)

    def view(self, camera: str, device: str) -> ViewImages:
        """Return what `device` saw as another camera sees it, as `ksync fuse --view` writes it.

        `camera` is one as `front.color` or `left.depth`: the images have its size, its lens and its place.
        `device` may be its own: depth that lies on color. Raises UsageError as `cloud` does, and ValueError
        where `camera` names none.
        """
        return self._space().view(self._lasting, View.parse(camera), device)

    def undistorted(self, device: str) -> UndistortedImages:
        """Return a device's color, and its depth pixel on pixel with it, without the distortion of lenses.

        They are those that `ksync fuse --for nerfstudio` writes. Raises UsageError as `cloud` does.
        """
        return self._space().undistorted(self._lasting, device)

    @abstractmethod
    def _space(self) -> RigSpace:
        """Return the rig's world; UsageError where its calibration is not known."""

    def _lasting(self, device: str) -> CaptureT:
        """Return a device's capture whose images stay as they are while something is made of them."""
        return self[device]
