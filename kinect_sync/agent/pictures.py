"""The pictures that an agent shows: of its own devices, to whoever may look, and never more than so much.

The host records meanwhile. So pictures are small, a few in a second, and one viewer's at a time; who comes
too soon is told when to ask again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from kinect_sync.agent.lodgers import PublishedIn
from kinect_sync.agent.served_files import is_served_folder
from kinect_sync.files import is_plain_name
from kinect_sync.steady import steady_s
from kinect_sync.takes.following.recording import FileState, FollowedRecording
from kinect_sync.takes.names import is_device_name, recording_name
from kinect_sync.viewer.bundle import Wanted, make_bundle
from kinect_sync.viewer.head import DeviceHead, Head, ViewState, WholeHead
from kinect_sync.viewer.published import PublishedDevice
from kinect_sync.viewer.sources import Sight, Sighted, Source
from kinect_sync.viewer.stored import shot_of
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.pictures import MOST_DEVICES, Pictures, ShowPictures

PULLS_PER_S = 5.0
"""Bundles that a host makes in a second: a small picture of color takes 2.4 ms."""
BYTES_PER_S = 4e6
"""What it sends of them: nine devices have 1.3 MB/s, and are recorded with 450 MB/s."""
MOST_TAKES = 4
"""Takes of which it is remembered how far they were read."""
KEPT_S = 60.0
"""How long that is remembered, and the last pictures of them, when nobody asks any more."""


class HostPictures:
    """What one host shows of its devices."""

    def __init__(self, takes: Path, published_in: PublishedIn, now_s: Callable[[], float] = steady_s) -> None:
        """Show recordings of takes below a folder, and what workers publish; `now_s` is the steady clock."""
        self._takes = takes
        self._published_in = published_in
        self._now_s = now_s
        self._due_s = now_s()
        self._sources: OrderedDict[str, HostSource] = OrderedDict()
        self._making = threading.Lock()

    def answer(self, request: ShowPictures) -> Answered:
        """Show what is asked for, or say when to ask again."""
        if not self._making.acquire(blocking=False):
            return Answered(Pictures(wait_s=1 / PULLS_PER_S))
        try:
            now_s = self._now_s()
            if now_s < self._due_s:
                return Answered(Pictures(wait_s=self._due_s - now_s))
            content = self._make(request)
            pace_s = max(1 / PULLS_PER_S, len(content) / BYTES_PER_S)
            self._due_s = now_s + pace_s
            return Answered(Pictures(wait_s=pace_s), content)
        finally:
            self._making.release()

    def tick(self) -> None:
        """Let go of what nobody has asked for lately; from time to time."""
        if self._making.acquire(blocking=False):
            try:
                self._drop(lambda source: self._now_s() - source.asked_s > KEPT_S)
            finally:
                self._making.release()

    def _drop(self, is_over: Callable[[HostSource], bool]) -> None:
        for take in [take for take, source in self._sources.items() if is_over(source)]:
            self._sources.pop(take).close()

    def _make(self, request: ShowPictures) -> bytes:
        source = self._sources.pop(request.take, None)
        if source is None:
            source = HostSource(self._takes, request.take, self._published_in, self._now_s)
        self._sources[request.take] = source
        while len(self._sources) > MOST_TAKES:
            self._sources.popitem(last=False)[1].close()
        source.devices, source.asked_s = request.devices, self._now_s()
        wanted = Wanted(small=True, ir=frozenset(request.ir), since=request.since)
        return make_bundle(source, wanted).to_bytes()


class HostSource(Source):
    """Some devices of one take on this host, as far as they are there."""

    def __init__(
        self, takes: Path, take: str, published_in: PublishedIn, now_s: Callable[[], float] = steady_s
    ) -> None:
        """Look at a take by its name, and beside it at what is published."""
        super().__init__(now_s)
        self.devices: tuple[str, ...] = ()
        self.asked_s = now_s()
        """When somebody last asked for it."""
        self._folder = takes / take if is_plain_name(take) else None
        self._take = take
        self._published_in = published_in
        self._recordings: dict[str, FollowedRecording] = {}
        self._published: dict[str, tuple[Path, PublishedDevice]] = {}

    def close(self) -> None:
        """Let go of what workers publish."""
        for device in [*self._published]:
            self._let_go(device)

    def look(self, pulse: int | None) -> Sight:  # noqa: ARG002 - pulses are known to the director alone
        """Look at what each device gave last."""
        head = Head(state=ViewState.RECORDING, name=self._take, whole=WholeHead(words=""))
        return Sight(head, tuple(map(self._seen, filter(is_device_name, self.devices))))

    def _seen(self, device: str) -> Sighted:
        """Look at its recording in the take, or else at what it publishes."""
        return self._recorded(device) or self._shown(device) or Sighted(_head(device), None)

    def _recorded(self, device: str) -> Sighted | None:
        if self._folder is None or not is_served_folder(self._folder):
            return None
        path = self._folder / recording_name(device)
        file = self._followed(device, path).look()
        if file.state is FileState.ABSENT:
            return None
        head = _head(device, problem=file.problem.what if file.problem is not None else None)
        if file.newest is None or file.facts is None:
            return Sighted(head, None)
        age_s = max(0, time.time_ns() - file.changed_utc_ns) / 1e9
        return Sighted(head.model_copy(update={"age_s": age_s}), shot_of(file.newest, file.facts))

    def _followed(self, device: str, path: Path) -> FollowedRecording:
        """Return a recording with what is known of it; somebody may ask for names without end."""
        while device not in self._recordings and len(self._recordings) >= MOST_DEVICES:
            del self._recordings[next(iter(self._recordings))]
        return self._recordings.setdefault(device, FollowedRecording(path))

    def _shown(self, device: str) -> Sighted | None:
        path = self._published_in(device)
        if self._published.get(device, (path,))[0] != path:
            self._let_go(device)  # its worker has ended: the file is gone, and would be kept by us alone
        if path is None:
            return None
        _, published = self._published.setdefault(device, (path, PublishedDevice(path)))
        shot = published.look()
        return Sighted(_head(device).model_copy(update={"age_s": published.age_s}), shot)

    def _let_go(self, device: str) -> None:
        self._published.pop(device)[1].close()


def _head(device: str, problem: str | None = None) -> DeviceHead:
    return DeviceHead(name=device, role=None, problem=problem)
