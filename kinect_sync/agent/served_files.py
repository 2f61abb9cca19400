"""The files that an agent serves: recordings of takes below its takes folder, and nothing else on its disk.

Whoever asks may be wrong, and a take's folder may have come from anybody. So a name is held to the rules of
takes, no link is followed, and what was opened is looked at once more.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from kinect_sync.files import is_plain_name
from kinect_sync.takes.names import is_recording_name


def is_served(take: str, name: str) -> bool:
    """Tell whether a file may be asked for by these names."""
    return is_plain_name(take) and is_plain_name(name) and is_recording_name(name)


def is_served_folder(folder: Path) -> bool:
    """Tell whether this is the folder of a take: no link, which would lead to other files."""
    try:
        seen = folder.lstat()
    except OSError:
        return False
    is_link = getattr(seen, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return stat.S_ISDIR(seen.st_mode) and not is_link


def served_sizes(takes: Path, take: str) -> Iterator[tuple[str, int]]:
    """Yield a take's recordings by name, with their sizes; none where there is no take. Raises OSError."""
    if not is_plain_name(take):
        return
    try:
        names = _names_in(takes / take)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in sorted(names):
        with suppress(OSError), open_served(takes, take, name) as stream:
            yield name, os.fstat(stream.fileno()).st_size


def open_served(takes: Path, take: str, name: str) -> BinaryIO:
    """Open a recording of a take to read; OSError where there is none, or where it is no regular file."""
    if not is_served(take, name):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    descriptor = _open_in(takes / take, name)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", name)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


if sys.platform == "win32":

    def _names_in(folder: Path) -> list[str]:
        _refuse_link(folder.lstat(), folder)
        return [each.name for each in folder.iterdir()]

    def _open_in(folder: Path, name: str) -> int:
        """Open what was looked at before: that it is the same is seen afterwards."""
        _refuse_link(folder.lstat(), folder)
        seen = (folder / name).lstat()
        _refuse_link(seen, folder / name)
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
        if not os.path.samestat(seen, os.fstat(descriptor)):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it was replaced meanwhile", name)
        return descriptor

    def _refuse_link(seen: os.stat_result, path: Path) -> None:
        """Refuse links and junctions."""
        if seen.st_file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))

else:
    _NO_LINK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC

    def _names_in(folder: Path) -> list[str]:
        descriptor = os.open(folder, _NO_LINK | os.O_DIRECTORY)
        try:
            with os.scandir(descriptor) as entries:
                return [each.name for each in entries]
        finally:
            os.close(descriptor)

    def _open_in(folder: Path, name: str) -> int:
        """Open a file; a pipe, which would keep its reader waiting, is opened without waiting."""
        descriptor = os.open(folder, _NO_LINK | os.O_DIRECTORY)
        try:
            return os.open(name, _NO_LINK | os.O_NONBLOCK, dir_fd=descriptor)
        finally:
            os.close(descriptor)
