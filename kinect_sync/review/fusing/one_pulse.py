"""The cloud of one pulse, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.fusing import PULSE_NOT_FUSED
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.cloud import Cloud
from kinect_sync.review.fusing.combining import Images, combine
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.placing import PlacedDevice, place_recorded
from kinect_sync.review.fusing.request import CloudSettings, Shot
from kinect_sync.review.fusing.shots import read_shot
from kinect_sync.review.recorded import OpenRecording, context_of
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake

TimesUs = Mapping[str, tuple[int, int]]
"""Device timestamps of color and depth, by device."""


def fuse_pulse(
    take: OpenedTake, calibration: RigCalibration, times_us: TimesUs, settings: CloudSettings
) -> tuple[Cloud, dict[str, PlacedDevice]]:
    """Return the cloud of the captures of these times, and where the devices of it are.

    Devices without depth, and those whose images are broken, are not in it. Raises UsageError where the
    calibration does not know a device, a recording can't be read, or no image can be decoded.
    """
    places = open_recordings(take, tuple(times_us))
    contexts = {name: context_of(name, each) for name, each in places.items()}
    placed = place_recorded(take, tuple(contexts.values()), calibration)
    images: dict[str, Images] = {}
    broken: list[Finding] = []
    for name, each in places.items():
        shot = _shot(each, *times_us[name])
        if shot is None:
            continue
        with closing(OpenRecording(contexts[name])) as recording:
            try:
                images[name] = read_shot(recording, shot)
            except ValueError as error:
                broken.append(PULSE_NOT_FUSED.found(f"an image is broken: {error}", device=name))
    if not images:
        if broken:
            raise UsageError(*broken)
        return Cloud((), ()), {}
    there = {name: placed[name] for name in images}
    sources = {name: DevicePoints(each, settings) for name, each in there.items()}
    return combine(sources, images, settings), there


def _shot(places: ImagePlaces, color_us: int, depth_us: int) -> Shot | None:
    depth = places.find("DEPTH", depth_us)
    return None if depth is None else Shot(color=places.find("COLOR", color_us), depth=depth)
