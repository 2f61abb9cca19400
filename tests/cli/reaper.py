"""Ends what tests started when their own process dies: a killed suite would leave rigs that record for ever.

Run by itself: waits until its input is closed, then ends each process that has the mark in its environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")
_starting = threading.Lock()


def watch_over(mark: str) -> subprocess.Popen[bytes] | None:
    """Start the reaper of this process, once; its input closes when this one ends, however that is."""
    with _starting:  # a second one that nobody keeps would reap at once
        return _reaper(mark)


@lru_cache
def _reaper(mark: str) -> subprocess.Popen[bytes] | None:
    if not PROC.is_dir():
        return None
    return subprocess.Popen(
        [sys.executable, "-S", __file__, mark], stdin=subprocess.PIPE, start_new_session=True
    )


def reap(mark: bytes) -> None:
    """End every process with this mark in its environment, and those that they begin meanwhile."""
    while marked := [pid for pid in _others() if mark in read_proc(pid, "environ")]:
        for pid in marked:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue


def read_proc(pid: int, name: str) -> bytes:
    """Return a file of a process; nothing where there is no such process any more."""
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _others() -> list[int]:
    return [
        int(each.name) for each in PROC.iterdir() if each.name.isdigit() and int(each.name) != os.getpid()
    ]


if __name__ == "__main__":
    sys.stdin.read()
    reap(sys.argv[1].encode())
