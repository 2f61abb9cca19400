"""The world of a calibrated rig, for its rows one by one: clouds, and devices as other cameras see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.findings.export import DEVICE_UNKNOWN
from kinect_sync.findings.fusing import NOTHING_TO_FUSE, VIEW_UNKNOWN
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.combining import Images, combine
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.placing import PlacedDevice, check_floor
from kinect_sync.review.fusing.point_cloud import PointCloud, as_rows
from kinect_sync.review.fusing.request import CloudSettings, View
from kinect_sync.review.fusing.straightening import Straightener
from kinect_sync.review.fusing.viewing import DeviceView, view_of


class SeenCapture(Protocol):
    """What one device captured of one pulse, recorded or live."""

    @property
    def depth(self) -> NDArray[np.uint16]:
        """Depth in mm, shape (height, width)."""
        ...

    def color(self) -> NDArray[np.uint8]:
        """Decode color: shape (height, width, 3), red first."""
        ...


CaptureOf = Callable[[str], SeenCapture]
"""Returns what a device captured, by its name."""


@dataclass(frozen=True)
class ViewImages:
    """One device's images as a camera of another device, or of its own, sees them."""

    depth: NDArray[np.uint16]
    """Depth in mm along that camera's axis, 0 where it is unknown or hidden: shape (height, width)."""
    color: NDArray[np.uint8]
    """Red, green, blue and 255, shape (height, width, 4); all four are 0 where nothing is seen."""


@dataclass(frozen=True)
class UndistortedImages:
    """One device's images as a pinhole in the place of its color camera would have taken them."""

    color: NDArray[np.uint8]
    """Shape (height, width, 3), red first."""
    depth: NDArray[np.uint16] | None
    """Depth in mm along the pinhole's axis, 0 where it is unknown or hidden: shape (height, width). None
    where the depth camera is off."""
    lens: Lens
    """The pinhole: as wide as shows nothing that the color camera did not see."""
    world_from_camera: Pose
    """Where it stands in the world of the calibration."""


class SpaceSource(Protocol):
    """What tells of a rig's devices: their recordings, or the devices themselves."""

    calibration: RigCalibration
    """Of the rig."""
    names: tuple[str, ...]
    """The devices', in the rig's order."""

    def tracks(self, names: Sequence[str]) -> Mapping[str, Collection[str]]:
        """Return which of `COLOR`, `DEPTH` and `IR` each gives; UsageError with all that can't be told."""
        ...

    def place(self, names: Sequence[str]) -> Mapping[str, PlacedDevice]:
        """Place devices; raises UsageError as `place_devices`."""
        ...


class RigSpace:
    """A rig's devices in one world. What lenses and poses imply is computed when it is first needed, once."""

    def __init__(self, source: SpaceSource) -> None:
        """Ask `source` for devices when they are first needed."""
        self._source = source
        self._tracks: dict[str, Collection[str]] = {}
        self._sources: dict[str, DevicePoints] = {}
        self._views: dict[tuple[View, str], DeviceView] = {}
        self._straighteners: dict[str, Straightener] = {}

    def prepare(self, device: str) -> None:
        """Compute what clouds need of a device before its images are there; UsageError as `cloud`."""
        self._known([device])
        if "DEPTH" in self._tracks[device]:
            self._placed([device])[device].prepare()

    def cloud(
        self, capture_of: CaptureOf, settings: CloudSettings, devices: Sequence[str] | None = None
    ) -> PointCloud:
        """Return the cloud of captures of one pulse; all devices with depth when `devices` is None."""
        named = self._known(self._source.names if devices is None else devices)
        seen = [name for name in named if "DEPTH" in self._tracks[name]]
        if not seen:
            raise UsageError(NOTHING_TO_FUSE.found("no device of this selection has depth"))
        check_floor(settings, self._source.calibration)
        captures = {name: capture_of(name) for name in seen}  # before what takes long
        sources = {name: self._under(each, settings) for name, each in self._placed(seen).items()}
        images = {name: self._images(name, each) for name, each in captures.items()}
        return as_rows(combine(sources, images, settings))

    def view(self, capture_of: CaptureOf, view: View, device: str) -> ViewImages:
        """Return a device's images as the camera of a view sees them."""
        self._known([device, view.device])
        capture = capture_of(device)
        return ViewImages(*self._view(view, device).show(*self._images(device, capture)))

    def undistorted(self, capture_of: CaptureOf, device: str) -> UndistortedImages:
        """Return a device's images as a pinhole in the place of its color camera would have taken them."""
        self._known([device])
        capture = capture_of(device)
        color = capture.color()  # or it tells why there is none
        source = self._placed([device])[device]
        made = self._straighteners.setdefault(device, Straightener(source))
        has_depth = "DEPTH" in self._tracks[device]
        return UndistortedImages(
            color=made.color(color),
            depth=made.depth(capture.depth) if has_depth else None,
            lens=made.pinhole,
            world_from_camera=source.placed.world_from_color,
        )

    def _view(self, view: View, device: str) -> DeviceView:
        key = view, device
        if key not in self._views:
            placed = self._placed([device, view.device])
            try:
                self._views[key] = view_of(placed[device], placed[view.device].placed, view)
            except ValueError as error:
                raise UsageError(VIEW_UNKNOWN.found(str(error), device=view.device)) from error
        return self._views[key]

    def _images(self, name: str, capture: SeenCapture) -> Images:
        return capture.depth, capture.color() if "COLOR" in self._tracks[name] else None

    def _placed(self, names: Sequence[str]) -> dict[str, DevicePoints]:
        """Return devices in the world; UsageError, of all at once, where the calibration knows them not."""
        missing = [name for name in names if name not in self._sources]
        if missing:
            settings = CloudSettings()
            placed = self._source.place(missing)
            self._sources |= {name: DevicePoints(each, settings) for name, each in placed.items()}
        return {name: self._sources[name] for name in names}

    def _under(self, source: DevicePoints, settings: CloudSettings) -> DevicePoints:
        if source.settings != settings:
            source = self._sources[source.placed.name] = source.under(settings)
        return source

    def _known(self, devices: Collection[str]) -> tuple[str, ...]:
        """Look at devices that are asked for; UsageError for a name that there is not."""
        names = self._source.names
        unknown = [name for name in devices if name not in names]
        if unknown:
            what = f"there is no device {', '.join(unknown)}"
            raise UsageError(DEVICE_UNKNOWN.found(what, remedy=f"choose among {', '.join(names)}"))
        chosen = tuple(dict.fromkeys(devices))
        if missing := [name for name in chosen if name not in self._tracks]:
            self._tracks |= self._source.tracks(missing)
        return chosen
