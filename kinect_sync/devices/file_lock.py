"""Exclusive ownership of a file between processes, which ends with the process that holds it.

A killed worker must not keep its device busy, on a bench that has to see to that itself. So the lock is the
operating system's own, which it takes back when the process ends, and not the existence of a file.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class FileLock:
    """One file that one holder at a time may own, in this or any other process."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is taken yet."""
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when somebody else holds it.

        OSError where the file can't be opened, or is a link: that would be somebody else's file.
        """
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
            os.set_inheritable(descriptor, False)  # noqa: FBT003
            if not _lock(descriptor):
                os.close(descriptor)
                return False
            if self._is_there(descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # removed by the one before, who held it when this one opened it

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)  # closing the last descriptor of the open file ends its lock
            self._descriptor = None

    def remove(self) -> None:
        """Give the lock back, and leave no file; harmless when it is not held."""
        if self._descriptor is None:
            return
        removed = _unlinked(self._path)
        self.release()
        if not removed:  # Windows removes no file that is open
            _unlinked(self._path)

    def _is_there(self, descriptor: int) -> bool:
        """Tell whether the locked file is the one that the next holder will open."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.lstat())
        except FileNotFoundError:
            return False


def _unlinked(path: Path) -> bool:
    """Remove a file; False where that can't be."""
    with suppress(OSError):
        path.unlink()
        return True
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
