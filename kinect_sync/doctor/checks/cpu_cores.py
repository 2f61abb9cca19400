"""Whether there are cores enough for the devices: a rule of thumb, so never a problem.

Microsoft's minimum for one device is a dual-core at 2.4 GHz (SDK system requirements); its demonstrations ran
five devices on a 12-core machine. What a device really costs depends on modes, GPU and disk.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, count_of, ok, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.computer import granted_cores

MINIMUM_CORES = 2

CPU_CORES = declare.warning(
    "cpu-cores",
    "There are fewer processor cores than devices.",
    "close other programs, record fewer devices here, or lower fps and resolution",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Compare cores with devices."""
    there = it.host.cores
    if there is None:
        yield unknown(CPU_CORES, "the system does not tell its number of cores", "look it up: one per device")
        return
    granted = granted_cores(it.host)
    cores = there if granted is None else min(there, granted)
    told = f"{cores:g} {'core' if cores == 1 else 'cores'} for {count_of(it.number, 'device')}"
    told += ", by the limit of this container" if cores < there else ""
    if cores < max(MINIMUM_CORES, it.number):
        yield warning(CPU_CORES, f"{told}: the rule of thumb is one each, and no less than two")
    else:
        yield ok(CPU_CORES, told)


CHECK = check.Check("cpu-cores", check.COMPUTER, 10, run)
