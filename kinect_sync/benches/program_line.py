"""A director's end of its way to the program that it works for: it hears, and never waits to be heard."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from kinect_sync.values import Value
from kinect_sync.wire.direction import Leave, read_asked
from kinect_sync.wire.messages import as_line

LOOK_S = 0.1
"""How often it is seen whether the program still is there."""
HEAR_OUT_S = 10.0
"""How long a program that reads nothing any more may take to hear the last words."""


class Stream(Protocol):
    """Where lines go."""

    def write(self, line: bytes, /) -> object:
        """Take one line; it may take long."""
        ...

    def flush(self) -> object:
        """Send what was written on its way."""
        ...


def watched_parent(program: int) -> Callable[[], bool]:
    """Return what tells whether the process that started this one is gone.

    Its pipe does not always end with it: where it forked, its children hold it open. Of a parent that is
    another process than the one that asks nothing is known, as on Windows.
    """
    if sys.platform == "win32" or os.getppid() != program:
        return lambda: False
    return lambda: os.getppid() != program


class ProgramLine:
    """What a program asks of its director, and what it is told."""

    def __init__(
        self, asked: Iterable[bytes], told: Stream, is_gone: Callable[[], bool] = lambda: False
    ) -> None:
        """Hear lines of `asked`, and write to `told`; `is_gone` tells of a program whose pipe does not."""
        self._asked = asked
        self._told = told
        self._is_gone = is_gone
        self._ending = threading.Event()
        self._left = threading.Event()
        self._changed = threading.Condition()
        self._waiting: dict[object, Value] = {}
        self._telling = False
        self._is_deaf = False
        for work in (self._hear_all, self._tell_all):
            threading.Thread(target=work, name=f"program-{work.__name__.strip('_')}", daemon=True).start()

    def tell(self, message: Value) -> None:
        """Tell it when it listens; what is not told by then stands for what was to be told before."""
        key = type(message), getattr(message, "device", None)
        with self._changed:
            self._waiting.pop(key, None)
            self._waiting[key] = message
            self._changed.notify_all()

    def finish(self) -> None:
        """End the run, whoever asks for it."""
        self._ending.set()

    def is_ending(self) -> bool:
        """Whether the run is to end: it was asked for, or nobody is there any more who could."""
        return self._ending.is_set() or self.has_left

    @property
    def has_left(self) -> bool:
        """Whether the program reads nothing any more: it said so, or is gone."""
        if not self._left.is_set() and self._is_gone():
            self._left.set()
        return self._left.is_set()

    def wait_until_left(self) -> None:
        """Wait until the program reads nothing any more, however long that takes: it may be stopped.

        Until then, or shortly after, it has heard everything.
        """
        while not self.has_left:
            self._left.wait(LOOK_S)
        with self._changed:
            self._changed.wait_for(lambda: self._is_deaf or not (self._waiting or self._telling), HEAR_OUT_S)

    def _hear_all(self) -> None:
        with suppress(OSError, ValueError):  # what is no message is no program
            for line in self._asked:
                self._ending.set()
                if isinstance(read_asked(line), Leave):
                    break
        self._left.set()

    def _tell_all(self) -> None:
        with suppress(OSError):  # gone: whoever hears of it ends the run
            while True:
                self._told.write(as_line(self._next()))
                self._told.flush()
        with self._changed:
            self._is_deaf = True
            self._changed.notify_all()

    def _next(self) -> Value:
        with self._changed:
            self._telling = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting)
            self._telling = True
            return self._waiting.pop(next(iter(self._waiting)))
