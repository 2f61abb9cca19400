"""The recordings of a set, read at once: each in a process of its own where that is faster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding
from kinect_sync.review.processes import interrupt_held, process_pool
from kinect_sync.takes.mkv.reader import Recording, read_recording

_WORTH_A_PROCESS_NBYTES = 40_000_000_000
"""Of a recording: about 20,000 captures, a quarter of a second; a process takes as long to begin."""


def read_all(paths: Sequence[Path]) -> list[Recording | tuple[Finding, ...]]:
    """Read recordings, in order; in the place of one that can't be read stand the findings that say why."""
    large = sum(_nbytes(path) > _WORTH_A_PROCESS_NBYTES for path in paths)
    processes = min(large, _cores())
    if processes < 2:
        return [_read(path) for path in paths]
    with process_pool(processes) as pool:
        with interrupt_held():  # the processes begin here
            recordings = pool.map(_read, paths)
        return list(recordings)


def _nbytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read(path: Path) -> Recording | tuple[Finding, ...]:
    try:
        return read_recording(path)
    except KsyncError as error:
        return error.findings


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
