"""Whether processor and memory suffice for the number of devices: rules of thumb, so never a problem.

Microsoft's minimum for one device is a dual-core at 2.4 GHz and 4 GB of memory (SDK system requirements);
its demonstrations ran five devices on a 12-core machine. What a device really costs depends on modes, GPU
and disk. One core per device and half a gigabyte of free memory (queues of the SDK and of ksync, Python)
are rules of thumb.
"""

from __future__ import annotations

import re

from kinect_sync.findings.host import CPU_CORES, MEMORY
from kinect_sync.host.checks import CheckResult, count_of, ok, unknown, warning
from kinect_sync.host.view import Host, reason

CPU_QUOTA = "/sys/fs/cgroup/cpu.max"
MEMORY_LIMIT = "/sys/fs/cgroup/memory.max"
MEMINFO = "/proc/meminfo"
MINIMUM_CORES = 2
BYTES_PER_DEVICE = 500_000_000


def check_computer(host: Host, devices: int) -> tuple[CheckResult, ...]:
    """Compare cores and memory with the number of devices."""
    return _check_cores(host, devices), _check_memory(host, devices)


def _check_cores(host: Host, devices: int) -> CheckResult:
    if host.cores is None:
        return unknown(
            CPU_CORES, "the system does not tell its number of cores", "look it up: one per device"
        )
    quota = _quota(host)
    cores = host.cores if quota is None else min(host.cores, quota)
    told = f"{cores:g} {'core' if cores == 1 else 'cores'} for {count_of(devices, 'device')}"
    told += ", by the limit of this container" if cores < host.cores else ""
    if cores < max(MINIMUM_CORES, devices):
        return warning(CPU_CORES, f"{told}: the rule of thumb is one each, and no less than two")
    return ok(CPU_CORES, told)


def _quota(host: Host) -> float | None:
    """Return how many cores' worth of time the container grants; None without a limit."""
    try:
        words = host.read(CPU_QUOTA).split()
        return float(words[0]) / float(words[1]) if host.is_linux else None
    except (OSError, ValueError, IndexError, ZeroDivisionError):
        return None  # no file, or `max`


def _check_memory(host: Host, devices: int) -> CheckResult:
    look = "look it up: half a gigabyte per device should be free"
    if not host.is_linux:
        return unknown(MEMORY, f"ksync cannot read the free memory on {host.system}", look)
    try:
        text = host.read(MEMINFO)
    except OSError as error:
        return unknown(MEMORY, f"{MEMINFO} can't be read: {reason(error)}", look)
    found = re.search(r"^MemAvailable:\s+(\d{1,15}) kB$", text, re.MULTILINE)
    if found is None:
        return unknown(MEMORY, f"{MEMINFO} does not tell what is available", look)
    free = min(int(found[1]) * 1024, _memory_limit(host))
    told = f"{free / 1e9:.1f} GB of memory available for {count_of(devices, 'device')}"
    if free < BYTES_PER_DEVICE * devices:
        return warning(MEMORY, f"{told}: the rule of thumb is 0.5 GB each")
    return ok(MEMORY, told)


def _memory_limit(host: Host) -> float:
    try:
        return float(host.read(MEMORY_LIMIT))
    except (OSError, ValueError):
        return float("inf")
