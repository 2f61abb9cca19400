"""The devices of a running rig as they tell of themselves, and where a calibration of their rig has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.findings.calibration import RIG_CALIBRATION_MISSING
from kinect_sync.findings.export import CALIBRATION_MISSING
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.review.fusing.placing import PlacedDevice, place_devices
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.rig.model import DeviceSettings

FactoryOf = Callable[[str], "bytes | None"]
"""Returns what a device told of its lenses, by its name: the factory's calibration, as it is stored in it."""


def lenses_of(settings: DeviceSettings, factory: bytes | None) -> DeviceGeometry:
    """Return a device's lenses and poses in the modes it runs in; UsageError where it told none."""
    if not factory:
        what = "the device gave no calibration of its lenses"
        remedy = "start it again; without them there is no geometry, no cloud and no view of it"
        raise UsageError(CALIBRATION_MISSING.found(what, device=settings.name, remedy=remedy))
    modes = settings.depth_mode, settings.color_resolution
    return parse_calibration(factory, settings.name).in_mode(*modes)


class LiveDevices:
    """The devices of a rig that runs, each asked for its lenses when it is first needed."""

    def __init__(
        self, devices: Iterable[DeviceSettings], factory_of: FactoryOf, calibration: RigCalibration
    ) -> None:
        """Take what they were started with, and the calibration of their rig."""
        self._settings = {each.name: each for each in devices}
        self._factory_of = factory_of
        self.names = tuple(self._settings)
        self.calibration = calibration

    def tracks(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return which images each gives."""
        return {name: _tracks(self._settings[name]) for name in names}

    def place(self, names: Sequence[str]) -> Mapping[str, PlacedDevice]:
        """Place devices in the world; raises UsageError as `place_devices`."""
        serials = {name: self._settings[name].serial for name in names}
        lenses = {name: partial(self._lenses, name) for name in names}
        return place_devices(serials, lenses, self.calibration)

    def _lenses(self, name: str) -> DeviceGeometry:
        return lenses_of(self._settings[name], self._factory_of(name))


def live_space(
    devices: Iterable[DeviceSettings], factory_of: FactoryOf, calibration: RigCalibration | None
) -> RigSpace:
    """Return the world of a rig that runs; UsageError where nobody said where its cameras stand."""
    if calibration is None:
        what = "nobody said where the cameras of the rig stand: it names no calibration, and none was given"
        remedy = "make one with `ksync calibrate`, and name it in the rig file, or give it to the stream"
        raise UsageError(RIG_CALIBRATION_MISSING.found(what, remedy=remedy))
    return RigSpace(LiveDevices(devices, factory_of, calibration))


class LiveSpace:
    """The world of a rig that runs, made when it is first asked for, once.

    To another process go lenses and poses, and no tables: there, all rows that come share one world.
    """

    def __init__(
        self,
        devices: Iterable[DeviceSettings],
        lenses: Mapping[str, bytes],
        calibration: RigCalibration | None,
    ) -> None:
        """Take what devices were started with, what each told of its lenses, or will, and where all stand."""
        self._devices = tuple(devices)
        self._lenses = lenses
        self._calibration = calibration
        self._made: RigSpace | None = None

    def __call__(self) -> RigSpace:
        """Return the world; UsageError as `live_space`."""
        if self._made is None:
            self._made = live_space(self._devices, self._lenses.get, self._calibration)
        return self._made

    def __reduce__(self) -> tuple[Callable[..., LiveSpace], tuple[object, ...]]:
        """Go to another process."""
        return _space_there, (self._devices, tuple(self._lenses.items()), self._calibration)


@lru_cache(maxsize=4)
def _space_there(
    devices: tuple[DeviceSettings, ...],
    lenses: tuple[tuple[str, bytes], ...],
    calibration: RigCalibration | None,
) -> LiveSpace:
    """Return what came from another process: the same for equal ones, as each row brings it."""
    return LiveSpace(devices, dict(lenses), calibration)


def _tracks(settings: DeviceSettings) -> tuple[str, ...]:
    there = {"COLOR": settings.has_color, "DEPTH": settings.has_depth, "IR": settings.has_ir}
    return tuple(track for track, is_there in there.items() if is_there)
