"""What a disk has room for and how fast it writes, with a short probe that leaves nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.steady import steady_s

RESERVE_BYTES = 512_000_000
"""What a take leaves free where nobody says otherwise, and ends at: what the queues of nine devices may still
hold fits into it."""
PROBE_S = 0.5
PROBE_BYTES = 512 << 20
BLOCK_BYTES = 4 << 20
SYNC_BYTES = 32 << 20
"""What is forced to the disk at a time: enough to be fast, and little to wait for on a slow disk."""


@dataclass(frozen=True)
class Disk:
    """The disk under a folder, as the checks see it."""

    free: Callable[[Path], int]
    """Free bytes at a folder; OSError where that can't be told."""
    write: Callable[[Path], float]
    """Bytes per second that a probe in a folder wrote; OSError where nothing can be written."""


def free_bytes(folder: Path) -> int:
    """Return what is free for this user."""
    return shutil.disk_usage(folder).free


def write_probe(folder: Path, now_s: Callable[[], float] = steady_s, limit_bytes: int = PROBE_BYTES) -> float:
    """Write for about half a second, force it to the disk, and return bytes per second.

    The file has no name from the beginning (on Windows the system deletes it), so that nothing is left
    even if the process is killed. The bytes are random, as some file systems compress.
    """
    block = os.urandom(BLOCK_BYTES)
    written = 0
    with tempfile.TemporaryFile(prefix=".ksync-probe-", dir=folder, buffering=0) as file:
        began_s = now_s()
        while written < limit_bytes and now_s() - began_s < PROBE_S:
            for _ in range(SYNC_BYTES // BLOCK_BYTES):
                written += file.write(block)
            os.fsync(file.fileno())
        return written / max(now_s() - began_s, 1e-9)


REAL_DISK = Disk(free_bytes, write_probe)


def existing_folder(directory: Path) -> Path:
    """Return the nearest folder that is there: what a take lacks is made when it begins."""
    absolute = directory.absolute()
    return next((place for place in (absolute, *absolute.parents) if _is_folder(place)), absolute)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:
        return False
