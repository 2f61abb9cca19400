"""A program's end of its way to the director of a stream: the process, what that is asked and tells."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.launching import process_environment
from kinect_sync.director.link import send_line
from kinect_sync.errors import BenchError
from kinect_sync.findings.streaming import DIRECTOR_NOT_STARTED
from kinect_sync.values import Value
from kinect_sync.wire.direction import Leave, Told, read_told

APART: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""With `start_new_session` elsewhere: what ends a program, or its terminal, is not for the director."""
LEAVE_S = 10.0
"""How long a director may take to be gone, once it has told how all went and nothing is read any more."""
_LAST_WORDS = 300


def director_command() -> list[str]:
    """Return the command line of a director's process."""
    return [sys.executable, "-m", "kinect_sync.benches.director_process"]


class Gone(Value):
    """The director's process has ended; not said by it, but by whoever started it."""

    code: int
    last_words: str
    """What it printed last."""


class GivenUp(Value):
    """The director's process was ended from here, as it said nothing while it had to."""

    silent_s: float


class DirectorLink:
    """One director, from its launch to its end; nothing here waits for it but who asks to."""

    def __init__(self, order: StreamOrder, command: Sequence[str] | None = None) -> None:
        """Start a director and tell it what is wanted; BenchError where the system starts no process."""
        self._told: queue.SimpleQueue[Told | Gone] = queue.SimpleQueue()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - what fills no pipe
        try:
            self._process = subprocess.Popen(
                list(command or director_command()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=process_environment(),
                start_new_session=True,
                creationflags=APART,
            )
        except OSError as error:
            self._log.close()
            what = f"no process can be started for it: {error.strerror or error}"
            raise BenchError(DIRECTOR_NOT_STARTED.found(what)) from error
        threading.Thread(target=self._hear_all, name="director", daemon=True).start()
        self.ask(order.model_copy(update={"program": os.getpid()}))

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def hear(self, timeout_s: float = 0.0) -> Told | Gone | None:
        """Return what it told next, or that it is gone; None where nothing came in time."""
        try:
            return self._told.get(timeout=timeout_s) if timeout_s > 0 else self._told.get_nowait()
        except queue.Empty:
            return None

    def ask(self, message: Value) -> None:
        """Ask for something; nothing happens where it is gone: `Gone` is told."""
        send_line(self._process, message)

    def leave(self) -> None:
        """Tell that nothing is read any more; it ends the run, and itself, even if nobody waits for that."""
        self.ask(Leave())
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def kill(self) -> None:
        """End it at once, with what draws for it; workers hear of that, and close files and devices."""
        if self._process.poll() is not None:
            return
        with suppress(OSError):  # gone meanwhile
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def join(self) -> bool:
        """Wait for its end after it told how all went; False where it does not come."""
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _hear_all(self) -> None:
        stream = self._process.stdout
        if stream is not None:
            with stream:
                for line in stream:
                    with suppress(ValueError):  # the half of one whose writer was killed
                        self._told.put(read_told(line))
        self._told.put(Gone(code=self._process.wait(), last_words=self._last_words()))
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 10 * _LAST_WORDS))
        return " ".join(self._log.read().decode(errors="replace").split())[-_LAST_WORDS:]
