"""A walk with the board while it is recorded: on a page, and said in the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kinect_sync.cli.saying import say
from kinect_sync.cli.viewing import launch_viewer
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.findings import Severity
from kinect_sync.findings.calibration import WALK_NOT_RECORDED
from kinect_sync.findings.viewing import VIEWER_NOT_STARTED
from kinect_sync.viewer.launching import LaunchedViewer, ViewerNotStarted

if TYPE_CHECKING:
    from kinect_sync.calibration.board import Board
    from kinect_sync.review.calibrating.so_far import WalkSoFar
    from kinect_sync.viewer.sources import Source

_LOOK_S = 0.2


def board_to_look_for(text: str) -> Board:
    """Return the board that is named; UsageError where there is none, or nothing to look for it with."""
    from kinect_sync.calibration.detection.opencv import require_opencv
    from kinect_sync.calibration.naming import name_board

    require_opencv()
    return name_board(text)


def with_walk(
    take: Path, source: Source, board: Board | None, *, quiet: bool
) -> tuple[Source, AbstractContextManager[None]]:
    """Return what shows a take with its walk, and the context in which the board is looked for."""
    if board is None:
        return source, nullcontext()
    from kinect_sync.viewer.walk.walked_take import WalkedTake
    from kinect_sync.viewer.walk.watched import WatchedWalk, watching

    walk = WatchedWalk(take, board, tell=_silent if quiet else _Lines())
    return WalkedTake(source, walk), watching(walk)


def line_of(so_far: WalkSoFar) -> str:
    """Say in a line how far a walk has come, and what it lacks most."""
    devices = ", ".join(f"{each.name} {each.places}, {100 * each.coverage:.0f} %" for each in so_far.devices)
    what, missing = so_far.words, so_far.missing
    for finding in so_far.spoiled:
        return f"{what} ({devices}): {finding.device or 'the board'}: {finding.what}; {finding.remedy}"
    if missing is None:
        return f"enough: {what} ({devices})"
    return f"{what} ({devices}): {f'{missing.device}: ' if missing.device else ''}{missing.what}"


class _Lines:
    """A line on stderr for each judgement that says something else than the one before."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, so_far: WalkSoFar) -> None:
        line = line_of(so_far)
        if line != self._last:
            self._last = line
            with suppress(OSError):
                say(line, err=True)


def _silent(_: WalkSoFar) -> None:
    """Say nothing."""


# --- until the take ends ----------------------------------------------------------------------------------


def watch_walk(take: Path, board: Board, *, quiet: bool) -> None:
    """Show the walk in a take while it is recorded, and return when that has ended.

    UsageError where it is not recorded, BenchError where no viewer runs. The page stays, as that of a viewer
    which a recorder has started does; it goes with whoever is interrupted here.
    """
    is_recorded = _recorded(take)
    if not is_recorded():
        raise UsageError(WALK_NOT_RECORDED.found(f"nobody records {take}"))
    try:
        viewer = launch_viewer(take, None, "--board", board.id, *(["--quiet"] if quiet else []))
        try:
            follow(viewer, is_recorded)
        except BaseException:
            viewer.end()
            raise
        finally:
            viewer.let_go()
    except ViewerNotStarted as error:
        found = VIEWER_NOT_STARTED.found(f"no viewer runs: {error}")
        raise BenchError(found.model_copy(update={"severity": Severity.ERROR})) from error


def follow(viewer: LaunchedViewer, is_recorded: Callable[[], bool]) -> None:
    """Hand on what a viewer says until the take has ended; ViewerNotStarted where the viewer does before."""
    address = None
    while is_recorded():
        if address is None and (address := viewer.address) is not None:
            say(f"view: {address}", err=True)
        if words := viewer.more_words():
            say(words, err=True)
        if viewer.has_ended:
            raise ViewerNotStarted("it has ended")
        time.sleep(_LOOK_S)


def _recorded(take: Path) -> Callable[[], bool]:
    from kinect_sync.viewer.head import ViewState
    from kinect_sync.viewer.recorded_take import TakeSource

    source = TakeSource(take)
    return lambda: source.look(None).head.state is ViewState.RECORDING
