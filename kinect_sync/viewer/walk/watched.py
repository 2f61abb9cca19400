"""A walk that is watched: looked at as fast as one core allows, and judged now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.views import BoardView
from kinect_sync.review.calibrating.pulses import pulses_apart
from kinect_sync.review.calibrating.so_far import WalkSoFar, judge_so_far
from kinect_sync.steady import steady_s
from kinect_sync.takes.following.index import FollowedIndex
from kinect_sync.takes.following.manifest import FollowedManifest
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.names import INDEX
from kinect_sync.viewer.walk.looking import Looked, Looker
from kinect_sync.viewer.walk.pace import Pace

JUDGED_S = 1.5
"""From one judgement to the next at least, so that what is told can be read."""
SHARE = 4.0
"""So many times as long as a judgement takes, the board is looked for: it is held for a second only."""
PATIENCE_S = 5.0
"""How long a capture may wait for a slow disk; then a newer one is looked at."""
_WAIT_S = 0.05
_IDLE_S = 0.5


class WatchedWalk:
    """Looks for a board in a take, step by step; what it says may be asked from any thread."""

    def __init__(
        self,
        folder: Path,
        board: Board,
        tell: Callable[[WalkSoFar], None] = lambda _: None,
        now_s: Callable[[], float] = steady_s,
    ) -> None:
        """Watch the take of a folder, which may not be there yet; `tell` is called with each judgement."""
        self._folder, self._board, self._tell, self._now_s = folder, board, tell, now_s
        self._manifest = FollowedManifest(folder)
        self._index = FollowedIndex(folder / INDEX)
        self._take: _Take | None = None

    @property
    def so_far(self) -> WalkSoFar | None:
        """What was judged last; None before."""
        return None if self._take is None else self._take.so_far

    def step(self) -> float:
        """Look at what is next, and judge if that is due; return how many seconds to wait for more."""
        self._manifest.look()
        manifest = self._manifest.manifest
        if manifest is None or not manifest.devices:
            return _IDLE_S
        take = self._take
        if take is None or take.key != (manifest.begin, manifest.names):
            take = self._take = _Take(self._folder, manifest, self._board)
        grows = manifest.state == "recording"
        goes_on = self._look(take, grows=grows)
        if take.is_news and (take.judged_s is None or self._now_s() >= take.due_s or not (grows or goes_on)):
            self._judge(take)
        return 0.0 if goes_on else _WAIT_S if grows else _IDLE_S

    def _look(self, take: _Take, *, grows: bool) -> bool:
        """Look at the next pulse; False where there is none yet, or the disk does not have all of it."""
        awaited, now_s = take.awaited, self._now_s()
        if awaited is None:
            span = self._index.span()
            pulses = () if span is None else take.pace.next(*span, grows=grows)
            if not pulses:
                return False
            awaited = _Awaited(pulses, None, now_s + PATIENCE_S)
        pulse, *others = awaited.pulses
        looked = self._look_at(take, pulse, awaited.late)
        take.add(looked.views)
        take.saw |= {view.device for view in looked.views}
        if looked.late and grows and now_s < awaited.until_s:
            take.awaited = awaited._replace(late=looked.late)
            return False
        for each in others:
            if len(take.saw) > 1 or len(take.looker.geometries) == 1:
                take.add(self._look_at(take, each, take.saw).views)
        take.awaited, take.saw = None, set()
        take.pace.done(pulse)
        return True

    def _look_at(self, take: _Take, pulse: int, only: Collection[str] | None) -> Looked:
        rows = self._index.until(pulse, 1)
        if rows is None or not len(rows) or rows.pulses[-1] != pulse:
            return Looked()
        return take.looker.look(rows, only)

    def _judge(self, take: _Take) -> None:
        began_s = self._now_s()
        take.is_news = False
        so_far = judge_so_far(self._board, take.looker.geometries, take.views, take.fps)
        if so_far.missing is None:
            so_far = replace(so_far, missing=take.looker.unseen())
        take.so_far, take.judged_s = so_far, self._now_s()
        take.due_s = take.judged_s + max(JUDGED_S, SHARE * (take.judged_s - began_s))
        self._tell(so_far)


class _Awaited(NamedTuple):
    """Pulses that are looked at when the disk has them."""

    pulses: tuple[int, ...]
    late: Collection[str] | None
    """Devices that are still to be looked at; None for all."""
    until_s: float


class _Take:
    """What was seen of one take."""

    def __init__(self, folder: Path, manifest: Manifest, board: Board) -> None:
        self.key = manifest.begin, manifest.names
        self.fps = manifest.devices[0].settings.fps
        self.pace = Pace(pulses_apart(self.fps))
        self.looker = Looker(folder, manifest, board)
        self.views: list[BoardView] = []
        self.so_far: WalkSoFar | None = None
        self.is_news = True
        """Whether there is something that was not judged: to begin with, that nobody saw the board."""
        self.judged_s: float | None = None
        self.due_s = 0.0
        self.awaited: _Awaited | None = None
        self.saw: set[str] = set()
        """Who saw the board at the pulse that is looked at."""

    def add(self, views: list[BoardView]) -> None:
        """Add what was seen."""
        self.views += views
        self.is_news |= bool(views)


@contextmanager
def watching(walk: WatchedWalk) -> Iterator[None]:
    """Let a thread watch a walk within the context."""
    from kinect_sync.calibration.detection.opencv import stay_in_one_thread

    stay_in_one_thread()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(walk.step()):
            pass

    thread = threading.Thread(target=watch, daemon=True, name="walk")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
