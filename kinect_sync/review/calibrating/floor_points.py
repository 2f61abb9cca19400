"""Points of a room, seen by all depth cameras of a rig: enough of them to find the floor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Numbers
from kinect_sync.review.chosen import IndexedCapture, open_recordings
from kinect_sync.review.recorded import OpenRecording, context_of
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.takes.opened_take import OpenedTake

PULSES = 3
"""A person may stand where the floor is, and moves on."""
STEP = 6
"""Each so many-th pixel along rows and columns."""


def floor_points(take: OpenedTake, solution: Solution) -> Numbers:
    """Return points in the solution's frame, shape (n, 3), in metres."""
    points = [part for name in solution.devices for part in _of_device(take, solution, name)]
    return np.concatenate(points) if points else np.zeros((0, 3))


def _of_device(take: OpenedTake, solution: Solution, name: str) -> Iterator[Numbers]:
    places = open_recordings(take, [name])[name]
    context = context_of(name, places)
    lens = read_geometry(context.path, name, context.depth_mode, context.color_resolution).depth
    device = solution.devices[name]
    if lens is None or Camera.DEPTH not in device.cameras:
        return
    recording = OpenRecording(context)
    try:
        for pulse in _spread(take):
            place = _depth_at(take, name, pulse)
            if place is None:
                continue
            seen = _points(recording, places.find("DEPTH", place), lens, device.depth_offset_mm / 1000)
            yield device.cameras[Camera.DEPTH].world_from_camera.apply(seen)
    finally:
        recording.close()


def _spread(take: OpenedTake) -> list[int]:
    first, last = take.index.first_pulse, take.index.last_pulse
    return sorted({round(first + (last - first) * part / (PULSES - 1)) for part in range(PULSES)})


def _depth_at(take: OpenedTake, name: str, pulse: int) -> int | None:
    """Return the device time of depth at a pulse, or at the next one that the device has."""
    for part in take.index.stretches(pulse):
        whole = part.devices[name].whole & (part.pulses >= pulse)
        for row in np.flatnonzero(whole)[:1].tolist():
            return IndexedCapture.of(part, name, row).depth_us
    return None


def _points(recording: OpenRecording, place: ImagePlace | None, lens: Lens, offset_m: float) -> Numbers:
    if place is None:
        return np.zeros((0, 3))
    try:
        depth = recording.gray(place)
    except ValueError:  # a broken image costs its points
        return np.zeros((0, 3))
    down, across = np.mgrid[0 : depth.shape[0] : STEP, 0 : depth.shape[1] : STEP]
    z_m = depth[down, across].astype(np.float64) / 1000
    rays, valid = lens.unproject(np.stack((across, down), -1).astype(np.float64))
    points: Numbers = (rays * (z_m + offset_m)[..., None])[valid & (z_m > 0)]
    return points
