"""The viewer's process: in a session of its own, behind everything that records.

Linux shares its processors among sessions first, and among the processes of one only then (autogroup): nice
alone leaves a viewer half of a core that a recorder wants. So a viewer leaves the session of its shell, in
which a recorder may run too, and lets that of its own stand back.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
TASKS = Path("/proc/self/task")
STANDS_BACK = 19
"""The least that a thread, or on Linux a session, can ask for."""
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
"""The call `ioprio_set`, which the C library has no name for. Source: Linux, `syscall.tbl` and `unistd.h`."""
_ONE_THREAD, _IDLE = 1, 3


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
    if sys.platform != "linux":
        with suppress(OSError):
            os.nice(STANDS_BACK)
        return
    behind: set[int] = set()
    while ahead := {int(each.name) for each in TASKS.iterdir()} - behind:  # a thread is as who started it
        for thread in ahead:
            with suppress(OSError):  # it has ended
                os.setpriority(os.PRIO_PROCESS, thread, STANDS_BACK)
            _read_last(thread)
        behind |= ahead


def _read_last(thread: int) -> None:
    """Let a disk serve everybody else first, if it knows of that: most schedulers of disks do."""
    import ctypes

    number = _IOPRIO_SET.get(platform.machine())
    if number is not None:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _ONE_THREAD, thread, _IDLE << 13)


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
