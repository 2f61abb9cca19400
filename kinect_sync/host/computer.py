"""How many cores and how much memory this computer has to give, limits of a container counted."""

from __future__ import annotations

import re

from kinect_sync.host.view import Host

CPU_QUOTA = "/sys/fs/cgroup/cpu.max"
MEMORY_LIMIT = "/sys/fs/cgroup/memory.max"
MEMINFO = "/proc/meminfo"


def granted_cores(host: Host) -> float | None:
    """Return how many cores' worth of time the container grants; None without a limit."""
    try:
        words = host.read(CPU_QUOTA).split()
        return float(words[0]) / float(words[1]) if host.is_linux else None
    except (OSError, ValueError, IndexError, ZeroDivisionError):
        return None  # no file, or `max`


def available_bytes(host: Host) -> float | None:
    """Return the memory that programs may still take; None where Linux does not tell, OSError on failure."""
    found = re.search(r"^MemAvailable:\s+(\d{1,15}) kB$", host.read(MEMINFO), re.MULTILINE)
    return None if found is None else min(int(found[1]) * 1024, _memory_limit(host))


def _memory_limit(host: Host) -> float:
    try:
        return float(host.read(MEMORY_LIMIT))
    except (OSError, ValueError):
        return float("inf")
