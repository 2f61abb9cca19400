"""Ctrl-C, termination and a closed terminal as a question that is asked now and then, not as an exception."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Remembers that an end was asked for."""

    def __init__(self) -> None:
        """Begin unasked."""
        self._asked = False

    def ask(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note of a signal."""
        self._asked = True

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self._asked


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Let Ctrl-C, termination and a closed terminal end the work instead of the program."""
    stop = StopRequest()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), stop.ask) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
