"""The viewer's process: in a session of its own, behind everything that records.

Linux shares its processors among sessions first, and among the processes of one only then (autogroup): nice
alone leaves a viewer half of a core that a recorder wants. So a viewer leaves the session of its shell, in
which a recorder may run too, and lets that of its own stand back.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
STANDS_BACK = 19
"""The least that a process, or on Linux a session, can ask for."""


def go_apart() -> Callable[[], bool]:
    """Go on in a process with a session of its own; return what tells whether its parent has left it.

    The parent never returns: it hands Ctrl-C and termination on, and ends with the exit code of the process.
    To be called before there are threads. Where the process leads a session already, and on Windows, nothing
    happens.
    """
    if sys.platform == "win32" or os.getsid(0) == os.getpid():
        return lambda: False
    parent, child = os.getpid(), os.fork()
    if child:
        _stand_for(child)
    os.setsid()
    return lambda: os.getppid() != parent


def stand_back() -> None:
    """Let everything else on this computer go first."""
    with suppress(OSError):  # no Linux, or one without autogroups
        AUTOGROUP.write_text(str(STANDS_BACK))
    if sys.platform == "win32":
        import ctypes

        below_normal, kernel = 0x4000, ctypes.windll.kernel32
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), below_normal)
        return
    with suppress(OSError):
        os.nice(STANDS_BACK)


def _stand_for(child: int) -> None:
    """Be what the shell knows of a process until that has ended; raise SystemExit with its exit code."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), lambda number, _: _pass_on(number, child))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    raise SystemExit(code if code >= 0 else 128 - code)


def _pass_on(number: int, child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, number)
