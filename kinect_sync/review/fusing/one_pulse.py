"""The cloud of one pulse, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.placing import PlacedDevice, place_devices
from kinect_sync.review.fusing.request import CloudFormat, CloudSettings, Shot
from kinect_sync.review.fusing.worker import FuseContext, Fuser
from kinect_sync.review.recorded import context_of
from kinect_sync.takes.opened_take import OpenedTake

TimesUs = Mapping[str, tuple[int, int]]
"""Device timestamps of color and depth, by device."""


def fuse_pulse(
    take: OpenedTake, calibration: RigCalibration, pulse: int, times_us: TimesUs, settings: CloudSettings
) -> tuple[Cloud, dict[str, PlacedDevice]]:
    """Return the cloud of the captures of these times, and where the devices of it are.

    Devices without depth, and those whose images are broken, are not in it. Raises UsageError where the
    calibration does not know a device, or a recording can't be read.
    """
    places = open_recordings(take, tuple(times_us))
    contexts = [context_of(name, each) for name, each in places.items()]
    placed = place_devices(take, contexts, calibration)
    shots = {}
    for name, each in places.items():
        color, depth = (
            each.find(track, at) for track, at in zip(("COLOR", "DEPTH"), times_us[name], strict=True)
        )
        if depth is not None:
            shots[name] = Shot(color=color, depth=depth)
    context = FuseContext(
        take=take.manifest.name,
        world=calibration.world,
        devices=placed,
        settings=settings,
        clouds=CloudFormat.NONE,
        holes=True,
        directory=take.path,
        mesh_mm=None,
    )
    fuser = Fuser(context)
    try:
        images, findings = fuser.decode(pulse, shots)
        if not images and findings:
            raise UsageError(*findings)
        cloud = fuser.cloud(images) if images else Cloud((), ())
        return cloud, {name: placed[name] for name in images}
    finally:
        fuser.close()
