"""A worker's process: the agent's own child, or one that an agent before it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from kinect_sync.benches.launching import worker_environment
from kinect_sync.host.identity import boot_id

LOOK_S = 0.1
"""How often it is looked whether a process that is nobody's child here still runs."""
APART: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""With `start_new_session` elsewhere: what ends the agent's terminal is not for those that outlive it."""


class Process(Protocol):
    """A worker's process, whoever started it."""

    pid: int

    def kill(self) -> None:
        """End it at once, if it still runs."""
        ...

    def runs(self) -> bool:
        """Tell whether it still runs."""
        ...

    def wait(self) -> int | None:
        """Wait for its end; return its exit code, or None where the system does not tell."""
        ...


Start = Callable[[Sequence[str], Path], Process]
"""Starts a command whose output goes into a file; OSError where the system starts no more."""


class ChildProcess:
    """A process that this agent started."""

    def __init__(self, command: Sequence[str], output: Path) -> None:
        """Start it; OSError where the system starts no more."""
        with _appending(output) as stream:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=worker_environment(),
                start_new_session=True,
                creationflags=APART,
            )
        self.pid = self._process.pid

    def kill(self) -> None:
        """End it at once, if it still runs."""
        self._process.kill()

    def runs(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    def wait(self) -> int | None:
        """Wait for its end; return its exit code."""
        return self._process.wait()


def _appending(path: Path) -> BinaryIO:
    """Open a file for a process that appends to it, also when somebody has emptied it; OSError.

    A handle of Windows does so if it may do nothing else. By Python's "ab", which seeks in its own process
    alone, a child would go on where it was, behind a hole.
    """
    if sys.platform != "win32":
        return path.open("ab")
    import ctypes
    import msvcrt

    append_wait_and_look, share_all, open_always, normal = 0x100084, 7, 4, 0x80
    create = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
    create.restype = ctypes.c_void_p
    rights = (ctypes.c_ulong(append_wait_and_look), ctypes.c_ulong(share_all))
    handle = create(str(path), *rights, None, ctypes.c_ulong(open_always), ctypes.c_ulong(normal), None)
    if handle == ctypes.c_void_p(-1).value:
        raise ctypes.WinError(ctypes.get_last_error())
    return os.fdopen(msvcrt.open_osfhandle(handle, os.O_APPEND), "wb", buffering=0)


class FoundProcess:
    """A process that an agent before this one started.

    Another one may have its number by now, and is told from it by when it was started, where that is known.
    """

    def __init__(self, pid: int, started: str | None) -> None:
        """Take the number, and what `started_at` said of it."""
        self.pid = pid
        self._started = started

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.runs():
            with suppress(OSError):
                os.kill(self.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    def runs(self) -> bool:
        """Tell whether it still runs."""
        return self._started is not None and started_at(self.pid) == self._started

    def wait(self) -> int | None:
        """Wait for its end, of which the system tells nothing."""
        while self.runs():
            time.sleep(LOOK_S)
        return None


def started_at(pid: int) -> str | None:
    """Return when a process was started, in the system's words; None where none runs.

    On Linux it is a boot, and ticks since then.
    """
    if sys.platform == "win32":
        return _started_at_on_windows(pid)
    if (boot := boot_id()) is None:
        return None
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else f"{boot} {fields[18]}"


def _started_at_on_windows(pid: int) -> str | None:
    """Ask the kernel: a process object, its times, and whether it has an exit code yet (259: none)."""
    if sys.platform != "win32":
        return None
    import ctypes

    kernel = ctypes.windll.kernel32
    limited_information = 0x1000
    handle = kernel.OpenProcess(limited_information, 0, pid)
    if not handle:
        return None
    code, times = ctypes.c_ulong(), (ctypes.c_ulonglong * 4)()
    places = [ctypes.byref(times, 8 * at) for at in range(4)]
    told = kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and kernel.GetProcessTimes(handle, *places)
    kernel.CloseHandle(handle)
    return str(times[0]) if told and code.value == 259 else None
