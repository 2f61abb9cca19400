"""Draws images of a room before anybody needs them, in processes that share the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from kinect_sync.devices.simulated.room.album import clear_old_albums
from kinect_sync.devices.simulated.room.eye import Eye, Shot
from kinect_sync.devices.simulated.room.plan import RoomPlan
from kinect_sync.devices.simulated.room.units import Camera
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.rig.model import DeviceSettings

Batch = list[tuple[str, Camera, Shot]]
"""Images of one camera of one device."""
Settings = Mapping[str, tuple[DeviceSettings, float]]
"""By the names of devices: what they are started with, and how much too late they expose, in µs."""

_BATCH = 12

_studio: tuple[World, Settings] | None = None
_eye: tuple[str, Eye] | None = None


def batches_of(plan: RoomPlan, settings: Settings, pulses: int | None) -> list[Batch]:
    """Return the images that are still to be drawn, in portions; those of one camera follow each other."""
    world, batches = World(plan), []
    if plan.albums is not None:
        clear_old_albums(plan.albums)
    for name, (own, late_us) in settings.items():
        eye = world.eye(name, own, late_us)
        for album in eye.albums:
            album.touch()
        missing = sorted(_missing(eye, name, pulses), key=lambda one: (one[1], one[2].bumped))
        for _, some in groupby(missing, key=lambda one: (one[1], one[2].bumped)):
            together = list(some)
            batches += [together[at : at + _BATCH] for at in range(0, len(together), _BATCH)]
    return batches


def _missing(eye: Eye, name: str, pulses: int | None) -> Iterator[tuple[str, Camera, Shot]]:
    for camera, shot in eye.shots(pulses):
        if not eye.album(camera).has(shot.name):
            yield name, camera, shot


def begin_drawing(plan: RoomPlan, settings: Settings) -> None:
    """Make ready to draw, in each of the processes."""
    global _studio, _eye
    _studio, _eye = (World(plan), settings), None


def draw(batch: Batch) -> int:
    """Draw some images of one camera; return how many."""
    for name, camera, shot in batch:
        eye = _eye_of(name)
        eye.color(shot) if camera == "color" else eye.depth(shot)
    return len(batch)


def _eye_of(name: str) -> Eye:
    """Return the cameras of a device; those of the one before are forgotten, as they are large."""
    global _eye
    if _studio is None:
        raise ValueError("a process draws after begin_drawing")
    if _eye is None or _eye[0] != name:
        world, settings = _studio
        _eye = name, world.eye(name, *settings[name])
    return _eye[1]
