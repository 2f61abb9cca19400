"""Where a worker listens for its agent: a socket in its folder, or a named pipe of Windows."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def meeting_place(folder: Path) -> Iterator[str]:
    """Give the address for a worker's folder, as `multiprocessing.connection` takes it, in this context.

    A socket's path may have 107 bytes on Linux, whatever its folder's: so it goes by way of the open folder.
    """
    if sys.platform == "win32":
        yield rf"\\.\pipe\ksync-{hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:32]}"
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/socket"
    finally:
        os.close(opened)
