"""Ctrl-C, termination and a closed terminal as a question that is asked now and then, not as an exception."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kinect_sync.steady import steady_s

SAME_S = 0.5
"""Signals within this are one wish: what wraps a command may pass on what the terminal sent it already."""


class StopRequest:
    """Remembers that an end was asked for."""

    def __init__(self, *, leaves: bool = False, now_s: Callable[[], float] = steady_s) -> None:
        """Begin unasked; with `leaves`, whoever asks again waits no longer, by a KeyboardInterrupt."""
        self._leaves = leaves
        self._now_s = now_s
        self._asked_s: float | None = None

    def ask(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note of a signal."""
        if self._asked_s is None:
            self._asked_s = self._now_s()
        elif self._leaves and self._now_s() - self._asked_s > SAME_S:
            raise KeyboardInterrupt

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self._asked_s is not None


@contextmanager
def stop_signals(*, leaves: bool = False) -> Iterator[StopRequest]:
    """Let Ctrl-C, termination and a closed terminal end the work instead of the program.

    With `leaves` the second of them ends the program, where what it began ends by itself.
    """
    stop = StopRequest(leaves=leaves)
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), stop.ask) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
