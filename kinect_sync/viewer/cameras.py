"""The cameras of a take as a view looks through them: here by their recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from kinect_sync.takes.following.recording import FileState, FollowedRecording
from kinect_sync.takes.manifest import TakeDevice
from kinect_sync.takes.names import best_of
from kinect_sync.viewer.quiet import Quiet
from kinect_sync.viewer.shots import Shot
from kinect_sync.viewer.stored import shot_of
from kinect_sync.viewer.surroundings import Surroundings


class Seen(NamedTuple):
    """What a camera shows at one moment."""

    shot: Shot | None = None
    """The newest capture; None where there is none yet."""
    age_s: float | None = None
    """How long ago it came."""
    is_there: bool = True
    """Whether there is anything to look at on this computer."""
    problem: str | None = None
    """Why nothing can be read."""
    written: tuple[int, int] = (0, 0)
    """Bytes of its file, and when it was last written to in ns since 1970."""


class Camera(Protocol):
    """One device, looked through again and again; never raises for what its file may be."""

    def look(self) -> Seen:
        """Return the newest capture."""

    def find(self, times_us: Mapping[str, int]) -> Shot | None:
        """Return the capture of these device times, by track; None where it is not there.

        OSError where it can't be read.
        """


CameraOf = Callable[[Path, TakeDevice, Surroundings], Camera]
"""Gives the camera of a device of the take in a folder."""


class RecordedCamera:
    """A device of a take by its recording, or by the completed copy of it."""

    def __init__(self, folder: Path, device: TakeDevice, surroundings: Surroundings) -> None:
        """Look into the recording, which may not be there yet."""
        self._recording = FollowedRecording(best_of(folder / device.file))
        self._quiet = Quiet(surroundings)

    def look(self) -> Seen:
        """Return the newest capture, and how long ago it was written."""
        file = self._recording.look()
        problem = None if file.problem is None else file.problem.what
        written = file.nbytes, file.changed_utc_ns
        if file.newest is None or file.facts is None:
            return Seen(is_there=file.state is not FileState.ABSENT, problem=problem, written=written)
        age_s = self._quiet.age_s(file.newest.device_us, file.changed_utc_ns)
        return Seen(shot_of(file.newest, file.facts), age_s, problem=problem, written=written)

    def find(self, times_us: Mapping[str, int]) -> Shot | None:
        """Return the capture of these device times; OSError where it can't be read."""
        found, facts = self._recording.find(times_us), self._recording.facts
        return None if found is None or facts is None else shot_of(found, facts)
