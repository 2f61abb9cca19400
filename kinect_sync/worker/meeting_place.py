"""Where a worker listens for its agent: a socket in its folder, or a named pipe of Windows."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CALL_S = 0.2


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


def is_inhabited(folder: Path) -> bool:
    """Tell whether a worker listens there; one that stands still does as well.

    Whoever is there is called, and takes a caller without the key for nobody.
    """
    try:
        with meeting_place(folder) as address:
            _call(address)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return False
    except OSError:  # it has no room for one more caller
        return True
    return True


def _call(address: str) -> None:
    if sys.platform == "win32":
        os.close(os.open(address, os.O_RDWR))
        return
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(CALL_S)
        caller.connect(address)
