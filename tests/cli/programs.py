"""Programs that go on while a test looks: what they say is read as it comes, and waited for."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import IO, Any

from tests.cli.commands import PATIENCE_S, Command, Ended
from tests.cli.reaper import read_proc

PATIENT = f"""
from kinect_sync.cli.main import main
from kinect_sync.viewer import launching

launching.PATIENCE_S = {PATIENCE_S}
main()
"""
"""A `ksync` that waits for its viewer's address as long as tests wait: a busy machine starts one slowly."""


class Talk:
    """What a program says, line by line, and when."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Read the stream until it ends."""
        self.lines: list[tuple[float, str]] = []
        self._more = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[bytes]) -> None:
        with suppress(ValueError):  # closed
            for line in stream:
                with self._more:
                    self.lines.append((time.monotonic(), line.decode(errors="replace").rstrip()))
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def when(self, words: str, after_s: float = 0.0) -> float | None:
        """Return when a line with these words came, after a time; None where none did."""
        return next((at_s for at_s, line in list(self.lines) if at_s >= after_s and words in line), None)

    def wait_for(self, words: str, after_s: float = 0.0) -> float:
        """Wait for a line with these words; return when it came."""
        with self._more:
            self._more.wait_for(lambda: self._ended or self.when(words, after_s) is not None, PATIENCE_S)
        found = self.when(words, after_s)
        assert found is not None, f"it never said {words!r}: {self}"
        return found

    def wait_for_end(self) -> None:
        """Wait until nothing more can come."""
        self._reader.join(PATIENCE_S)

    def __str__(self) -> str:
        """Return all that was said."""
        return "\n".join(line for _, line in list(self.lines))


class Program(Command):
    """`ksync` as it runs on a computer; what it says on stderr is read as it comes."""

    def __init__(self, *arguments: object, **options: Any) -> None:
        """Start it."""
        super().__init__(*arguments, **options)
        assert self.process.stderr is not None
        self.talk = Talk(self.process.stderr)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to Python itself, also where a parent gave it another clock."""
        own = [pid for pid in self.processes() if b"-m\0kinect_sync\0" in read_proc(pid, "cmdline")]
        os.kill(own[0] if own else self.process.pid, number)

    def wait(self) -> Ended:
        """Wait for its end, with what it had said."""
        assert self.process.stdout is not None
        out = self.process.stdout.read().decode()
        code = self.process.wait(PATIENCE_S)
        self.talk.wait_for_end()
        return Ended(code, out, str(self.talk), self.processes())
