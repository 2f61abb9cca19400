"""A folder in a place that many use: its process holds a lock in it, so that one left behind is known."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.takes.names import OCCUPIED

NEW_S = 60.0
"""A folder that was made so lately may not have its lock yet."""
_TRIES = 3


@contextmanager
def held_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Make a folder that is this user's alone, and gone after the context; OSError where there can be none.

    A process that is killed leaves it behind: `remove_left` removes it.
    """
    folder, lock = _held(place, prefix)
    try:
        yield folder
    finally:
        lock.remove()
        shutil.rmtree(folder, ignore_errors=True)  # on Windows a file stays that somebody has open


def remove_left(place: Path, prefix: str) -> None:
    """Remove the folders of processes that were killed: nobody holds their locks any more."""
    for folder in place.glob(f"{prefix}*"):
        with suppress(OSError):
            lock = FileLock(folder / OCCUPIED)
            if _is_own(folder.lstat()) and not _may_be_in_the_making(folder) and lock.acquire():
                shutil.rmtree(folder, ignore_errors=True)  # held: whoever makes one sees that it is gone
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)  # Windows removes no file that is open


def _held(place: Path, prefix: str) -> tuple[Path, FileLock]:
    """Make a folder and hold it; another one where somebody took it for left behind before it was held."""
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        lock = FileLock(folder / OCCUPIED)
        with suppress(FileNotFoundError):
            if lock.acquire():
                break
    return folder, lock


def _may_be_in_the_making(folder: Path) -> bool:
    return time.time() - folder.lstat().st_mtime < NEW_S and not (folder / OCCUPIED).exists()


def _is_own(seen: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or seen.st_uid == os.getuid()
