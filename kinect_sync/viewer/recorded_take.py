"""A take as a source of the view: while it is recorded, from files that grow, and afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kinect_sync.steady import steady_s
from kinect_sync.takes.following.manifest import FollowedManifest
from kinect_sync.takes.following.recording import FileState, FollowedFile, FollowedRecording
from kinect_sync.takes.manifest import Manifest
from kinect_sync.viewer.head import DeviceHead, Head, ViewState, WholeHead
from kinect_sync.viewer.sources import Sight, Sighted, Source
from kinect_sync.viewer.stored import shot_of

LOOK_S = 0.05
"""Two clients that pull within this time are told the same."""


class TakeSource(Source):
    """A take's folder, which may not be there yet."""

    def __init__(
        self,
        folder: Path,
        *,
        now_s: Callable[[], float] = steady_s,
        utc_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Look at `folder`; `utc_ns` is the clock that the times of files are told by."""
        super().__init__(now_s)
        self._folder, self._now_s, self._utc_ns = folder, now_s, utc_ns
        self._manifest = FollowedManifest(folder)
        self._recordings: dict[str, FollowedRecording] = {}
        self._looking = threading.Lock()
        self._last: tuple[float, Sight] | None = None

    def look(self, pulse: int | None) -> Sight:  # noqa: ARG002
        """Look at a pulse, or where that is None at what each device gave last."""
        with self._looking:
            if self._last is not None and self._now_s() - self._last[0] < LOOK_S:
                return self._last[1]
            sight = self._look()
            self._last = self._now_s(), sight
            return sight

    def _look(self) -> Sight:
        self._manifest.look()
        manifest, problem = self._manifest.manifest, self._manifest.problem
        if problem is not None:
            return self._told(ViewState.UNREADABLE, problem.what)
        if manifest is None:
            return self._told(ViewState.WAITING, "nothing is recorded yet")
        files = {each.settings.name: self._file(each.file) for each in manifest.devices}
        state = ViewState.ENDED if manifest.state == "finished" else ViewState.RECORDING
        return self._told(state, str(state), self._devices(manifest, files))

    def _file(self, name: str) -> FollowedFile:
        return self._recordings.setdefault(name, FollowedRecording(self._folder / name)).look()

    def _told(self, state: ViewState, words: str, devices: tuple[Sighted, ...] = ()) -> Sight:
        return Sight(Head(state=state, name=self._folder.name, whole=WholeHead(words=words)), devices)

    def _devices(self, manifest: Manifest, files: Mapping[str, FollowedFile]) -> tuple[Sighted, ...]:
        seen = []
        for device in manifest.devices:
            name, file = device.settings.name, files[device.settings.name]
            head = DeviceHead(
                name=name,
                role=str(device.settings.role),
                host=device.host,
                elsewhere=device.host is not None and file.state is FileState.ABSENT,
                age_s=max(0, self._utc_ns() - file.changed_utc_ns) / 1e9 if file.newest else None,
                problem=file.problem.what if file.problem is not None else None,
            )
            shot = shot_of(file.newest, file.facts) if file.newest and file.facts else None
            seen.append(Sighted(head, shot))
        return tuple(seen)
