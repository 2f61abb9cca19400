"""A file that only ever grows by whole pieces, so that it can be read at any moment.

A recording must open after its writer was killed or its disk was full. So a piece either stands in the
file entirely or, where the disk refused a part of it, is taken back to the end of the piece before.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import sync_directory
from kinect_sync.findings.output import FILE_EXISTS
from kinect_sync.findings.recording import DISK_FULL, FILE_NOT_CREATED, WRITE_FAILED

Part = bytes | memoryview
"""Bytes, or a flat view of some."""

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class AppendedFile:
    """A new file on disk; one thread appends, another may sync."""

    def __init__(self, path: Path, owner: str | None = None) -> None:
        """Create the file, for the device named `owner` if for one; `UsageError` where one stands already."""
        self.path = path
        self.size = 0
        self._owner = owner
        self._directory_synced = False
        self._closing = threading.Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._fd: int | None = os.open(path, flags, 0o666)
        except FileExistsError:
            what = f"{path} exists; a recording is never overwritten"
            raise UsageError(FILE_EXISTS.found(what, device=owner)) from None
        except OSError as error:
            what = f"{path} cannot be created: {error.strerror}"
            raise UsageError(FILE_NOT_CREATED.found(what, device=owner)) from error

    def append(self, parts: Sequence[Part]) -> None:
        """Write the parts, one after the other, as one piece: one system call where the OS has `writev`.

        Raises `KsyncError` (`disk-full`, `write-failed`); the file then ends where it ended before.
        """
        fd = self._open_fd()
        length = sum(len(part) for part in parts)
        try:
            _write_parts(fd, parts, length)
        except OSError as error:
            self._take_back(fd)
            raise self._failure("write", error) from error
        self.size += length

    def rewrite_start(self, data: bytes) -> None:
        """Put `data` over the start of the file; `KsyncError` where the disk refuses."""
        fd = self._open_fd()
        try:
            os.lseek(fd, 0, os.SEEK_SET)
            _write_parts(fd, [data], len(data))
            os.lseek(fd, self.size, os.SEEK_SET)
        except OSError as error:
            raise self._failure("write", error) from error

    def sync(self) -> None:
        """Wait until all that was appended survives a power cut; harmless on a closed file.

        Another thread may append meanwhile; closing waits. Raises `KsyncError` (`write-failed`) where the
        disk reports that it has lost data.
        """
        with self._closing:
            if self._fd is None:
                return
            try:
                # Sizes count as data for fdatasync; only the times of the file are left out.
                getattr(os, "fdatasync", os.fsync)(self._fd)
                self._sync_directory()
            except OSError as error:
                raise self._failure("sync", error) from error

    def close(self) -> None:
        """Give the file back; harmless when that is done."""
        with self._closing:
            if self._fd is not None:
                fd, self._fd = self._fd, None
                os.close(fd)

    def _sync_directory(self) -> None:
        # A new file survives a power cut only when its directory's entry does.
        if not self._directory_synced:
            sync_directory(self.path.parent)
            self._directory_synced = True

    def _take_back(self, fd: int) -> None:
        # Where even this fails, the file ends in a part of a piece, which readers pass over.
        try:
            os.ftruncate(fd, self.size)
        except OSError:
            return
        finally:
            os.lseek(fd, self.size, os.SEEK_SET)

    def _open_fd(self) -> int:
        if self._fd is None:
            raise ValueError(f"{self.path} is closed")
        return self._fd

    def _failure(self, verb: str, error: OSError) -> KsyncError:
        if error.errno in _FULL:
            what = f"no space left to {verb} {self.path} ({error.strerror})"
            remedy = "free space or record to another disk; what was recorded before is whole"
            return KsyncError(DISK_FULL.found(what, device=self._owner, remedy=remedy))
        what = f"cannot {verb} {self.path}: {error.strerror or error}"
        return KsyncError(WRITE_FAILED.found(what, device=self._owner))


def _write_parts(fd: int, parts: Sequence[Part], length: int) -> None:
    if hasattr(os, "writev"):
        written = os.writev(fd, parts)
        if written == length:
            return
    else:
        written = 0
    # A disk about to be full takes a part; the rest shows why.
    for part in parts:
        view = memoryview(part)
        if written >= len(view):
            written -= len(view)
            continue
        view = view[written:]
        written = 0
        while view:
            count = os.write(fd, view)
            if count == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            view = view[count:]
