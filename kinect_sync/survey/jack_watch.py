"""Look at the jacks again and again while somebody plugs cables, until they are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kinect_sync.devices.port import Discovered
from kinect_sync.director.fleet import SteadyClock
from kinect_sync.steady import steady_s
from kinect_sync.survey.jack_check import JackReport
from kinect_sync.verdicts import Rung

INTERVAL_S = 0.5
"""Between two looks: soon enough for a hand at a plug, seldom enough to leave the USB alone."""


class Looker(Protocol):
    """Who looks at the bench: `Surveyor`."""

    def look(self) -> Sequence[Discovered]:
        """List what is on the bench now."""
        ...

    def rest(self, seconds: float) -> None:
        """Let some time pass."""
        ...


def watch_jacks(
    looker: Looker,
    judge: Callable[[Sequence[Discovered]], JackReport],
    show: Callable[[JackReport], None],
    *,
    timeout_s: float | None = None,
    clock: SteadyClock = steady_s,
) -> JackReport:
    """Return the first report that says no longer that something is wrong, or the last one in time.

    Every report goes to `show`. A device that cannot be opened may come free, so it is waited for too.
    """
    until_s = float("inf") if timeout_s is None else clock() + timeout_s
    while True:
        report = judge(looker.look())
        show(report)
        if report.verdict.rung is Rung.YES or clock() >= until_s:
            return report
        looker.rest(min(INTERVAL_S, max(0.0, until_s - clock())))
