"""A viewer that whoever records starts: a process of its own, to which nothing leads but the take's files.

There is no pipe between them, as one to a viewer that was stopped would stop the recorder too. Its address
comes by a file that only this user can read, and is looked for now and then: nobody waits for it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from kinect_sync.steady import steady_s

PATIENCE_S = 15.0
"""How long an address may take: 0.5 s where nothing else runs."""
_APART: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)


class _Process(subprocess.Popen[bytes]):
    """One that goes on when nobody holds it any more."""

    def __del__(self) -> None:
        """Say nothing, as Python would, of a process that runs on."""


class ViewerNotStarted(Exception):
    """No viewer runs; says why."""


class LaunchedViewer:
    """A viewer's process, and what it says."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        now_s: Callable[[], float] = steady_s,
    ) -> None:
        """Start a command that prints its address; ViewerNotStarted where the system refuses."""
        self._now_s = now_s
        self._began_s = now_s()
        self._heard_nbytes = 0
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="ksync-view-"))
            with self._out.open("wb") as out, self._err.open("wb") as err:
                self._process = _Process(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=dict(environment),
                    start_new_session=True,
                    creationflags=_APART,
                )
        except OSError as error:
            raise ViewerNotStarted(error.strerror or str(error)) from error

    @property
    def address(self) -> str | None:
        """Its address, once it has one; ViewerNotStarted where it has ended, or takes too long."""
        with suppress(OSError, ValueError):
            line, end, _ = self._out.read_text(encoding="utf-8").partition("\n")
            if end:
                return line
        if self._process.poll() is not None:
            raise ViewerNotStarted(f"it ended with {self._process.returncode}{self._last_words()}")
        if self._now_s() - self._began_s > PATIENCE_S:
            self.end()  # or it would serve, and nobody would know where
            raise ViewerNotStarted(f"it gave no address within {PATIENCE_S:.0f} s, and was ended")
        return None

    def more_words(self) -> str:
        """Return the whole lines that it said on stderr since it was asked last."""
        with suppress(OSError), self._err.open("rb") as err:
            err.seek(self._heard_nbytes)
            lines, end, _ = err.read().rpartition(b"\n")
            self._heard_nbytes += len(lines) + len(end)
            return lines.decode(errors="replace")
        return ""

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """Leave it to itself: it goes on, and nothing is left of what it said."""
        rmtree(self._folder, ignore_errors=True)  # on Windows files stay that somebody has open

    def end(self) -> None:
        """Tell it to end, if it has not; one that was stopped hears of it when it goes on."""
        self._process.terminate()

    @property
    def _out(self) -> Path:
        return self._folder / "out"

    @property
    def _err(self) -> Path:
        return self._folder / "err"

    def _last_words(self) -> str:
        with suppress(OSError):
            words = self._err.read_text(encoding="utf-8", errors="replace").split()
            return f": {' '.join(words)[-300:]}" if words else ""
        return ""
