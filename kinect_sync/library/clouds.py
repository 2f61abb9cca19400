"""The devices of a take as their recordings tell of them, and where a calibration of their rig has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.review.chosen import open_recordings
from kinect_sync.review.fusing.placing import PlacedDevice, place_recorded, read_calibration_for
from kinect_sync.review.recorded import context_of
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake


class RecordedDevices:
    """The devices of a take, each looked at in its recording when it is first asked for."""

    def __init__(self, take: OpenedTake, calibration: RigCalibration | Path | None) -> None:
        """Take the calibration of the rig, or read it; raises UsageError as `read_calibration_for`."""
        self.names = tuple(take.manifest.names)
        self.calibration = (
            calibration
            if isinstance(calibration, RigCalibration)
            else read_calibration_for(take, calibration)
        )
        self._take = take
        self._opened: dict[str, ImagePlaces] = {}

    def tracks(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return which images each recorded; UsageError with all whose recordings can't be read."""
        self._opened |= open_recordings(self._take, names)
        return {name: tuple(track.name for track in self._opened[name].facts.tracks) for name in names}

    def place(self, names: Sequence[str]) -> Mapping[str, PlacedDevice]:
        """Place devices in the world; raises UsageError as `place_recorded`."""
        contexts = [context_of(name, self._opened[name]) for name in names]
        return place_recorded(self._take, contexts, self.calibration)
