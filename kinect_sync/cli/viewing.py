"""The viewer that `ksync start --view` starts: a process that shares nothing with the take but its files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kinect_sync.benches.launching import process_environment
from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.saying import say
from kinect_sync.director.observer import Observer, Snapshot
from kinect_sync.findings import Finding
from kinect_sync.findings.viewing import VIEWER_NOT_STARTED
from kinect_sync.viewer.launching import LaunchedViewer, ViewerNotStarted

LINGER_S = 600
"""How long such a viewer stays after the take when nobody looks any more."""
_LOOK_S = 0.05


Launch = Callable[[Path], LaunchedViewer]
"""Starts a viewer of a take; ViewerNotStarted where the system refuses."""


def launch_viewer(take: Path, studio: Path | None, *options: str) -> LaunchedViewer:
    """Start the viewer of a take, which ends some time after the take and after whoever looked has left.

    Pictures of other hosts come by `studio`, or else the usual one.
    """
    ending = ("--linger", str(LINGER_S), *(() if studio is None else ("--studio", str(studio))))
    command = [sys.executable, "-m", "kinect_sync", "view", str(take), *ending, *options]
    return LaunchedViewer(command, process_environment())


@contextmanager
def viewing(warned: list[Finding], launch: Launch) -> Iterator[Observer]:
    """Give what starts a viewer as soon as there is a take, and tells its address.

    The take never waits for it. One that does not start is warned of, on stderr and in `warned`.
    """
    starting = _Starting(warned, launch)
    try:
        yield starting
    finally:
        starting.settle()


class _Starting(Observer):
    """Starts a viewer, and looks now and then whether it has said its address."""

    def __init__(self, warned: list[Finding], launch: Launch) -> None:
        self._warned = warned
        self._launch = launch
        self._viewer: LaunchedViewer | None = None
        self._take: Path | None = None
        self._is_settled = False

    def on_change(self, snapshot: Snapshot) -> None:
        if snapshot.take is not None and not self._is_settled:
            self._take = snapshot.take
            self._look()

    def settle(self) -> None:
        """Wait, after the take, for what the viewer has still to say."""
        while self._viewer is not None and not self._is_settled:
            self._look()
            time.sleep(_LOOK_S)

    def _look(self) -> None:
        try:
            if self._viewer is None and self._take is not None:
                self._viewer = self._launch(self._take)
            address = self._viewer.address if self._viewer is not None else None
        except ViewerNotStarted as error:
            self._warn(error)
            return
        if address is not None:
            with suppress(OSError):  # a terminal that was closed costs the address, not the take
                say(f"view: {address}", err=True)
            self._end()

    def _warn(self, error: ViewerNotStarted) -> None:
        finding = VIEWER_NOT_STARTED.found(f"no viewer runs: {error}")
        self._warned.append(finding)
        with suppress(OSError):
            show_finding(finding)
        self._end()

    def _end(self) -> None:
        self._is_settled = True
        if self._viewer is not None:
            self._viewer.let_go()
