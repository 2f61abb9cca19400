"""What goes on when nothing else wants the processor: work beside a recording."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

STANDS_BACK = 10
"""By how much a thread is nicer than what records."""
_BELOW_NORMAL = -1


def let_thread_stand_back() -> None:
    """Let the other threads of this computer go before the one that calls; it can't be taken back."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), _BELOW_NORMAL)
    elif sys.platform == "linux":  # elsewhere it would be the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STANDS_BACK)
