"""One run as its program has it led: what is asked of the director, what that tells, and how it is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from shutil import rmtree

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.director_link import DirectorLink, GivenUp, Gone
from kinect_sync.benches.silence import GIVE_UP_S, Silence
from kinect_sync.benches.told_run import ToldRun
from kinect_sync.wire.direction import Finish, Told

LaunchDirector = Callable[[StreamOrder], DirectorLink]
"""Starts the director of a stream."""
Heard = Told | Gone | GivenUp


class DirectedRun:
    """A run from the launch of its director to the end of that."""

    def __init__(self, order: StreamOrder, launch: LaunchDirector, now_s: Callable[[], float]) -> None:
        """Launch a director; by `now_s` it is given up when it says nothing."""
        self.told = ToldRun(order.plan.rig.name)
        self.is_finishing = False
        """Whether it was asked to end the run."""
        self._is_leaving = False
        self._silence = Silence(now_s)
        self._link: DirectorLink | None = launch(order)

    @property
    def director(self) -> int | None:
        """The process that directs; None where it is gone, or nobody waits for it any more."""
        return None if self._link is None else self._link.pid

    def hear(self, timeout_s: float) -> Iterator[Heard]:
        """Take in all that is told, wait so long where that is nothing, and yield what matters still."""
        while self._link is not None and (told := self._link.hear(timeout_s)) is not None:
            timeout_s = 0.0
            self._silence.end()
            yield from self._take_in(told)
        if self._link is not None and not self.told.is_over:
            yield from self._judge_silence(self._link)

    def note_row(self) -> None:
        """Note that a row came: the rig goes on."""
        if not self.is_finishing:
            self._silence.end()

    def finish(self) -> None:
        """Have the run ended at a pulse just ahead."""
        if self._link is not None and not self.is_finishing:
            self.is_finishing = True
            self._link.ask(Finish())

    def leave(self) -> None:
        """Tell that nothing is read any more: it ends by itself, whether somebody waits for it or not."""
        self._is_leaving = True
        if self._link is not None:
            self._link.leave()

    def wait_no_more(self) -> None:
        """Let it end by itself."""
        self._link = None

    def end(self) -> None:
        """See it to its end, now that all is told."""
        if self._link is not None and not self._link.join():
            self._link.kill()
        self._link = None
        if self.told.has_begun:  # of a director that was killed, nobody else does it
            rmtree(self.told.began.folder, ignore_errors=True)

    def _judge_silence(self, link: DirectorLink) -> Iterator[Heard]:
        """End a director that hangs; before the first row it may be busy, unless an end was asked for."""
        silent_s = self._silence.lasts_s()
        if silent_s > GIVE_UP_S and (self.told.has_begun or self.is_finishing or self._is_leaving):
            link.kill()
            yield from self._take_in(GivenUp(silent_s=silent_s))

    def _take_in(self, told: Heard) -> Iterator[Heard]:
        was_over = self.told.is_over
        self.told.take_in(told)
        if not was_over:
            yield told
