"""A take as a source of the view: while it is recorded, from files that grow, and afterwards."""

from __future__ import annotations

import threading
from pathlib import Path

from kinect_sync.findings.recording import TAKE_GONE
from kinect_sync.takes.following.manifest import FollowedManifest
from kinect_sync.takes.manifest import Manifest
from kinect_sync.texts import printable
from kinect_sync.viewer.cameras import CameraOf, RecordedCamera
from kinect_sync.viewer.head import Head, ViewState, WholeHead
from kinect_sync.viewer.signs import ordered, sign_of
from kinect_sync.viewer.sources import Sight, Source
from kinect_sync.viewer.surroundings import HERE, Surroundings
from kinect_sync.viewer.take_sight import sight_of
from kinect_sync.viewer.watch import Watch

LOOK_S = 0.09
"""Clients that pull within this time are told the same: ten of them cost the looks of one."""


class TakeSource(Source):
    """A take's folder, which may not be there yet."""

    def __init__(
        self,
        folder: Path,
        surroundings: Surroundings = HERE,
        camera_of: CameraOf = RecordedCamera,
        *,
        kept: bool = True,
    ) -> None:
        """Look at `folder`; `camera_of` says how at a device, where that is not by its recording.

        `kept` is whether files stay that are written into it: of a rig that is only shown, they begin anew.
        """
        super().__init__(surroundings.now_s)
        self._folder, self._surroundings, self._camera_of = folder, surroundings, camera_of
        self._kept = kept
        self._manifest = FollowedManifest(folder)
        self._watched: tuple[object, Watch] | None = None
        self._looking = threading.Lock()
        self._newest: tuple[float, Sight] | None = None

    def look(self, pulse: int | None) -> Sight:
        """Look at a pulse, or where that is None at what each device gave last."""
        with self._looking:
            now_s = self._surroundings.now_s()
            if pulse is None and self._newest is not None and now_s - self._newest[0] < LOOK_S:
                return self._newest[1]
            sight = self._look(pulse)
            if pulse is None:
                self._newest = now_s, sight
            return sight

    def _look(self, pulse: int | None) -> Sight:
        self._manifest.look()
        manifest, problem = self._manifest.manifest, self._manifest.problem
        if problem is not None:
            whole = WholeHead(words=problem.what, signs=ordered([sign_of(problem)]))
            return self._without_devices(ViewState.UNREADABLE, whole)
        if manifest is None or not manifest.devices:
            return self._nothing()
        watch = self._watch(manifest)
        watch.look(judging=manifest.report is None)
        return sight_of(watch, manifest, pulse)

    def _nothing(self) -> Sight:
        """Tell a take that is yet to come from one that was here."""
        if self._watched is None:
            return self._without_devices(ViewState.WAITING, WholeHead(words="nothing is recorded yet"))
        return self._gone()

    def _gone(self) -> Sight:
        """Tell that a take that was here is not here any more."""
        gone = sign_of(TAKE_GONE.found(f"{self._folder} was removed or moved"))
        return self._without_devices(ViewState.UNREADABLE, WholeHead(words=gone.text, signs=(gone,)))

    def _watch(self, manifest: Manifest) -> Watch:
        """Return what watches this take; another one that took its place is watched anew."""
        key = manifest.begin, manifest.devices
        if self._watched is None or self._watched[0] != key:
            watch = Watch(self._folder, manifest, self._surroundings, self._camera_of, kept=self._kept)
            self._watched = key, watch
        return self._watched[1]

    def _without_devices(self, state: ViewState, whole: WholeHead) -> Sight:
        return Sight(Head(state=state, name=printable(self._folder.name), whole=whole), ())
