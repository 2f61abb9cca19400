"""The folder in which captures are published for others: private, in memory, gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import BenchError
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.wire.lodging import Place

PREFIX = "ksync-rig-"
NEW_S = 60.0
"""A folder that was made so lately may not be locked yet."""
_MEMORY = Path("/dev/shm")


@contextmanager
def published_folder(environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Have an empty folder that nobody else may look into, for as long as the context lasts.

    What processes that were killed left there before is removed. BenchError where there can be none.
    """
    try:
        place = publishing_place(environment)
        remove_left(place)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        lock = FileLock(folder / OCCUPIED)
        lock.acquire()
    except OSError as error:
        what = f"no folder can be made for what the devices give: {error.strerror or error}"
        raise BenchError(NEWEST_UNPUBLISHED.found(what)) from error
    try:
        yield folder
    finally:
        lock.remove()
        shutil.rmtree(folder, ignore_errors=True)  # on Windows a file stays that a viewer has open


@contextmanager
def lodged_folder(place: Place, environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Have such a folder for the rings of a worker that lodges, and name it to the agent.

    Where there can be none, it is where the worker lodges, on whatever disk that is.
    """
    with ExitStack() as stack:
        folder = place.folder
        with suppress(BenchError):
            folder = stack.enter_context(published_folder(environment))
        with suppress(OSError):  # no room: nobody finds the rings, and a recording needs none
            place.rings.write_bytes(os.fsencode(folder))
        yield folder


def publishing_place(environment: Mapping[str, str]) -> Path:
    """Return where such folders are made: where TMPDIR says, else in memory, else where others are made.

    Captures are written over each other: a disk would only be worn by it.
    """
    named = [environment[name] for name in ("TMPDIR", "XDG_RUNTIME_DIR") if environment.get(name)]
    places = (*map(Path, named), _MEMORY)
    return next((each for each in places if os.access(each, os.W_OK | os.X_OK)), Path(tempfile.gettempdir()))


def remove_left(place: Path) -> None:
    """Remove the folders of processes that were killed: nobody holds their locks any more."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            seen = folder.lstat()
            if time.time() - seen.st_mtime < NEW_S or not _is_own(seen):
                continue
            lock = FileLock(folder / OCCUPIED)
            if lock.acquire():
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)


def _is_own(seen: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or seen.st_uid == os.getuid()
