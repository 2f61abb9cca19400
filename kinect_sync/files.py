"""Files that are there as a whole or not at all, whatever kills their writer: how ksync writes every file
that it does not append to.

A draft beside the file gets the content, and then the file's name in one step. So whoever reads finds all
of the old content or all of the new, on Linux and on Windows.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader, FileIO
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

DISK_TROUBLES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What a disk may be, and no defect of a program: full, or broken, or read-only."""
DRAFT = ".part"
"""How the name of a file ends that is not whole yet; it begins with a dot."""

WAITS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""How long one waits, again and again, for somebody to let go of a small file that is read as a whole."""

LONGEST_NAME_NBYTES = 255
"""Of a name in UTF-8: what ext4, XFS, APFS and the Linux kernel take; NTFS takes as many units of UTF-16."""

_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³")]
)


def is_reserved(name: str) -> bool:
    """Tell whether Windows keeps a name for itself, so that no file there can have it."""
    return name.casefold() in _RESERVED


def is_no_path(text: str) -> bool:
    """Tell whether a text leads nowhere else on any system, and is safe on a terminal."""
    return text.isprintable() and PureWindowsPath(text).name == text


def is_plain_name(text: str) -> bool:
    """Tell whether a text can name a new file on every system, and is never a way out of its folder."""
    stem = text.partition(".")[0]
    usable = text not in ("", ".", "..") and not text.endswith((".", " ")) and ":" not in text
    return usable and is_no_path(text) and not is_reserved(stem) and not is_too_long(text)


def is_too_long(name: str) -> bool:
    """Tell whether no usual file system takes a name of this length."""
    return len(os.fsencode(name)) > LONGEST_NAME_NBYTES


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> int:
    """Write a file in the place of what may be there; return its size.

    OSError where the disk refuses; what was there then stays. `durable` as `draft_of` has it.
    """
    with draft_of(path, durable=durable) as draft:
        return draft.write_bytes(content)


def create_file(path: Path, content: bytes) -> int:
    """Write a file that must not exist; return its size.

    FileExistsError where it does; OSError where the disk refuses, and then there is no file.
    """
    with draft_of(path, new=True) as draft:
        return draft.write_bytes(content)


@contextmanager
def draft_of(path: Path, *, new: bool = False, durable: bool = False) -> Iterator[Path]:
    """Give the name of a draft to write; it becomes `path` when the block ends well, and is removed if not.

    With `new`, `path` must not exist: FileExistsError, and what is there stays. With `durable`, file and name
    survive a power cut once the block is left. A link in the place of `path` is replaced, not followed.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}{DRAFT}")
    _remove(draft)  # left by a process that was killed and had the same number
    try:
        yield draft
        if durable:
            _sync(draft, os.O_RDWR)
        (name_new if new else rename_over)(draft, path)
    except BaseException as error:
        _remove(draft)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = str(path)  # a full disk names no file
        raise
    if durable:
        sync_directory(path.parent)


def rename_over(
    draft: Path,
    path: Path,
    *,
    waits_s: Sequence[float] = WAITS_S if os.name == "nt" else (),
    rest: Callable[[float], None] = time.sleep,
) -> None:
    """Give a draft the name of what is there now, which goes; OSError where that can't be.

    Windows refuses it for as long as somebody reads what is there, a viewer or a virus scanner: there it is
    tried again after each of `waits_s`.
    """
    for wait_s in waits_s:
        try:
            draft.replace(path)
        except PermissionError:
            rest(wait_s)
        else:
            return
    draft.replace(path)


def name_new(draft: Path, path: Path) -> None:
    """Give a draft its name; FileExistsError where that is taken, also by somebody who was faster."""
    if os.name == "nt":  # renaming never replaces there
        draft.rename(path)
        return
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, as FAT
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        draft.rename(path)
    _remove(draft)


def sync_directory(directory: Path) -> None:
    """Wait until the names in a directory survive a power cut; Windows keeps them with the files."""
    if os.name != "nt":
        _sync(directory, os.O_RDONLY)


def open_regular(path: Path) -> BinaryIO:
    """Open a file of a folder that may come from anybody to read, and nothing else that may stand there.

    A pipe would keep its reader waiting, and a link may lead out of the folder that the name belongs to.
    Raises OSError, also for these.
    """
    if not is_regular(path) and os.path.lexists(path):
        raise _no_regular_file(path)
    return BufferedReader(open_file(path))


def read_regular(path: Path, most_nbytes: int) -> bytes:
    """Read a file as `open_regular` opens it; OSError also where it is larger than such a file ever is.

    A file of holes weighs nothing where it comes from, and fills the memory of whoever reads it.
    """
    with open_regular(path) as stream:
        return _read_bounded(stream, path, most_nbytes)


def read_named(path: Path, most_nbytes: int) -> bytes:
    """Read a file that somebody named, also by a link; OSError as `read_regular` raises it."""
    with BufferedReader(open_file(path)) as stream:
        return _read_bounded(stream, path, most_nbytes)


def _read_bounded(stream: BinaryIO, path: Path, most_nbytes: int) -> bytes:
    content = stream.read(most_nbytes + 1)
    if len(content) > most_nbytes:
        raise OSError(errno.EFBIG, f"it has more than {most_nbytes >> 20} MB", str(path))
    return content


def open_file(path: Path) -> FileIO:
    """Open a file that somebody named to read, also by a link; no pipe and no device, which may never end.

    The stream is not buffered. Raises OSError.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise _no_regular_file(path)
    return FileIO(path)


def is_regular(path: Path) -> bool:
    """Tell whether there is a file, and not a folder, a pipe or a link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _no_regular_file(path: Path) -> OSError:
    return OSError(errno.EINVAL, "it is no regular file", str(path))


def _sync(path: Path, flags: int) -> None:
    fd = os.open(path, flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _remove(draft: Path) -> None:
    with suppress(OSError):  # on a read-only disk even what is not there can't be removed
        draft.unlink(missing_ok=True)
