"""Devices with their lenses, placed in the world by a calibration of their rig.

Everything that is made of a calibrated rig starts here: clouds, views, files for other programs. Whether the
lenses are told by the recordings of a take or by the devices themselves makes no difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from kinect_sync.calibration.rig_calibration import (
    FILE,
    CalibratedDevice,
    CameraPlace,
    RigCalibration,
    read_calibration_beside,
    read_rig_calibration,
)
from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import RIG_CALIBRATION_MISSING
from kinect_sync.findings.fusing import CALIBRATION_OF_OTHER_DEVICES, NO_FLOOR
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.review.recorded import DeviceContext
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.values import Value

ReadLenses = Callable[[], DeviceGeometry]
"""Gives a device's lenses in the modes it captures in; KsyncError where there are none that can be used."""


class PlacedDevice(Value):
    """One device: its lenses in the modes it captures in, and where its cameras are in the world."""

    name: str
    serial: str
    geometry: DeviceGeometry
    world_from_depth: Pose
    world_from_color: Pose
    depth_offset_m: float
    """To add to what its depth camera measures along its z."""

    @property
    def color_from_depth(self) -> Pose:
        """From the depth camera's frame to the color camera's, as the rig's calibration has it."""
        return self.world_from_color.inverse() @ self.world_from_depth


def read_calibration_for(take: OpenedTake, given: Path | None) -> RigCalibration:
    """Read the calibration of a take's rig: the one given, or that in the take's folder.

    Raises UsageError as `read_rig_calibration` does, and where there is none (`rig-calibration-missing`).
    """
    if given is not None:
        return read_rig_calibration(given)
    if not os.path.lexists(take.path / FILE):
        what = f"the take has no calibration of its rig, and none was given: there is no {take.path / FILE}"
        remedy = "make one with `ksync calibrate`, and give it with --calibration"
        raise UsageError(RIG_CALIBRATION_MISSING.found(what, remedy=remedy))
    return read_calibration_beside(take.path)


def check_floor(settings: CloudSettings, calibration: RigCalibration) -> None:
    """Refuse to cut at the floor in a world whose height 0 is none (`no-floor`)."""
    if settings.floor_mm is not None and calibration.world != "floor":
        what = f"the height 0 of this calibration is not the floor: its world is that of {calibration.world}"
        raise UsageError(NO_FLOOR.found(what))


def place_recorded(
    take: OpenedTake, contexts: Sequence[DeviceContext], calibration: RigCalibration
) -> dict[str, PlacedDevice]:
    """Place devices of a take in the world, by their names; raises UsageError as `place_devices`.

    Their lenses are those in their recordings; one that carries none is refused.
    """
    serials = {each.settings.name: each.settings.serial for each in take.manifest.devices}
    lenses = {
        each.name: partial(read_geometry, each.path, each.name, each.depth_mode, each.color_resolution)
        for each in contexts
    }
    return place_devices({name: serials[name] for name in lenses}, lenses, calibration)


def place_devices(
    serials: Mapping[str, str], lenses: Mapping[str, ReadLenses], calibration: RigCalibration
) -> dict[str, PlacedDevice]:
    """Place devices, of which the serial numbers are given by their names, in the world.

    The calibration is a device's by its serial number, whatever it was called then. Raises UsageError with
    all that it does not know (`calibration-of-other-devices`), and where there are no lenses of some.
    """
    known = calibration.by_serial
    unknown = [name for name, serial in serials.items() if serial not in known]
    if unknown:
        raise UsageError(*(_unknown(name, serials[name], calibration) for name in unknown))
    placed: dict[str, PlacedDevice] = {}
    troubles: list[Finding] = []
    for name, serial in serials.items():
        try:
            placed[name] = _place(name, lenses[name](), known[serial])
        except KsyncError as error:
            troubles += error.findings
    if troubles:
        raise UsageError(*troubles)
    return placed


def _place(name: str, geometry: DeviceGeometry, calibrated: CalibratedDevice) -> PlacedDevice:
    """Place one device; a camera that was off when the rig was calibrated is where the factory has it."""
    depth, color = _pose(calibrated.depth), _pose(calibrated.color)
    if depth is None and color is None:
        what = f"the calibration says of neither camera of {calibrated.serial} where it is"
        raise UsageError(CALIBRATION_OF_OTHER_DEVICES.found(what, device=name))
    if depth is None and color is not None:
        depth = color @ geometry.color_from_depth
    elif color is None and depth is not None:
        color = depth @ geometry.depth_from_color
    return PlacedDevice(
        name=name,
        serial=calibrated.serial,
        geometry=geometry,
        world_from_depth=depth,
        world_from_color=color,
        depth_offset_m=calibrated.depth_offset_mm / 1000,
    )


def _pose(place: CameraPlace | None) -> Pose | None:
    return place.world_from_camera if place is not None else None


def _unknown(name: str, serial: str, calibration: RigCalibration) -> Finding:
    there = ", ".join(f"{device.name} ({device.serial})" for device in calibration.devices)
    what = f"the calibration does not know the device {serial}; it knows {there or 'none'}"
    return CALIBRATION_OF_OTHER_DEVICES.found(what, device=name)
