"""Finding the board in what the devices captured of one pulse, in recordings that may grow."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.errors import UsageError
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.review.calibrating.pulses import exposed_us
from kinect_sync.review.calibrating.so_far import Missing
from kinect_sync.takes.following.recording import FollowedRecording
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.manifest import Manifest, TakeDevice
from kinect_sync.takes.names import best_of
from kinect_sync.timing.table import MISSING
from kinect_sync.viewer.measuring import FAILURES
from kinect_sync.viewer.shots import Shot
from kinect_sync.viewer.stored import shot_of


@dataclass
class Looked:
    """What was seen at one pulse."""

    views: list[BoardView] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    """Devices whose capture the disk does not have yet."""


class Looker:
    """Looks for a board in the recordings of a take."""

    def __init__(self, folder: Path, manifest: Manifest, board: Board) -> None:
        """Look into the recordings of a take's folder, which may not be there yet."""
        self._devices = {each.settings.name: each for each in manifest.devices}
        self._recordings = {
            name: FollowedRecording(best_of(folder / each.file)) for name, each in self._devices.items()
        }
        self._board = board
        self._known: dict[str, DeviceGeometry] = {}

    @property
    def geometries(self) -> dict[str, DeviceGeometry]:
        """The lenses of the devices that can be looked at, in the order of the rig."""
        return {name: self._known[name] for name in self._devices if name in self._known}

    def unseen(self) -> Missing | None:
        """Name a device that can't be looked at, with why; None where all can."""
        for name, each in self._devices.items():
            if name not in self._known:
                why = f"its recording is on {each.host}" if each.host else "its recording has no lenses"
                return Missing(f"nobody can tell whether it sees the board: {why}", name)
        return None

    def look(self, rows: TakeIndex, only: Collection[str] | None = None) -> Looked:
        """Look at the last pulse of some rows, with all devices or these alone."""
        found = Looked()
        for name, device in self._devices.items():
            if (only is None or name in only) and self._is_known(name, device):
                self._look_with(name, device, rows, found)
        return found

    def _is_known(self, name: str, device: TakeDevice) -> bool:
        """Tell whether a device's lenses are known; a recording that has just begun may not have them."""
        if name not in self._known:
            path, settings = self._recordings[name].path, device.settings
            try:
                self._known[name] = read_geometry(path, name, settings.depth_mode, settings.color_resolution)
            except (UsageError, OSError):
                return False
        return True

    def _look_with(self, name: str, device: TakeDevice, rows: TakeIndex, found: Looked) -> None:
        times_us = _times_us(rows, name)
        if not times_us:
            return
        try:
            shot = self._shot(name, times_us)
            if shot is None:
                found.late.add(name)
                return
            pulse = int(rows.pulses[-1])
            for camera, image in self._images(shot):
                view = self._view(device, camera, pulse, image)
                if view is not None:
                    found.views.append(view)
        except FAILURES:  # what can't be read shows no board; the page says why
            return

    def _shot(self, name: str, times_us: dict[str, int]) -> Shot | None:
        recording = self._recordings[name]
        recording.look()
        capture, facts = recording.find(times_us), recording.facts
        return None if capture is None or facts is None else shot_of(capture, facts)

    def _images(self, shot: Shot) -> Iterator[tuple[Camera, NDArray[np.uint8]]]:
        """Yield what to look at: color, or IR where it is off; both of a device that is alone."""
        from kinect_sync.calibration.detection.infrared import to_gray
        from kinect_sync.takes.decoding import decode_luma

        color = shot.color
        if color is not None:
            yield Camera.COLOR, decode_luma(color.read(), color.format, color.size)
        if shot.ir is not None and (color is None or len(self._devices) == 1):
            yield Camera.DEPTH, to_gray(shot.ir.read())

    def _view(
        self, device: TakeDevice, camera: Camera, pulse: int, image: NDArray[np.uint8]
    ) -> BoardView | None:
        from kinect_sync.calibration.detection.detecting import detect

        ids, pixels = detect(image, self._board)
        if not len(ids):
            return None
        time_us = exposed_us(device.settings, camera, pulse)
        return BoardView(device.settings.name, camera, pulse, time_us, ids, pixels)


def _times_us(rows: TakeIndex, name: str) -> dict[str, int]:
    """Return the device times of a whole capture at the last of some rows, by track."""
    columns = rows.devices.get(name)
    if columns is None or not columns.whole[-1]:
        return {}
    color, depth = int(columns.color_us[-1]), int(columns.depth_us[-1])
    times = {"COLOR": color, "DEPTH": depth, "IR": depth}
    return {track: time for track, time in times.items() if time != MISSING}
